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
    /// The strings it may be.
    Strings(Vec<String>),
    /// `false`, `true` or both.
    Bools(Vec<bool>),
    /// The camera has it, but a permission is missing: an empty range.
    Hint,
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

    /// Keeps only some properties.
    pub(crate) fn retain(&mut self, keep: impl Fn(Property) -> bool) {
        self.entries.retain(|property, _| keep(*property));
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
            Some(Capability::Strings(list)) => Some(list),
            _ => None,
        }
    }

    /// The states that a boolean property may have: `[false, true]` can be switched.
    pub fn bools(&self, property: Property) -> Option<&[bool]> {
        match self.entries.get(&property) {
            Some(Capability::Bools(list)) => Some(list),
            _ => None,
        }
    }

    /// Whether the camera has the property but the permission to use it is missing: the W3C dictionary
    /// has an empty range there. Ask for the permission with `get_user_media` to use it.
    pub fn needs_permission(&self, property: Property) -> bool {
        matches!(self.entries.get(&property), Some(Capability::Hint))
    }

    /// Whether the device has this property.
    pub fn contains(&self, property: Property) -> bool {
        self.entries.contains_key(&property)
    }

    /// The properties that the device has.
    pub fn properties(&self) -> impl Iterator<Item = Property> + '_ {
        self.entries.keys().copied()
    }

    pub(crate) fn entry(&self, property: Property) -> Option<&Capability> {
        self.entries.get(&property)
    }

    pub(crate) fn remove(&mut self, property: Property) {
        self.entries.remove(&property);
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
                Capability::Strings(list) => Json::from(list.clone()),
                Capability::Bools(list) => Json::from(list.clone()),
                Capability::Hint => Json::Object(Map::new()),
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
