//! The controls of a virtual camera, as JSON writes them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use crate::backend::{Control, Offer, Takes};
use crate::constraints::read_points;
use crate::{Error, MediaSettingsRange, Property, Result, Value, ValueKind};

/// By name; the form of each depends on the kind of the property.
pub(super) type Properties = BTreeMap<String, Json>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Range {
    min: f64,
    max: f64,
    #[serde(default)]
    step: f64,
    value: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice<T> {
    values: Vec<T>,
    value: Option<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Points {
    #[serde(default)]
    value: Json,
}

/// One control, and what the camera knows of it beyond what it tells.
#[derive(Clone, Debug)]
pub(super) struct Knob {
    pub(super) control: Control,
    /// The value of its block: the picture shows how far it was turned from there.
    pub(super) initial: Value,
    /// What it was told, while the effect is late.
    pub(super) target: Option<Value>,
}

impl Knob {
    pub(super) fn new(control: Control) -> Knob {
        Knob { initial: control.value.clone(), control, target: None }
    }

    /// What the device makes of a value that it is told.
    pub(super) fn taken(&self, value: &Value) -> Result<Value> {
        match (&self.control.offer, value) {
            (Offer::Range { takes: Takes::Only(values), .. }, Value::Number(number)) => {
                let distance = |entry: &&f64| (**entry - number).abs();
                let nearest = values.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
                Ok(Value::Number(*nearest.unwrap_or(number)))
            }
            (Offer::Range { range, .. }, Value::Number(number)) => Ok(Value::Number(number.clamp(range.min, range.max))),
            (Offer::Strings(values), Value::String(string)) if values.contains(string) => Ok(value.clone()),
            (Offer::Bools(values), Value::Bool(bool)) if values.contains(bool) => Ok(value.clone()),
            (Offer::Points, Value::Points(points)) => Ok(Value::Points(points.iter().map(|point| point.clamped()).collect())),
            _ => Err(Error::invalid(format!("the virtual camera does not take {value} for {}", self.control.property))),
        }
    }

    /// A bare value, as somebody who turns the knob sets it: one of those that are offered, on a step or not.
    pub(super) fn bare(&self, json: &Json) -> Result<Value> {
        let value = match (&self.control.offer, json) {
            (Offer::Range { range, .. }, Json::Number(_)) => json
                .as_f64()
                .filter(|number| (range.min..=range.max).contains(number))
                .map(Value::Number)
                .ok_or_else(|| Error::invalid(format!("{json} is not between {} and {}", range.min, range.max)))?,
            (Offer::Strings(_), Json::String(string)) => Value::String(string.clone()),
            (Offer::Bools(_), Json::Bool(bool)) => Value::Bool(*bool),
            (Offer::Points, Json::Array(_)) => Value::Points(read_points(json, "value")?),
            _ => return Err(Error::invalid(format!("{json} is not {}", self.control.property.value_kind()))),
        };
        self.taken(&value)
    }

    /// Its block, as a configuration would write it.
    pub(super) fn to_json(&self) -> Json {
        let value = self.control.value.to_json();
        match &self.control.offer {
            Offer::Range { takes: Takes::Only(values), .. } => json!({"values": values.to_vec(), "value": value}),
            Offer::Range { range, .. } => {
                let mut block = range.to_json(true);
                block["value"] = value;
                block
            }
            Offer::Strings(values) => json!({"values": values, "value": value}),
            Offer::Bools(values) => json!({"values": values, "value": value}),
            Offer::Points => json!({"value": value}),
        }
    }
}

/// The knobs of a configuration, checked, in the order of the table.
pub(super) fn knobs(properties: &Properties, quantized: bool) -> Result<Vec<Knob>> {
    let mut knobs: Vec<Knob> = Vec::with_capacity(properties.len());
    for (name, json) in properties {
        let at = |e: Error| e.context(format!("properties.{name}"));
        let property = settable(name).map_err(at)?;
        if knobs.iter().any(|knob| knob.control.property == property) {
            return Err(at(Error::invalid(format!("{property} is there twice"))));
        }
        // A range of one value is no capability.
        knobs.extend(control(property, json, quantized).map_err(at)?.map(Knob::new));
    }
    sort(&mut knobs);
    Ok(knobs)
}

pub(super) fn sort(knobs: &mut [Knob]) {
    knobs.sort_by_key(|knob| knob.control.property);
}

/// The property with this name, if a camera can be given it.
pub(super) fn settable(name: &str) -> Result<Property> {
    let property = Property::from_name(name).filter(|property| is_control(*property));
    property.ok_or_else(|| Error::invalid("this is no property that a camera can be given"))
}

/// What is not derived from the modes or the device itself.
fn is_control(property: Property) -> bool {
    use Property::{DeviceId, FacingMode, GroupId, PowerEfficientPixelFormat};
    !property.is_of_track() && !matches!(property, DeviceId | GroupId | FacingMode | PowerEfficientPixelFormat)
}

fn parse<T: DeserializeOwned>(json: &Json) -> Result<T> {
    T::deserialize(json).map_err(|e| Error::invalid(e.to_string()).with_source(e))
}

pub(super) fn control(property: Property, json: &Json, quantized: bool) -> Result<Option<Control>> {
    let (offer, value) = match property.value_kind() {
        ValueKind::Boolean => {
            let Choice { values, value } = parse::<Choice<bool>>(json)?;
            let value = chosen(&values, value)?;
            (Offer::Bools(values), Value::Bool(value))
        }
        ValueKind::String => {
            let Choice { values, value } = parse::<Choice<String>>(json)?;
            let value = chosen(&values, value)?;
            (Offer::Strings(values), Value::String(value))
        }
        ValueKind::Points => {
            let Points { value } = parse(json)?;
            let points = if value.is_null() { Vec::new() } else { read_points(&value, "value")? };
            (Offer::Points, Value::Points(points.into_iter().map(crate::Point2D::clamped).collect()))
        }
        ValueKind::ULong | ValueKind::Double | ValueKind::BooleanOrDouble => {
            if json.get("values").is_some() {
                return menu(parse(json)?).map(|menu| menu.map(|(offer, value)| Control { property, offer, value }));
            }
            let Range { min, max, step, value } = parse(json)?;
            let value = value.unwrap_or(min);
            let finite = [min, max, step, value].iter().all(|n| n.is_finite());
            if !finite || max < min || step < 0.0 || !(min..=max).contains(&value) {
                return Err(Error::invalid(format!(
                    "min {min}, max {max}, step {step}, value {value} is no range: min <= value <= max and step >= 0 are needed"
                )));
            }
            if property == Property::Zoom && min <= 0.0 {
                // The picture is cropped to its min-th part.
                return Err(Error::invalid(format!("min {min}: zoom is a factor, so it is more than 0")));
            }
            if min == max {
                return Ok(None);
            }
            let takes = if quantized { Takes::Steps } else { Takes::Any };
            (Offer::Range { range: MediaSettingsRange { min, max, step }, takes }, Value::Number(value))
        }
    };
    Ok(Some(Control { property, offer, value }))
}

/// A number with a few values only, and its present one; `None` when there is no choice.
fn menu(Choice { values, value }: Choice<f64>) -> Result<Option<(Offer, Value)>> {
    let value = chosen(&values, value)?;
    if !values.iter().all(|n| n.is_finite()) || !values.is_sorted_by(|a, b| a < b) {
        return Err(Error::invalid(format!("values: {values:?} are no ascending numbers")));
    }
    Ok(Offer::menu(&values).map(|offer| (offer, Value::Number(value))))
}

/// The present one of the possible values: the given one, or the first.
fn chosen<T: Clone + PartialEq + std::fmt::Debug>(values: &[T], value: Option<T>) -> Result<T> {
    let value = value.or_else(|| values.first().cloned()).ok_or_else(|| Error::invalid("values: at least one is needed"))?;
    if values.contains(&value) { Ok(value) } else { Err(Error::invalid(format!("value: {value:?} is none of {values:?}"))) }
}
