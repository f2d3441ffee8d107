//! What is told of a device before it is opened.

use serde_json::{Value as Json, json};

use crate::MediaTrackCapabilities;

/// The kind of a device.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaDeviceKind {
    /// A camera.
    VideoInput,
    /// A microphone.
    AudioInput,
}

impl MediaDeviceKind {
    /// `"videoinput"` or `"audioinput"`.
    pub fn as_str(self) -> &'static str {
        match self {
            MediaDeviceKind::VideoInput => "videoinput",
            MediaDeviceKind::AudioInput => "audioinput",
        }
    }
}

/// What a program should show its user: the counterpart of a browser's privacy indicators.
///
/// W3C: [privacy indicator requirements](https://www.w3.org/TR/mediacapture-streams/#privacy-indicator-requirements).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Indicator {
    /// The program may open it without asking.
    pub accessible: bool,
    /// The program gets something from it now: there is a live, unmuted and enabled track.
    pub live: bool,
}

/// A device as `enumerate_devices` lists it.
///
/// W3C: [`InputDeviceInfo`](https://www.w3.org/TR/mediacapture-streams/#dom-inputdeviceinfo).
#[derive(Clone, Debug)]
pub struct MediaDeviceInfo {
    pub(crate) device_id: String,
    pub(crate) group_id: String,
    pub(crate) label: String,
    pub(crate) kind: MediaDeviceKind,
    pub(crate) capabilities: MediaTrackCapabilities,
}

impl MediaDeviceInfo {
    /// That there is such a device, and no more.
    pub(crate) fn hidden(kind: MediaDeviceKind) -> MediaDeviceInfo {
        let none = String::new;
        MediaDeviceInfo { device_id: none(), group_id: none(), label: none(), kind, capabilities: MediaTrackCapabilities::default() }
    }

    /// Whether it is the same device, told in the same way.
    pub(crate) fn is_same(&self, other: &MediaDeviceInfo) -> bool {
        let facts = |info: &MediaDeviceInfo| (info.kind, info.device_id.clone(), info.group_id.clone(), info.label.clone());
        facts(self) == facts(other)
    }

    /// Identifies the device; the same across runs. Empty while it is hidden.
    #[doc(alias = "deviceId")]
    pub fn device_id(&self) -> &str {
        &self.device_id
    }

    /// Equal for devices that are parts of one physical device; new for every
    /// [`MediaDevices`](crate::MediaDevices). Empty while it is hidden.
    #[doc(alias = "groupId")]
    pub fn group_id(&self) -> &str {
        &self.group_id
    }

    /// A name for people. Empty while it is hidden.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// What kind of device it is.
    pub fn kind(&self) -> MediaDeviceKind {
        self.kind
    }

    /// What it can do, as its track would say. A device that the operating system does not let us ask has
    /// only its ids, a hidden one nothing.
    ///
    /// W3C: [`getCapabilities`](https://www.w3.org/TR/mediacapture-streams/#dom-inputdeviceinfo-getcapabilities).
    #[doc(alias = "getCapabilities")]
    pub fn capabilities(&self) -> &MediaTrackCapabilities {
        &self.capabilities
    }

    /// The four attributes as a JSON object with W3C names.
    #[doc(alias = "toJSON")]
    pub fn to_json_value(&self) -> Json {
        json!({"deviceId": self.device_id, "kind": self.kind.as_str(), "label": self.label, "groupId": self.group_id})
    }
}
