//! What a camera can do, property by property.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::{MediaSettingsRange, Property};

/// What a device offers for one property.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Capability {
    /// Numbers; `step` is written only for properties of Image Capture.
    Range(MediaSettingsRange),
    /// One fixed string (`deviceId`, `groupId`).
    Single(String),
}

/// A snapshot of what a device offers: a range or a list for each property it has. A property that the
/// camera lacks is absent. Each property is described alone: whether a combination exists is found out
/// by asking for it.
///
/// W3C: [`MediaTrackCapabilities`](https://www.w3.org/TR/mediacapture-streams/#dom-mediatrackcapabilities).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MediaTrackCapabilities {
    entries: BTreeMap<Property, Capability>,
}

impl MediaTrackCapabilities {
    pub(crate) fn set(&mut self, property: Property, capability: Capability) {
        self.entries.insert(property, capability);
    }

    /// The range of a numeric property, in its unit. `step` is 0 where the W3C dictionary has none.
    pub fn range(&self, property: Property) -> Option<MediaSettingsRange> {
        match self.entries.get(&property) {
            Some(Capability::Range(range)) => Some(*range),
            _ => None,
        }
    }

    /// The strings that a string property may take.
    pub fn strings(&self, property: Property) -> Option<&[String]> {
        match self.entries.get(&property) {
            Some(Capability::Single(one)) => Some(std::slice::from_ref(one)),
            _ => None,
        }
    }

    /// Whether the device has this property.
    pub fn contains(&self, property: Property) -> bool {
        self.entries.contains_key(&property)
    }

    /// The properties that the device has.
    pub fn properties(&self) -> impl Iterator<Item = Property> + '_ {
        self.entries.keys().copied()
    }

    /// The range of widths, in pixels.
    pub fn width(&self) -> Option<MediaSettingsRange> {
        self.range(Property::Width)
    }

    /// The range of heights, in pixels.
    pub fn height(&self) -> Option<MediaSettingsRange> {
        self.range(Property::Height)
    }

    /// The range of frame rates, in frames per second.
    #[doc(alias = "frameRate")]
    pub fn frame_rate(&self) -> Option<MediaSettingsRange> {
        self.range(Property::FrameRate)
    }

    /// The zoom range, in the device's own unit.
    pub fn zoom(&self) -> Option<MediaSettingsRange> {
        self.range(Property::Zoom)
    }

    /// The W3C dictionary as a JSON value.
    pub fn to_json_value(&self) -> Json {
        let entry = |(property, capability): (&Property, &Capability)| {
            let json = match capability {
                Capability::Range(range) => range.to_json(!property.selects_devices()),
                Capability::Single(one) => Json::String(one.clone()),
            };
            (property.name().to_owned(), json)
        };
        Json::Object(self.entries.iter().map(entry).collect::<Map<_, _>>())
    }

    /// The W3C dictionary as JSON text, for example `{"width":{"min":320,"max":1920}}`.
    pub fn to_json(&self) -> String {
        self.to_json_value().to_string()
    }
}
