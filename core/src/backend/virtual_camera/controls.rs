//! The controls of a virtual camera by their own names.

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::properties::{self, Knob};
use super::{State, VirtualCamera};
use crate::backend::ChangedControl;
use crate::device_control::name_of;
use crate::json::Members;
use crate::{ControlFlags, ControlType, ControlValue, DeviceControl, Error, MenuItem, Property, Result, Value};

/// As a configuration writes them.
pub(super) type Blocks = Members<Json>;

/// The number of the first control; the others follow it.
const FIRST: u32 = 0x0800_0000;
/// An array has no more elements, a text no more bytes.
const LONGEST: usize = 65_536;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    #[serde(rename = "type")]
    control_type: String,
    min: Option<i64>,
    max: Option<i64>,
    step: Option<u64>,
    default: Option<Json>,
    value: Option<Json>,
    label: Option<String>,
    class: Option<String>,
    #[serde(default)]
    dimensions: Vec<u32>,
    #[serde(default)]
    menu: Vec<Option<Choice>>,
    #[serde(default)]
    flags: Vec<String>,
    property: Option<String>,
}

/// A choice of a menu.
#[derive(Deserialize)]
#[serde(untagged)]
enum Choice {
    Number(i64),
    Name(String),
}

impl Choice {
    fn item(&self, index: usize) -> MenuItem {
        let (name, value) = match self {
            Choice::Number(number) => (number.to_string(), Some(*number)),
            Choice::Name(name) => (name.clone(), None),
        };
        MenuItem { index: i64::try_from(index).unwrap_or(i64::MAX), name, value }
    }
}

/// All of them, in their order.
#[derive(Clone, Debug)]
pub(super) struct RawControls {
    list: Vec<DeviceControl>,
    next_id: u32,
    /// Those that were changed from outside, each with the number of its last change.
    touched: Vec<(u64, ChangedControl)>,
}

/// What a control of this type can be at most.
fn most(control_type: ControlType, menu: &[MenuItem]) -> i64 {
    match control_type {
        ControlType::Integer => i32::MAX.into(),
        ControlType::Integer64 => i64::MAX,
        ControlType::Boolean => 1,
        ControlType::Menu | ControlType::IntegerMenu => menu.last().map_or(0, |item| item.index),
        ControlType::String | ControlType::U8 => u8::MAX.into(),
        ControlType::U16 => u16::MAX.into(),
        ControlType::U32 | ControlType::Bitmask => u32::MAX.into(),
        _ => 0,
    }
}

/// The value of a control as somebody at the camera sets it, who may do more than programs.
fn outside(control: &DeviceControl, json: &Json) -> Result<ControlValue> {
    let value = ControlValue::from_json(json).ok_or_else(|| Error::invalid(format!("{json} is no value of a control")))?;
    DeviceControl { flags: ControlFlags::default(), ..control.clone() }.accept(&value)
}

/// A name for people.
fn label_of(name: &str) -> String {
    let capital = |word: &str| word.chars().enumerate().map(|(i, c)| if i == 0 { c.to_ascii_uppercase() } else { c }).collect();
    name.split('_').map(capital).collect::<Vec<String>>().join(" ")
}

/// A control from its block, checked.
fn control(id: u32, name: &str, json: &Json, knobs: &[Knob]) -> Result<DeviceControl> {
    let block = Block::deserialize(json).map_err(|e| Error::invalid(e.to_string()).with_source(e))?;
    if name.is_empty() || name_of(name) != name {
        return Err(Error::invalid("a name is made of small letters, digits and single underscores between them"));
    }
    let known = ControlType::ALL.iter().copied().find(|known| known.as_str() == block.control_type);
    let Some(control_type) = known else {
        let names: Vec<_> = ControlType::ALL.iter().map(|known| known.as_str()).collect();
        return Err(Error::invalid(format!("type: {:?} is none of {}", block.control_type, names.join(", "))));
    };
    let menu: Vec<_> = block.menu.iter().enumerate().filter_map(|(index, choice)| Some(choice.as_ref()?.item(index))).collect();
    let has_numbers = menu.iter().any(|item| item.value.is_some());
    let fits = match control_type {
        ControlType::Menu => !menu.is_empty() && !has_numbers,
        ControlType::IntegerMenu => !menu.is_empty() && menu.iter().all(|item| item.value.is_some()),
        _ => block.menu.is_empty(),
    };
    if !fits {
        return Err(Error::invalid("menu: a menu has names, an integer-menu has numbers, and nothing else has any"));
    }
    let min = block.min.unwrap_or(0);
    let max = block.max.unwrap_or_else(|| most(control_type, &menu).max(min));
    if min > max {
        return Err(Error::invalid(format!("min {min}, max {max}: min <= max is needed")));
    }
    let property = block.property.as_deref().map(properties::settable).transpose().map_err(|e| e.context("property"))?;
    let mut control = DeviceControl {
        minimum: min,
        maximum: max,
        step: block.step.unwrap_or(1),
        dimensions: block.dimensions,
        menu,
        flags: ControlFlags::from_names(&block.flags).map_err(|e| e.context("flags"))?,
        property,
        moves_camera: property.is_some_and(Property::is_pan_tilt_zoom),
        ..DeviceControl::new(id, &block.label.unwrap_or_else(|| label_of(name)), control_type)
    };
    name.clone_into(&mut control.name);
    control.class = block.class.unwrap_or_default();
    let is_text_too_long = control_type == ControlType::String && max > LONGEST as i64;
    if control.elements() == 0 || control.elements() > LONGEST || is_text_too_long {
        return Err(Error::invalid(format!("dimensions, max: 1 to {LONGEST} elements or bytes are possible")));
    }
    let one = DeviceControl { dimensions: Vec::new(), ..control.clone() };
    control.default = match &block.default {
        Some(json) if one.is_single() => Some(outside(&one, json).map_err(|e| e.context("default"))?),
        Some(_) => return Err(Error::invalid("default: this type has none")),
        None => default(&one),
    };
    control.value = match &block.value {
        _ if matches!(control_type, ControlType::Button | ControlType::Other) => None,
        Some(json) => Some(outside(&control, json).map_err(|e| e.context("value"))?),
        None => Some(first_value(&control)?),
    };
    if let Some(property) = property
        && !knobs.iter().any(|knob| knob.control.property == property && shown(&control, &knob.control.value).is_some())
    {
        return Err(Error::invalid(format!("property: the camera has no {property} that fits a control of the type {control_type}")));
    }
    Ok(control)
}

/// What a single value is without a word of the configuration.
fn default(control: &DeviceControl) -> Option<ControlValue> {
    match control.control_type {
        ControlType::Boolean => Some(ControlValue::Boolean(control.minimum == 1)),
        ControlType::Menu | ControlType::IntegerMenu => control.menu.first().map(|item| ControlValue::Integer(item.index)),
        ControlType::Bitmask => Some(ControlValue::Integer(0)),
        ControlType::Button | ControlType::String | ControlType::Area | ControlType::Rectangle | ControlType::Other => None,
        _ => Some(ControlValue::Integer(control.minimum)),
    }
}

fn first_value(control: &DeviceControl) -> Result<ControlValue> {
    if control.control_type == ControlType::String {
        return Ok(ControlValue::Text(" ".repeat(usize::try_from(control.minimum).unwrap_or(0))));
    }
    match &control.default {
        Some(value) if control.is_single() => Ok(value.clone()),
        Some(ControlValue::Integer(number)) => Ok(ControlValue::Numbers(vec![*number; control.elements()])),
        Some(ControlValue::Boolean(on)) => Ok(ControlValue::Numbers(vec![i64::from(*on); control.elements()])),
        _ => Ok(ControlValue::Numbers(vec![0; control.elements()])),
    }
}

/// The value of a property, as the control that stands behind it shows it.
fn shown(control: &DeviceControl, value: &Value) -> Option<ControlValue> {
    match (control.control_type, value) {
        (ControlType::Boolean, Value::Bool(on)) => Some(ControlValue::Boolean(*on)),
        (ControlType::Menu, Value::String(name)) => {
            control.menu.iter().find(|item| item.name == *name).map(|item| ControlValue::Integer(item.index))
        }
        (ControlType::IntegerMenu, Value::Number(number)) => {
            let is_it = |item: &&MenuItem| item.value.is_some_and(|value| value as f64 == *number);
            control.menu.iter().find(is_it).map(|item| ControlValue::Integer(item.index))
        }
        (ControlType::Integer | ControlType::Integer64, Value::Number(number)) => Some(ControlValue::Integer(number.round() as i64)),
        _ => None,
    }
}

/// The value of a control, as the property before it takes it.
fn behind(control: &DeviceControl, value: &ControlValue) -> Option<Value> {
    let item = |index: &i64| control.menu.iter().find(|item| item.index == *index);
    match (control.control_type, value) {
        (ControlType::Boolean, ControlValue::Boolean(on)) => Some(Value::Bool(*on)),
        (ControlType::Menu, ControlValue::Integer(index)) => item(index).map(|item| Value::String(item.name.clone())),
        (ControlType::IntegerMenu, ControlValue::Integer(index)) => item(index)?.value.map(|number| Value::Number(number as f64)),
        (ControlType::Integer | ControlType::Integer64, ControlValue::Integer(number)) => Some(Value::Number(*number as f64)),
        _ => None,
    }
}

impl RawControls {
    pub(super) fn of(blocks: &Blocks, knobs: &[Knob]) -> Result<RawControls> {
        let mut controls = RawControls { list: Vec::new(), next_id: FIRST, touched: Vec::new() };
        for (name, block) in &blocks.0 {
            controls.put(name, block, knobs).map_err(|e| e.context(format!("controls.{name}")))?;
        }
        Ok(controls)
    }

    /// Adds a control, or replaces the one with its name.
    fn put(&mut self, name: &str, block: &Json, knobs: &[Knob]) -> Result<()> {
        match self.list.iter_mut().find(|control| control.name == name) {
            Some(old) => *old = control(old.id, name, block, knobs)?,
            None => {
                self.list.push(control(self.next_id, name, block, knobs)?);
                self.next_id += 1;
            }
        }
        Ok(())
    }

    /// Those that were changed from outside since a change.
    pub(super) fn touched_since(&self, change: u64) -> Vec<ChangedControl> {
        self.touched.iter().filter(|(number, _)| *number > change).map(|(_, control)| control.clone()).collect()
    }
}

/// Sets a control, and the property that it stands behind.
fn set(control: &mut DeviceControl, knobs: &mut [Knob], value: ControlValue) -> Result<()> {
    let knob = knobs.iter_mut().find(|knob| control.property == Some(knob.control.property));
    if let (Some(knob), Some(wanted)) = (knob, behind(control, &value)) {
        knob.control.value = knob.taken(&wanted)?;
        knob.target = None;
    }
    if !matches!(control.control_type, ControlType::Button | ControlType::Other) {
        control.value = Some(value);
    }
    Ok(())
}

impl State {
    /// The controls by their own names as they are now, also what programs cannot read.
    pub(super) fn raw_controls(&self) -> Vec<DeviceControl> {
        let mut controls = self.raw.list.clone();
        for control in &mut controls {
            let knob = self.knobs.iter().find(|knob| control.property == Some(knob.control.property));
            if let Some(value) = knob.and_then(|knob| shown(control, &knob.control.value)) {
                control.value = Some(value);
            }
        }
        controls
    }

    /// Remembers which of them are different now than before, for those who listen to the last change.
    pub(super) fn touch(&mut self, before: &[DeviceControl]) {
        for control in self.raw_controls() {
            if before.contains(&control) {
                continue;
            }
            self.raw.touched.retain(|(_, touched)| touched.id != control.id);
            self.raw.touched.push((self.changes, ChangedControl { id: control.id, name: control.name.as_str().into() }));
        }
    }

    /// Sets a control as a program does that has its description.
    pub(super) fn set_raw(&mut self, id: u32, value: &ControlValue) -> Result<()> {
        let Some(control) = self.raw.list.iter_mut().find(|control| control.id == id) else {
            return Err(Error::new(crate::ErrorKind::NotSupported, "the virtual camera has no such control any more"));
        };
        let value = control.accept(value)?;
        set(control, &mut self.knobs, value)
    }

    pub(super) fn raw_name(&self, id: u32) -> &str {
        self.raw.list.iter().find(|control| control.id == id).map_or("", |control| &control.name)
    }

    pub(super) fn has_raw(&self, name: &str) -> bool {
        self.raw.list.iter().any(|control| control.name == name)
    }
}

impl VirtualCamera {
    /// Changes the controls by their own names, also while the camera is open, as JSON text with one member a control:
    ///
    /// * a block as in the configuration, such as `{"gain": {"type": "integer", "max": 100}}`, replaces the control, or adds it;
    /// * a bare value, such as `{"gain": 5}` or `{"power_line_frequency": "50 Hz"}`, changes only the value, as if somebody
    ///   else had set it, also where programs cannot;
    /// * `null` removes the control.
    ///
    /// Tracks hear of every control that is different afterwards, and of the property that it stands behind.
    ///
    /// ```
    /// use imagecapture::VirtualCamera;
    ///
    /// let camera = VirtualCamera::default_camera();
    /// camera.set_controls(r#"{"gain": {"type": "integer", "max": 100, "value": 5, "flags": ["slider"]}}"#)?;
    /// camera.set_controls(r#"{"gain": 7}"#)?;
    /// assert_eq!(camera.controls()["gain"]["value"], 7);
    /// # Ok::<(), imagecapture::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `InvalidInput` for text that is no JSON object, a name that is there twice, an impossible block or value, and a bare
    /// value of a control that the camera lacks. The message names the member, and nothing was changed.
    pub fn set_controls(&self, json: &str) -> Result<()> {
        let Members(members) = crate::json::parse_as::<Blocks>(json)?;
        let mut state = self.inner.state.lock();
        let (mut raw, mut knobs) = (state.raw.clone(), state.knobs.clone());
        for (name, json) in &members {
            let at = |e: Error| e.context(name.as_str());
            match (json, raw.list.iter_mut().find(|control| control.name == *name)) {
                (Json::Null, _) => raw.list.retain(|control| control.name != *name),
                (Json::Object(_), _) => raw.put(name, json, &knobs).map_err(at)?,
                (bare, Some(control)) => outside(control, bare).and_then(|value| set(control, &mut knobs, value)).map_err(at)?,
                (_, None) => {
                    return Err(at(Error::invalid("the camera has no such control; a block of it, not a bare value, adds it")));
                }
            }
        }
        let before = (state.raw_controls(), state.controls());
        (state.raw, state.knobs) = (raw, knobs);
        if (state.raw_controls(), state.controls()) != before {
            state.changes += 1;
            state.touch(&before.0);
        }
        drop(state);
        self.inner.changed.notify_all();
        Ok(())
    }

    /// The controls by their own names that it has now, as one JSON object of blocks. Given to
    /// [`set_controls`](Self::set_controls), it puts everything back.
    pub fn controls(&self) -> Json {
        Json::Object(self.inner.state.lock().raw_controls().iter().map(|control| (control.name.clone(), block(control))).collect())
    }
}

/// The block of a control, as a configuration would write it.
fn block(control: &DeviceControl) -> Json {
    let last = control.menu.last().map_or(-1, |item| item.index);
    let choice = |index: i64| match control.menu.iter().find(|item| item.index == index) {
        Some(MenuItem { value: Some(number), .. }) => json!(number),
        Some(item) => json!(item.name),
        None => Json::Null,
    };
    let mut block = json!({
        "type": control.control_type.as_str(),
        "min": control.minimum,
        "max": control.maximum,
        "step": control.step,
        "label": control.label,
        "class": control.class,
        "dimensions": control.dimensions,
        "menu": (0..=last).map(choice).collect::<Vec<_>>(),
        "flags": control.flags.names(),
        "property": control.property.map(Property::name),
    });
    for (name, value) in [("default", &control.default), ("value", &control.value)] {
        if let Some(value) = value {
            block[name] = value.to_json();
        }
    }
    block
}
