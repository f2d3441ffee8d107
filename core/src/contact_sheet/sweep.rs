//! Which values a sweep goes through.

use std::str::FromStr;

use crate::capabilities::Capability;
use crate::{Error, ErrorKind, MediaSettingsRange, MediaTrackCapabilities, Property, Result, Value};

use super::MAX_PICTURES;

/// How many values a range gives when none are named.
const OVER_ALL: usize = 5;

/// Values of one property, one after the other.
///
/// As text (`"zoom=100:400:100".parse()`): `NAME=START:STOP:STEP`, `NAME=VALUE,VALUE,…` or `NAME` alone. Names are those of the
/// W3C or of Python.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    property: Property,
    values: Values,
}

#[derive(Clone, Debug, PartialEq)]
enum Values {
    OverAll,
    Range {
        start: f64,
        stop: f64,
        step: f64,
    },
    List(Vec<Value>),
    /// As written: what it means depends on the kind of the property.
    Texts(Vec<String>),
}

impl Sweep {
    /// All strings or states of a property; of a range five values from end to end. Those of exposure time and ISO are in
    /// equal ratios, as brightness is seen, all others in equal distances.
    pub fn over(property: Property) -> Sweep {
        Sweep { property, values: Values::OverAll }
    }

    /// From one number to another, both included where the step meets them. The sign of the step does not matter.
    pub fn range(property: Property, start: f64, stop: f64, step: f64) -> Sweep {
        Sweep { property, values: Values::Range { start, stop, step } }
    }

    /// These values.
    pub fn values(property: Property, values: impl IntoIterator<Item = impl Into<Value>>) -> Sweep {
        Sweep { property, values: Values::List(values.into_iter().map(Into::into).collect()) }
    }

    /// The property.
    pub fn property(&self) -> Property {
        self.property
    }

    /// The values, all of which the camera has.
    pub(super) fn of(&self, capabilities: &MediaTrackCapabilities) -> Result<Vec<Value>> {
        let property = self.property;
        let Some(offer) = capabilities.entry(property) else {
            let has: Vec<&str> = capabilities.properties().map(Property::name).collect();
            return Err(Error::new(ErrorKind::NotSupported, format!("this camera does not have {property}; it has {}", has.join(", "))));
        };
        let values = match (offer, &self.values) {
            (Capability::Hint, _) => {
                let how = format!("{property} needs a permission: name it when the camera is asked for, as in {{\"{property}\": true}}");
                return Err(Error::new(ErrorKind::NotAllowed, how));
            }
            (Capability::Range(range), Values::OverAll) => over_range(property, *range),
            (Capability::Range(range), _) => {
                let numbers = self.numbers()?;
                if let Some(out) = numbers.iter().find(|number| !(range.min..=range.max).contains(number)) {
                    let MediaSettingsRange { min, max, .. } = range;
                    return Err(Error::invalid(format!("{property}: {out} is not possible; this camera takes {min} to {max}")));
                }
                numbers.into_iter().map(Value::Number).collect()
            }
            (Capability::Strings(list), values) => choose(property, list.iter().map(|one| Value::from(one.as_str())).collect(), values)?,
            (Capability::Bools(list), values) => choose(property, list.iter().map(|one| Value::from(*one)).collect(), values)?,
            (Capability::Single(_), _) => return Err(Error::invalid(format!("{property} never changes"))),
        };
        match values.len() {
            0 => Err(Error::invalid(format!("{property}: at least one value is needed"))),
            1..=MAX_PICTURES => Ok(values),
            more => Err(Error::invalid(format!("{property}: {more} values are too many; a contact sheet has room for {MAX_PICTURES}"))),
        }
    }

    fn numbers(&self) -> Result<Vec<f64>> {
        let property = self.property;
        let not = |what: String| Error::invalid(format!("{property}: {what} is no number"));
        match &self.values {
            Values::OverAll => Ok(Vec::new()),
            Values::Range { start, stop, step } => {
                if ![start, stop, step].into_iter().all(|number| number.is_finite()) || *step == 0.0 {
                    return Err(Error::invalid(format!("{property}: start, stop and step are finite numbers, and the step is not 0")));
                }
                // A little more, for steps such as 0.1 that have no exact form.
                let steps = ((stop - start).abs() / step.abs() + 1e-6).floor();
                if steps >= MAX_PICTURES as f64 {
                    return Err(Error::invalid(format!(
                        "{property}: a contact sheet has room for {MAX_PICTURES} pictures; take a larger step"
                    )));
                }
                let step = step.abs().copysign(stop - start);
                // Past the stop by the error of the division.
                let (low, high) = (start.min(*stop), start.max(*stop));
                Ok((0..=steps as usize).map(|index| (start + step * index as f64).clamp(low, high)).collect())
            }
            Values::List(list) => list
                .iter()
                .map(|value| match value {
                    Value::Number(number) if number.is_finite() => Ok(*number),
                    other => Err(not(other.to_string())),
                })
                .collect(),
            Values::Texts(texts) => {
                let read = |text: &String| text.parse().ok().filter(|number: &f64| number.is_finite());
                texts.iter().map(|text| read(text).ok_or_else(|| not(format!("{text:?}")))).collect()
            }
        }
    }
}

/// Those of a list that were asked for.
fn choose(property: Property, offer: Vec<Value>, values: &Values) -> Result<Vec<Value>> {
    let asked = match values {
        Values::OverAll => return Ok(offer),
        Values::Range { .. } => return Err(Error::invalid(format!("{property} has no numbers, so no range of them"))),
        Values::List(list) => list.clone(),
        Values::Texts(texts) => {
            let read = |text: &String| match text.as_str() {
                "true" | "on" if matches!(offer[..], [Value::Bool(_), ..]) => Value::Bool(true),
                "false" | "off" if matches!(offer[..], [Value::Bool(_), ..]) => Value::Bool(false),
                text => Value::from(text),
            };
            texts.iter().map(read).collect()
        }
    };
    match asked.iter().find(|value| !offer.contains(value)) {
        Some(out) => {
            let offer: Vec<String> = offer.iter().map(Value::to_string).collect();
            Err(Error::invalid(format!("{property}: {out} is not possible; this camera takes {}", offer.join(", "))))
        }
        None => Ok(asked),
    }
}

/// Values from end to end, each at a step of the camera.
fn over_range(property: Property, range: MediaSettingsRange) -> Vec<Value> {
    let MediaSettingsRange { min, max, step } = range;
    let ratios = matches!(property, Property::ExposureTime | Property::Iso) && min > 0.0;
    let at = |index: usize| {
        let part = index as f64 / (OVER_ALL - 1) as f64;
        let value = if ratios { min * (max / min).powf(part) } else { min + (max - min) * part };
        let value = if step > 0.0 { min + ((value - min) / step).round() * step } else { value };
        if index + 1 == OVER_ALL { max } else { value.clamp(min, max) }
    };
    let mut numbers: Vec<f64> = (0..OVER_ALL).map(at).collect();
    numbers.dedup();
    numbers.into_iter().map(Value::Number).collect()
}

impl FromStr for Sweep {
    type Err = Error;

    /// # Errors
    ///
    /// `InvalidInput` when it is none of the three forms, or the property is unknown.
    fn from_str(text: &str) -> Result<Sweep> {
        let (name, values) = text.split_once('=').map_or((text, None), |(name, values)| (name, Some(values)));
        let Some(property) = Property::ALL.iter().copied().find(|property| [property.name(), property.python_name()].contains(&name))
        else {
            return Err(Error::invalid(format!(
                "sweep: there is no property {name:?}; a sweep is NAME, NAME=START:STOP:STEP or NAME=VALUE,VALUE"
            )));
        };
        let Some(values) = values else { return Ok(Sweep::over(property)) };
        if !values.contains(':') {
            return Ok(Sweep { property, values: Values::Texts(values.split(',').map(|value| value.trim().to_owned()).collect()) });
        }
        let numbers: Option<Vec<f64>> = values.split(':').map(|number| number.trim().parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[start, stop, step]) => Ok(Sweep::range(property, start, stop, step)),
            _ => Err(Error::invalid(format!("sweep: {values:?} is no range; it is START:STOP:STEP, three numbers"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera() -> MediaTrackCapabilities {
        let mut capabilities = MediaTrackCapabilities::default();
        let range = |min, max, step| Capability::Range(MediaSettingsRange { min, max, step });
        capabilities.set(Property::Zoom, range(100.0, 400.0, 1.0));
        capabilities.set(Property::ExposureTime, range(1.0, 10_000.0, 1.0));
        capabilities.set(Property::Sharpness, range(0.0, 2.0, 1.0));
        capabilities.set(Property::Pan, Capability::Hint);
        capabilities.set(Property::Torch, Capability::Bools(vec![false, true]));
        capabilities.set(Property::WhiteBalanceMode, Capability::Strings(vec!["manual".into(), "continuous".into()]));
        capabilities
    }

    fn of(text: &str) -> String {
        let values = text.parse::<Sweep>().and_then(|sweep| sweep.of(&camera()));
        match values {
            Ok(values) => values.iter().map(Value::to_string).collect::<Vec<_>>().join(" "),
            Err(error) => format!("{:?}: {}", error.kind(), error.message()),
        }
    }

    #[test]
    fn values_of_every_form() {
        assert_eq!(of("zoom=100:400:100"), "100 200 300 400");
        assert_eq!(of("zoom=400:100:150"), "400 250 100");
        assert_eq!(of("zoom=100:130:20"), "100 120");
        assert_eq!(of("zoom=100:100.3:0.1"), "100 100.1 100.2 100.3");
        assert_eq!(of("zoom=150, 100"), "150 100");
        assert_eq!(of("zoom"), "100 175 250 325 400");
        assert_eq!(of("sharpness"), "0 1 2", "no value twice");
        assert_eq!(of("exposureTime"), "1 10 100 1000 10000");
        assert_eq!(of("torch"), "false true");
        assert_eq!(of("torch=on"), "true");
        assert_eq!(of("white_balance_mode"), r#""manual" "continuous""#);
        assert_eq!(of("whiteBalanceMode=continuous"), r#""continuous""#);
        let typed = Sweep::values(Property::Torch, [true, false]).of(&camera()).unwrap();
        assert_eq!(typed, [Value::Bool(true), Value::Bool(false)]);
    }

    #[test]
    fn what_is_not_possible_is_said_with_what_is() {
        for (text, start) in [
            ("zoom=100:500:100", "InvalidInput: zoom: 500 is not possible; this camera takes 100 to 400"),
            ("zoom=NaN", "InvalidInput: zoom: \"NaN\" is no number"),
            ("zoom=1:2:0", "InvalidInput: zoom: start, stop and step"),
            ("zoom=inf:2:1", "InvalidInput: zoom: start, stop and step"),
            ("zoom=100:400:0.001", "InvalidInput: zoom: a contact sheet has room for 256"),
            ("zoom=100:400", "InvalidInput: sweep: \"100:400\" is no range"),
            ("zoom=", "InvalidInput: zoom: \"\" is no number"),
            ("zom=1", "InvalidInput: sweep: there is no property \"zom\""),
            ("iso", "NotSupported: this camera does not have iso; it has whiteBalanceMode"),
            ("pan", "NotAllowed: pan needs a permission"),
            (
                "whiteBalanceMode=none",
                "InvalidInput: whiteBalanceMode: \"none\" is not possible; this camera takes \"manual\", \"continuous\"",
            ),
            ("torch=1:2:1", "InvalidInput: torch has no numbers"),
        ] {
            assert!(of(text).starts_with(start), "{text}: {}", of(text));
        }
    }
}
