//! The values in force on a track.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::{Error, Point2D, Property, Result, Value, ValueKind};

/// A snapshot of the values in force: one value a property. A property that the camera lacks is absent.
///
/// W3C: [`MediaTrackSettings`](https://www.w3.org/TR/mediacapture-streams/#dom-mediatracksettings).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MediaTrackSettings {
    values: BTreeMap<Property, Value>,
}

impl MediaTrackSettings {
    pub(crate) fn set(&mut self, property: Property, value: Value) {
        self.values.insert(property, value);
    }

    /// Keeps only some properties.
    pub(crate) fn retain(&mut self, keep: impl Fn(Property) -> bool) {
        self.values.retain(|property, _| keep(*property));
    }

    /// What is left after a track has ended: the properties that belong to the device itself.
    pub(crate) fn inherent(&self) -> MediaTrackSettings {
        let keep = [Property::DeviceId, Property::FacingMode, Property::GroupId];
        MediaTrackSettings { values: self.values.iter().filter(|(p, _)| keep.contains(p)).map(|(p, v)| (*p, v.clone())).collect() }
    }

    /// The value of any property.
    pub fn get(&self, property: Property) -> Option<&Value> {
        self.values.get(&property)
    }

    /// The number of a numeric property, in its unit.
    pub fn number(&self, property: Property) -> Option<f64> {
        match self.values.get(&property) {
            Some(Value::Number(n)) => Some(*n),
            _ => None,
        }
    }

    /// The string of a string property.
    pub fn string(&self, property: Property) -> Option<&str> {
        match self.values.get(&property) {
            Some(Value::String(s)) => Some(s),
            _ => None,
        }
    }

    /// The state of a boolean property.
    pub fn bool(&self, property: Property) -> Option<bool> {
        match self.values.get(&property) {
            Some(Value::Bool(b)) => Some(*b),
            _ => None,
        }
    }

    /// The points of a property that has points.
    pub fn points(&self, property: Property) -> Option<&[Point2D]> {
        match self.values.get(&property) {
            Some(Value::Points(points)) => Some(points),
            _ => None,
        }
    }

    /// Whether the track has this property.
    pub fn contains(&self, property: Property) -> bool {
        self.values.contains_key(&property)
    }

    /// The properties that have a value.
    pub fn properties(&self) -> impl Iterator<Item = Property> + '_ {
        self.values.keys().copied()
    }

    /// Width of the picture in pixels.
    pub fn width(&self) -> Option<u32> {
        self.number(Property::Width).map(|n| n as u32)
    }

    /// Height of the picture in pixels.
    pub fn height(&self) -> Option<u32> {
        self.number(Property::Height).map(|n| n as u32)
    }

    /// The configured frame rate, in frames per second.
    #[doc(alias = "frameRate")]
    pub fn frame_rate(&self) -> Option<f64> {
        self.number(Property::FrameRate)
    }

    /// Zoom, in the device's own unit.
    pub fn zoom(&self) -> Option<f64> {
        self.number(Property::Zoom)
    }

    /// The device's identifier.
    #[doc(alias = "deviceId")]
    pub fn device_id(&self) -> Option<&str> {
        self.string(Property::DeviceId)
    }

    /// From the W3C dictionary, such as settings that were kept in a file. Names that are not known have no
    /// effect.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for text that is not JSON, and for a member of the wrong type.
    pub fn from_json(text: &str) -> Result<MediaTrackSettings> {
        Self::from_json_value(&crate::json::parse(text)?)
    }

    /// From a list of such dictionaries, the candidates of [`MediaTrackConstraints::select`](crate::MediaTrackConstraints::select).
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json); the message tells the place in the list.
    pub fn list_from_json(text: &str) -> Result<Vec<MediaTrackSettings>> {
        let Json::Array(list) = crate::json::parse(text)? else { return Err(Error::invalid("a list of settings is expected")) };
        let one = |(index, json)| Self::from_json_value(json).map_err(|e: Error| e.context(format!("[{index}]")));
        list.iter().enumerate().map(one).collect()
    }

    /// As [`from_json`](Self::from_json), from a parsed value.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn from_json_value(json: &Json) -> Result<MediaTrackSettings> {
        let Json::Object(members) = json else { return Err(Error::invalid("settings: an object is expected")) };
        let mut settings = MediaTrackSettings::default();
        for (name, member) in members {
            let Some(property) = Property::from_name(name) else { continue };
            let value = match (property.value_kind(), member) {
                (ValueKind::ULong | ValueKind::Double | ValueKind::BooleanOrDouble, Json::Number(n)) => n.as_f64().map(Value::Number),
                (ValueKind::Boolean, Json::Bool(b)) => Some(Value::Bool(*b)),
                (ValueKind::String, Json::String(s)) => Some(Value::String(s.clone())),
                (ValueKind::Points, list) => Some(Value::Points(crate::constraints::read_points(list, name)?)),
                _ => None,
            };
            let Some(value) = value else {
                return Err(Error::invalid(format!("{name}: {} is expected, not {member}", property.value_kind())));
            };
            settings.set(property, value);
        }
        Ok(settings)
    }

    /// The W3C dictionary as a JSON value.
    pub fn to_json_value(&self) -> Json {
        Json::Object(self.values.iter().map(|(p, v)| (p.name().to_owned(), v.to_json())).collect::<Map<_, _>>())
    }

    /// The W3C dictionary as JSON text, for example `{"width":640,"height":480}`.
    pub fn to_json(&self) -> String {
        self.to_json_value().to_string()
    }
}
