//! A virtual camera put together in code.

use serde_json::json;

use super::VirtualCamera;
use super::config::{Config, ModeConfig, Pacing, Scene};
use super::properties::Properties;
use crate::{Error, MediaSettingsRange, PixelFormat, Property, Result};

/// Builds a [`VirtualCamera`].
///
/// ```
/// use imagecapture::{PixelFormat, Property, VirtualCamera};
///
/// let camera = VirtualCamera::builder()
///     .label("Studio cam")
///     .mode(1280, 720, &[30.0, 60.0], PixelFormat::Nv12)
///     .property(Property::Brightness, r#"{"min": 0, "max": 255, "step": 1, "value": 128}"#)
///     .property(Property::WhiteBalanceMode, r#"{"values": ["manual", "continuous"], "value": "continuous"}"#)
///     .facing_mode("user")
///     .build()?;
/// assert_eq!(camera.properties()["brightness"]["value"], 128);
/// # Ok::<(), imagecapture::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct VirtualCameraBuilder {
    config: Config,
    /// The first mistake.
    failure: Option<Error>,
}

impl VirtualCameraBuilder {
    pub(super) fn new() -> VirtualCameraBuilder {
        let config = Config { label: None, modes: Vec::new(), properties: Properties::new(), ..Config::default() };
        VirtualCameraBuilder { config, failure: None }
    }

    /// Its name.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.config.label = Some(label.into());
        self
    }

    /// Its device id.
    pub fn device_id(mut self, id: impl Into<String>) -> Self {
        self.config.device_id = Some(id.into());
        self
    }

    /// Which way it looks: `"user"`, `"environment"`, `"left"` or `"right"`.
    pub fn facing_mode(mut self, mode: impl Into<String>) -> Self {
        self.config.facing_mode = Some(mode.into());
        self
    }

    /// By how many degrees its picture has to be turned counter-clockwise to stand upright: 0, 90, 180 or 270. What
    /// tracks show is turned; see [`VirtualCamera::from_json`].
    pub fn rotation(mut self, degrees: u16) -> Self {
        self.config.rotation = degrees;
        self
    }

    /// Adds a mode.
    pub fn mode(mut self, width: u32, height: u32, frame_rates: &[f64], format: PixelFormat) -> Self {
        self.config.modes.push(ModeConfig { width, height, frame_rates: frame_rates.to_vec(), pixel_format: format.name().into() });
        self
    }

    /// Gives it a property. The block is JSON text as under `properties` of a configuration; see
    /// [`VirtualCamera::from_json`]. Giving a property again replaces its block.
    pub fn property(mut self, property: Property, block: &str) -> Self {
        match crate::json::parse(block) {
            Ok(block) => drop(self.config.properties.insert(property.name().into(), block)),
            Err(error) => {
                let error = error.context(format!("properties.{property}"));
                self.failure.get_or_insert(error);
            }
        }
        self
    }

    /// Gives it a control by its own name. The block is JSON text as under `controls` of a configuration. Giving a control
    /// again replaces its block.
    pub fn control(mut self, name: &str, block: &str) -> Self {
        match crate::json::parse(block) {
            Ok(block) => {
                let controls = &mut self.config.controls.0;
                controls.retain(|(other, _)| other != name);
                controls.push((name.to_owned(), block));
            }
            Err(error) => {
                let error = error.context(format!("controls.{name}"));
                self.failure.get_or_insert(error);
            }
        }
        self
    }

    /// Gives it zoom.
    pub fn zoom(mut self, range: MediaSettingsRange, value: f64) -> Self {
        let MediaSettingsRange { min, max, step } = range;
        self.config.properties.insert("zoom".into(), json!({"min": min, "max": max, "step": step, "value": value}));
        self
    }

    /// When it makes frames.
    pub fn pacing(mut self, pacing: Pacing) -> Self {
        self.config.pacing = pacing;
        self
    }

    /// What it sees.
    pub fn scene(mut self, scene: Scene) -> Self {
        self.config.scene = scene;
        self
    }

    /// Makes the camera.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when it has no mode or something is impossible.
    pub fn build(self) -> Result<VirtualCamera> {
        match self.failure {
            Some(error) => Err(error),
            None => VirtualCamera::new(self.config),
        }
    }
}
