//! The W3C dictionary form of constraints, in and out.

use serde_json::{Map, Value as Json};

use super::{AnyConstraint, BooleanOrDouble, Bounds, Constraint, ConstraintSet, MediaTrackConstraints, Strings, to_ulong};
use crate::value::number;
use crate::{Error, Point2D, Property, Result, ValueKind};

impl MediaTrackConstraints {
    /// Reads a dictionary such as `{"width": {"min": 640}, "advanced": [{"zoom": 200}]}`. Keys are the
    /// W3C names or their snake_case form. Unknown keys have no effect and are collected in
    /// [`ignored`](Self::ignored).
    ///
    /// # Errors
    ///
    /// `InvalidInput` for text that is not JSON (with [`Error::offset`]) and for a member of the wrong
    /// type (the message names its path).
    pub fn from_json(text: &str) -> Result<Self> {
        Self::from_json_value(&crate::json::parse(text)?)
    }

    /// As [`from_json`](Self::from_json), from a parsed value.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn from_json_value(value: &Json) -> Result<Self> {
        let mut constraints = MediaTrackConstraints::new();
        let members = match value {
            Json::Null => return Ok(constraints),
            Json::Object(members) => members,
            other => return Err(expected("constraints", "an object", other)),
        };
        let mut basic = members.clone();
        if let Some(advanced) = basic.remove("advanced") {
            let Json::Array(sets) = advanced else { return Err(expected("advanced", "a list of objects", &advanced)) };
            for (index, set) in sets.iter().enumerate() {
                let prefix = format!("advanced[{index}].");
                let empty = Map::new();
                let members = match set {
                    Json::Object(members) => members,
                    Json::Null => &empty,
                    other => return Err(expected(&format!("advanced[{index}]"), "an object", other)),
                };
                let set = read_set(members, &prefix, &mut constraints.ignored)?;
                constraints.advanced.push(set);
            }
        }
        constraints.basic = read_set(&basic, "", &mut constraints.ignored)?;
        Ok(constraints)
    }

    /// The dictionary in W3C form, as it was given.
    pub fn to_json_value(&self) -> Json {
        let mut map = write_set(&self.basic);
        if !self.advanced.is_empty() {
            map.insert("advanced".into(), self.advanced.iter().map(|set| Json::Object(write_set(set))).collect());
        }
        Json::Object(map)
    }

    /// The dictionary in W3C form as JSON text.
    pub fn to_json(&self) -> String {
        self.to_json_value().to_string()
    }
}

fn expected(path: &str, what: &str, got: &Json) -> Error {
    let got = match got {
        Json::Null => "null".to_owned(),
        Json::Bool(b) => format!("the boolean {b}"),
        Json::Number(n) => format!("the number {n}"),
        Json::String(s) => format!("the string {s:?}"),
        Json::Array(_) => "a list".to_owned(),
        Json::Object(_) => "an object".to_owned(),
    };
    Error::invalid(format!("{path}: {what} is expected, not {got}"))
}

fn read_set(members: &Map<String, Json>, prefix: &str, ignored: &mut Vec<String>) -> Result<ConstraintSet> {
    let mut set = ConstraintSet::new();
    for (key, value) in members {
        let path = format!("{prefix}{key}");
        let Some(property) = Property::from_name(key) else {
            ignored.push(path);
            continue;
        };
        set.insert(property, read(property, value, &path, ignored)?);
    }
    Ok(set)
}

fn read(property: Property, value: &Json, path: &str, ignored: &mut Vec<String>) -> Result<AnyConstraint> {
    Ok(match property.value_kind() {
        ValueKind::ULong => AnyConstraint::ULong(read_constraint(value, path, true, ignored, |v, p| read_number(v, p).map(to_ulong))?),
        ValueKind::Double => AnyConstraint::Double(read_constraint(value, path, true, ignored, read_number)?),
        ValueKind::Boolean => AnyConstraint::Boolean(read_constraint(value, path, false, ignored, read_bool)?),
        ValueKind::String => AnyConstraint::String(read_constraint(value, path, false, ignored, read_strings)?),
        ValueKind::Points => AnyConstraint::Points(read_constraint(value, path, false, ignored, read_points)?),
        ValueKind::BooleanOrDouble => AnyConstraint::BooleanOrDouble(match value {
            Json::Bool(b) => BooleanOrDouble::Boolean(*b),
            other => BooleanOrDouble::Double(read_constraint(other, path, true, ignored, read_number)?),
        }),
    })
}

fn read_constraint<T>(
    value: &Json,
    path: &str,
    has_min_and_max: bool,
    ignored: &mut Vec<String>,
    read: impl Fn(&Json, &str) -> Result<T>,
) -> Result<Constraint<T>> {
    let members = match value {
        Json::Object(members) => members,
        // Web IDL: null for a dictionary is the empty dictionary.
        Json::Null => return Ok(Constraint::Dict(Bounds::default())),
        bare => return Ok(Constraint::Bare(read(bare, path)?)),
    };
    let mut bounds = Bounds::default();
    for (key, value) in members {
        let path = format!("{path}.{key}");
        let member = match key.as_str() {
            "min" if has_min_and_max => &mut bounds.min,
            "max" if has_min_and_max => &mut bounds.max,
            "exact" => &mut bounds.exact,
            "ideal" => &mut bounds.ideal,
            _ => {
                ignored.push(path);
                continue;
            }
        };
        *member = Some(read(value, &path)?);
    }
    Ok(Constraint::Dict(bounds))
}

fn read_number(value: &Json, path: &str) -> Result<f64> {
    match value.as_f64() {
        Some(n) if n.is_finite() => Ok(n),
        _ => Err(expected(path, "a finite number", value)),
    }
}

fn read_strings(value: &Json, path: &str) -> Result<Strings> {
    match value {
        Json::String(one) => Ok(Strings::One(one.clone())),
        Json::Array(list) => {
            let mut any = Vec::with_capacity(list.len());
            for (index, item) in list.iter().enumerate() {
                match item {
                    Json::String(s) => any.push(s.clone()),
                    other => return Err(expected(&format!("{path}[{index}]"), "a string", other)),
                }
            }
            Ok(Strings::Any(any))
        }
        other => Err(expected(path, "a string or a list of strings", other)),
    }
}

fn read_bool(value: &Json, path: &str) -> Result<bool> {
    value.as_bool().ok_or_else(|| expected(path, "a boolean", value))
}

/// A list of points; absent coordinates are 0.
pub(crate) fn read_points(value: &Json, path: &str) -> Result<Vec<Point2D>> {
    let Json::Array(list) = value else { return Err(expected(path, "a list of points", value)) };
    let point = |(index, item): (usize, &Json)| {
        let path = format!("{path}[{index}]");
        let Json::Object(members) = item else { return Err(expected(&path, "a point such as {\"x\": 0.5, \"y\": 0.5}", item)) };
        let coordinate = |name: &str| members.get(name).map_or(Ok(0.0), |value| read_number(value, &format!("{path}.{name}")));
        Ok(Point2D { x: coordinate("x")?, y: coordinate("y")? })
    };
    list.iter().enumerate().map(point).collect()
}

fn write_set(set: &ConstraintSet) -> Map<String, Json> {
    set.iter().map(|(property, constraint)| (property.name().to_owned(), write(constraint))).collect()
}

fn write(constraint: &AnyConstraint) -> Json {
    match constraint {
        AnyConstraint::ULong(c) => write_constraint(c, |n| Json::from(*n)),
        AnyConstraint::Double(c) | AnyConstraint::BooleanOrDouble(BooleanOrDouble::Double(c)) => write_constraint(c, |n| number(*n)),
        AnyConstraint::BooleanOrDouble(BooleanOrDouble::Boolean(b)) => Json::Bool(*b),
        AnyConstraint::Boolean(c) => write_constraint(c, |b| Json::Bool(*b)),
        AnyConstraint::Points(c) => write_constraint(c, |points| points.iter().map(|point| point.to_json()).collect()),
        AnyConstraint::String(c) => write_constraint(c, |strings| match strings {
            Strings::One(one) => Json::String(one.clone()),
            Strings::Any(any) => Json::from(any.clone()),
        }),
    }
}

fn write_constraint<T>(constraint: &Constraint<T>, write: impl Fn(&T) -> Json) -> Json {
    match constraint {
        Constraint::Bare(value) => write(value),
        Constraint::Dict(bounds) => {
            let members = [("min", &bounds.min), ("max", &bounds.max), ("exact", &bounds.exact), ("ideal", &bounds.ideal)];
            let given = members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), write(value.as_ref()?))));
            Json::Object(given.collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        for text in [
            r#"{}"#,
            r#"{"width":640}"#,
            r#"{"width":{"min":320,"ideal":640},"zoom":true}"#,
            r#"{"deviceId":{"exact":["a","b"]},"frameRate":29.97}"#,
            r#"{"torch":{"exact":true},"backgroundBlur":false,"pointsOfInterest":{"ideal":[{"x":0.5,"y":0.25}]}}"#,
            r#"{"pointsOfInterest":[],"pan":{"min":-3600},"exposureMode":["manual","none"],"aspectRatio":1.5}"#,
            r#"{"zoom":{"exact":200},"advanced":[{"zoom":300},{},{"height":{"max":480}}]}"#,
        ] {
            let constraints = MediaTrackConstraints::from_json(text).unwrap();
            let back = constraints.to_json_value();
            assert_eq!(back, crate::json::parse(text).unwrap());
            assert_eq!(MediaTrackConstraints::from_json_value(&back).unwrap(), constraints);
        }
    }

    #[test]
    fn mistakes_name_their_path() {
        for (text, path) in [
            (r#"{"width":"wide"}"#, "width: "),
            (r#"{"width":{"min":[1]}}"#, "width.min: "),
            (r#"{"advanced":[{},{"zoom":{"min":"x"}}]}"#, "advanced[1].zoom.min: "),
            (r#"{"advanced":{}}"#, "advanced: "),
            (r#"{"advanced":[3]}"#, "advanced[0]: "),
            (r#"{"deviceId":{"exact":["a",7]}}"#, "deviceId.exact[1]: "),
            (r#"{"frameRate":true}"#, "frameRate: "),
            (r#"{"torch":"on"}"#, "torch: "),
            (r#"{"torch":{"exact":1}}"#, "torch.exact: "),
            (r#"{"pointsOfInterest":0.5}"#, "pointsOfInterest: "),
            (r#"{"pointsOfInterest":[{"x":"left"}]}"#, "pointsOfInterest[0].x: "),
            (r#"{"pointsOfInterest":{"exact":[[0,0]]}}"#, "pointsOfInterest.exact[0]: "),
            (r#"[]"#, "constraints: "),
        ] {
            let error = MediaTrackConstraints::from_json(text).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::InvalidInput);
            assert!(error.message().starts_with(path), "{text}: {error}");
        }
        let error = MediaTrackConstraints::from_json(r#"{"width": 640,}"#).unwrap_err();
        assert_eq!(error.offset(), Some(14), "{error}");
    }

    #[test]
    fn unknown_members_are_ignored_and_reported() {
        let text = r#"{"zom":1,"width":{"ideel":2},"frame_rate":15,"advanced":[{"Zoom":1}],"deviceId":{"min":"a"}}"#;
        let constraints = MediaTrackConstraints::from_json(text).unwrap();
        let mut ignored = constraints.ignored().to_vec();
        ignored.sort();
        assert_eq!(ignored, ["advanced[0].Zoom", "deviceId.min", "width.ideel", "zom"]);
        assert!(constraints.to_json_value().get("frameRate").is_some());
    }
}
