//! What is known of the moment a photo was exposed in, for its metadata.

use crate::{FillLightMode, MediaTrackSettings};

/// What was in force when a photo was exposed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shot {
    /// The track's settings, as read from the camera for this photo.
    pub(crate) settings: MediaTrackSettings,
    /// The camera's name.
    pub(crate) label: String,
    /// What its light did, where it has one that can be controlled.
    pub(crate) fill_light: Option<FillLightMode>,
    /// Whether red eyes were reduced, where that can be told.
    pub(crate) red_eye_reduction: Option<bool>,
    /// How far the picture is magnified, where the camera's zoom begins above 0: its present value by its smallest.
    pub(crate) zoom_ratio: Option<f64>,
    /// The amplification of the sensor in the camera's own unit, where it has no sensitivity.
    pub(crate) gain: Option<f64>,
}
