//! Values of properties and the ranges they come from.

use std::fmt;

use serde_json::{Map, Value as Json};

/// A range of numbers that a device accepts.
///
/// W3C: [`MediaSettingsRange`](https://www.w3.org/TR/image-capture/#mediasettingsrange-section).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MediaSettingsRange {
    /// Smallest value; may be negative.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Smallest difference between two values; 0 where the device takes every value between, or where
    /// the W3C dictionary has no `step` (such as `width`).
    pub step: f64,
}

impl MediaSettingsRange {
    pub(crate) fn to_json(self, with_step: bool) -> Json {
        let mut map = Map::new();
        map.insert("min".into(), number(self.min));
        map.insert("max".into(), number(self.max));
        if with_step {
            map.insert("step".into(), number(self.step));
        }
        Json::Object(map)
    }
}

/// A point of the picture: `x` from the left, `y` from the top, both from 0 to 1.
///
/// W3C: [`Point2D`](https://www.w3.org/TR/image-capture/#point2d-section).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point2D {
    /// 0 is the left edge, 1 the right one.
    pub x: f64,
    /// 0 is the upper edge, 1 the lower one.
    pub y: f64,
}

impl Point2D {
    /// A point from its coordinates.
    pub fn new(x: f64, y: f64) -> Point2D {
        Point2D { x, y }
    }

    /// The nearest point inside of the picture.
    pub(crate) fn clamped(self) -> Point2D {
        Point2D { x: self.x.clamp(0.0, 1.0), y: self.y.clamp(0.0, 1.0) }
    }

    pub(crate) fn to_json(self) -> Json {
        serde_json::json!({"x": number(self.x), "y": number(self.y)})
    }
}

/// One value of one property.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number in the property's unit.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// A string.
    String(String),
    /// A list of points.
    Points(Vec<Point2D>),
}

impl Value {
    pub(crate) fn to_json(&self) -> Json {
        match self {
            Value::Number(n) => number(*n),
            Value::Bool(b) => Json::Bool(*b),
            Value::String(s) => Json::String(s.clone()),
            Value::Points(points) => points.iter().map(|point| point.to_json()).collect(),
        }
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Number(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::String(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::String(value.to_owned())
    }
}

impl fmt::Display for Value {
    /// As in JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_json())
    }
}

/// A number as people write it: without a fraction when it has none.
pub(crate) fn number(value: f64) -> Json {
    // 2^53: up to here every whole number has a double of its own.
    if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 {
        Json::from(value as i64)
    } else {
        serde_json::Number::from_f64(value).map_or(Json::Null, Json::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_written_without_a_fraction() {
        assert_eq!(number(30.0).to_string(), "30");
        assert_eq!(number(29.97).to_string(), "29.97");
        assert_eq!(number(-36000.0).to_string(), "-36000");
    }
}
