//! What a system tells of a device beyond the W3C model: its driver, and every format that it names.

use serde_json::{Value as Json, json};

use crate::PixelFormat;

/// What a system tells of a device beyond the W3C model. Whatever a system does not tell is empty.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceDetails {
    /// Which backend the device belongs to: `"v4l2"`, `"nokhwa"` or `"virtual"`.
    pub backend: String,
    /// The driver's name, such as `"uvcvideo"`.
    pub driver: String,
    /// The driver's version, such as `"6.1.0"`.
    pub version: String,
    /// The driver's name for the device.
    pub card: String,
    /// Where the device is connected, such as `"usb-0000:00:14.0-1"`.
    pub bus: String,
    /// The path of its node, such as `"/dev/video0"`.
    pub node: String,
    /// What it can do, in the driver's terms.
    pub capabilities: Vec<String>,
    /// Every format that it names, also those that this library cannot use.
    pub formats: Vec<FormatDetails>,
}

/// One format of a device.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FormatDetails {
    /// The four characters that stand for it, such as `"YUYV"`.
    pub fourcc: String,
    /// The driver's name for it.
    pub description: String,
    /// Its pictures are compressed.
    pub compressed: bool,
    /// It is made by software, not by the device.
    pub emulated: bool,
    /// The form of frames in this format; `None` when this library does not use it.
    pub pixel_format: Option<PixelFormat>,
    /// The sizes that it has.
    pub sizes: Vec<SizeDetails>,
}

/// One size of a format, or a range of sizes.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SizeDetails {
    /// Smallest width in pixels; for one size also the largest.
    pub min_width: u32,
    /// Largest width.
    pub max_width: u32,
    /// From one width to the next; 0 for one size.
    pub step_width: u32,
    /// Smallest height in pixels; for one size also the largest.
    pub min_height: u32,
    /// Largest height.
    pub max_height: u32,
    /// From one height to the next; 0 for one size.
    pub step_height: u32,
    /// The frame rates of this size, or of the largest one of a range.
    pub rates: Vec<RateDetails>,
}

/// One frame rate, or a range of them.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RateDetails {
    /// Frames per second; of a range the slowest.
    pub min: f64,
    /// Frames per second; of a range the fastest.
    pub max: f64,
}

impl SizeDetails {
    /// One size.
    pub(crate) fn one(width: u32, height: u32, rates: Vec<RateDetails>) -> SizeDetails {
        SizeDetails { min_width: width, max_width: width, min_height: height, max_height: height, rates, ..SizeDetails::default() }
    }
}

impl DeviceDetails {
    /// As JSON, with the members of these structures in camel case.
    pub fn to_json(&self) -> Json {
        let rate = |rate: &RateDetails| json!({"min": rate.min, "max": rate.max});
        let span = |min: u32, max: u32, step: u32| json!({"min": min, "max": max, "step": step});
        let size = |size: &SizeDetails| {
            json!({
                "width": span(size.min_width, size.max_width, size.step_width),
                "height": span(size.min_height, size.max_height, size.step_height),
                "frameRates": size.rates.iter().map(rate).collect::<Vec<_>>(),
            })
        };
        let format = |format: &FormatDetails| {
            json!({
                "fourcc": format.fourcc,
                "description": format.description,
                "compressed": format.compressed,
                "emulated": format.emulated,
                "pixelFormat": format.pixel_format.map(PixelFormat::name),
                "sizes": format.sizes.iter().map(size).collect::<Vec<_>>(),
            })
        };
        json!({
            "backend": self.backend,
            "driver": self.driver,
            "version": self.version,
            "card": self.card,
            "bus": self.bus,
            "node": self.node,
            "capabilities": self.capabilities,
            "formats": self.formats.iter().map(format).collect::<Vec<_>>(),
        })
    }
}
