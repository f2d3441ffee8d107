//! Every control of a device by its own name, beside the W3C properties.

use std::fmt;

use serde_json::{Map, Value as Json, json};

use crate::json::Members;
use crate::{Error, ErrorKind, Property, Result};

macro_rules! types {
    ($($(#[$doc:meta])+ $variant:ident = $number:literal, $name:literal;)+) => {
        /// What kind of value a control has.
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ControlType {
            $($(#[$doc])+ $variant,)+
        }

        impl ControlType {
            /// Every type.
            pub const ALL: &'static [ControlType] = &[$(ControlType::$variant),+];

            /// Its name, for example `"integer"`.
            pub const fn as_str(self) -> &'static str {
                match self { $(ControlType::$variant => $name,)+ }
            }

            /// Its number in the C interface (`IC_CONTROL_TYPE_…`).
            pub const fn number(self) -> u32 {
                match self { $(ControlType::$variant => $number,)+ }
            }
        }
    };
}

types! {
    /// A whole number of 32 bits.
    Integer = 1, "integer";
    /// True or false.
    Boolean = 2, "boolean";
    /// One of several named choices; the value is the index of the choice.
    Menu = 3, "menu";
    /// Does something when it is set to anything; it has no value.
    Button = 4, "button";
    /// A whole number of 64 bits.
    Integer64 = 5, "integer64";
    /// A text; the range is that of its length in bytes.
    String = 6, "string";
    /// Switches as the bits of a number; the maximum tells those that exist.
    Bitmask = 7, "bitmask";
    /// One of several numbers; the value is the index of the choice, and the menu has the numbers.
    IntegerMenu = 8, "integer-menu";
    /// Whole numbers from 0 to 255.
    U8 = 9, "u8";
    /// Whole numbers from 0 to 65,535.
    U16 = 10, "u16";
    /// Whole numbers of 32 bits without a sign.
    U32 = 11, "u32";
    /// Two numbers: width and height.
    Area = 12, "area";
    /// Four numbers: left, top, width and height.
    Rectangle = 13, "rectangle";
    /// A structure that this library does not know. It is listed, but cannot be read or set.
    Other = 14, "other";
}

impl ControlType {
    /// Finds a type by its number.
    pub fn from_number(number: u32) -> Option<ControlType> {
        ControlType::ALL.iter().copied().find(|t| t.number() == number)
    }
}

impl fmt::Display for ControlType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The value of a control.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlValue {
    /// Of an integer or a bitmask; of a menu the index of the choice.
    Integer(i64),
    /// Of a boolean.
    Boolean(bool),
    /// Of a string.
    Text(String),
    /// Of an array, an area or a rectangle.
    Numbers(Vec<i64>),
}

impl ControlValue {
    /// As JSON: a number, a boolean, a string or an array of numbers.
    pub fn to_json(&self) -> Json {
        match self {
            ControlValue::Integer(number) => json!(number),
            ControlValue::Boolean(on) => json!(on),
            ControlValue::Text(text) => json!(text),
            ControlValue::Numbers(numbers) => json!(numbers),
        }
    }

    /// From JSON: a whole number, a boolean, a string or an array of whole numbers; nothing else has a meaning here.
    pub fn from_json(json: &Json) -> Option<ControlValue> {
        Some(match json {
            Json::Number(number) => ControlValue::Integer(number.as_i64()?),
            Json::Bool(on) => ControlValue::Boolean(*on),
            Json::String(text) => ControlValue::Text(text.clone()),
            Json::Array(numbers) => ControlValue::Numbers(numbers.iter().map(Json::as_i64).collect::<Option<_>>()?),
            Json::Null | Json::Object(_) => return None,
        })
    }
}

impl ControlValue {
    /// From JSON text: an object with a value for each name of a control, in its order, such as
    /// `{"gain": 5, "power_line_frequency": "50 Hz"}`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for text that is no JSON object, for a name that is there twice, and for what is no value of a control.
    pub fn by_name_from_json(text: &str) -> Result<Vec<(String, ControlValue)>> {
        let Members(members) = crate::json::parse_as::<Members<Json>>(text)?;
        let read = |(name, json): (String, Json)| match ControlValue::from_json(&json) {
            Some(value) => Ok((name, value)),
            None => Err(Error::invalid(format!(
                "{name}: {json} is no value of a control: a whole number, true or false, a text or a list of whole numbers is needed"
            ))),
        };
        members.into_iter().map(read).collect()
    }
}

impl fmt::Display for ControlValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_json())
    }
}

impl From<i64> for ControlValue {
    fn from(number: i64) -> Self {
        ControlValue::Integer(number)
    }
}

impl From<bool> for ControlValue {
    fn from(on: bool) -> Self {
        ControlValue::Boolean(on)
    }
}

impl From<Vec<i64>> for ControlValue {
    fn from(numbers: Vec<i64>) -> Self {
        ControlValue::Numbers(numbers)
    }
}

impl From<String> for ControlValue {
    fn from(text: String) -> Self {
        ControlValue::Text(text)
    }
}

impl From<&str> for ControlValue {
    fn from(text: &str) -> Self {
        ControlValue::Text(text.to_owned())
    }
}

/// A choice of a menu.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuItem {
    /// What a control is set to for this choice.
    pub index: i64,
    /// What the driver calls it; of an integer menu the number in words.
    pub name: String,
    /// Of an integer menu: the number that it stands for.
    pub value: Option<i64>,
}

/// What a driver says about how a control may be used.
///
/// V4L2: [control flags](https://docs.kernel.org/userspace-api/media/v4l/vidioc-queryctrl.html#control-flags).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ControlFlags {
    /// It is there, but can never be used.
    pub disabled: bool,
    /// It cannot be changed at present, because something else uses it (`GRABBED`).
    pub grabbed: bool,
    /// It can only be read.
    pub read_only: bool,
    /// Setting it may change other controls (`UPDATE`).
    pub update: bool,
    /// It has no effect at present, because an automatic mode governs it.
    pub inactive: bool,
    /// It is shown best as a slider.
    pub slider: bool,
    /// It can only be written.
    pub write_only: bool,
    /// Its value changes by itself.
    pub volatile: bool,
    /// Setting it does something even if the value is the one that it has.
    pub execute_on_write: bool,
    /// Setting it may change the size of frames (`MODIFY_LAYOUT`).
    pub modify_layout: bool,
}

/// Where one of the flags is.
type Flag = fn(&mut ControlFlags) -> &mut bool;

impl ControlFlags {
    /// Each with its name, in a fixed order.
    const NAMED: [(&str, Flag); 10] = [
        ("disabled", |flags| &mut flags.disabled),
        ("grabbed", |flags| &mut flags.grabbed),
        ("read-only", |flags| &mut flags.read_only),
        ("update", |flags| &mut flags.update),
        ("inactive", |flags| &mut flags.inactive),
        ("slider", |flags| &mut flags.slider),
        ("write-only", |flags| &mut flags.write_only),
        ("volatile", |flags| &mut flags.volatile),
        ("execute-on-write", |flags| &mut flags.execute_on_write),
        ("modify-layout", |flags| &mut flags.modify_layout),
    ];

    /// The names of those that are set, in a fixed order.
    pub fn names(&self) -> Vec<&'static str> {
        let mut flags = *self;
        ControlFlags::NAMED.iter().filter_map(|(name, flag)| flag(&mut flags).then_some(*name)).collect()
    }

    /// Those with these names.
    pub(crate) fn from_names(names: &[String]) -> Result<ControlFlags> {
        let mut flags = ControlFlags::default();
        for name in names {
            let Some((_, flag)) = ControlFlags::NAMED.iter().find(|(known, _)| known == name) else {
                let known: Vec<_> = ControlFlags::NAMED.iter().map(|(known, _)| *known).collect();
                return Err(Error::invalid(format!("{name:?} is none of {}", known.join(", "))));
            };
            *flag(&mut flags) = true;
        }
        Ok(flags)
    }
}

/// One control of a device as its driver describes it, with its value.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceControl {
    /// Tells it from the other controls of the device; on Linux the number of the V4L2 control.
    pub id: u32,
    /// Its name in small letters, digits and underscores, as `v4l2-ctl` writes it: `"white_balance_temperature"`.
    pub name: String,
    /// Its name for people: `"White Balance Temperature"`.
    pub label: String,
    /// The group it belongs to: `"Camera Controls"`. Empty where the device has no groups.
    pub class: String,
    /// What kind of value it has.
    pub control_type: ControlType,
    /// The smallest value; of a string the smallest length.
    pub minimum: i64,
    /// The largest value; of a string the largest length; of a bitmask all bits that exist.
    pub maximum: i64,
    /// The distance between two values.
    pub step: u64,
    /// The driver's own choice; of an array that of each element.
    pub default: Option<ControlValue>,
    /// Of an array how many elements each of its dimensions has; otherwise empty.
    pub dimensions: Vec<u32>,
    /// The choices of a menu.
    pub menu: Vec<MenuItem>,
    /// How it may be used.
    pub flags: ControlFlags,
    /// What it is set to; `None` for a button, and for what cannot be read.
    pub value: Option<ControlValue>,
    /// The W3C property that it stands behind, if any.
    pub property: Option<Property>,
    /// It moves the camera, which needs the permission for that.
    pub(crate) moves_camera: bool,
    /// An array that may have fewer elements than its dimension tells.
    pub(crate) varies: bool,
}

/// A driver's name for people as one word: what is no letter or digit becomes one underscore.
pub(crate) fn name_of(label: &str) -> String {
    let words = label.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_")
}

impl DeviceControl {
    /// A control without range, menu, flags and value.
    pub(crate) fn new(id: u32, label: &str, control_type: ControlType) -> DeviceControl {
        DeviceControl {
            id,
            name: name_of(label),
            label: label.to_owned(),
            class: String::new(),
            control_type,
            minimum: 0,
            maximum: 0,
            step: 0,
            default: None,
            dimensions: Vec::new(),
            menu: Vec::new(),
            flags: ControlFlags::default(),
            value: None,
            property: None,
            moves_camera: false,
            varies: false,
        }
    }

    /// Several as a JSON array of what [`to_json`](Self::to_json) gives.
    pub fn all_to_json<'a>(controls: impl IntoIterator<Item = &'a DeviceControl>) -> Json {
        Json::Array(controls.into_iter().map(DeviceControl::to_json).collect())
    }

    /// The control with a name, among those of a device.
    ///
    /// # Errors
    ///
    /// `NotSupported` when there is none; the message names those that there are.
    pub fn find<'a>(controls: &'a [DeviceControl], name: &str) -> Result<&'a DeviceControl> {
        controls.iter().find(|control| control.name == name).ok_or_else(|| DeviceControl::unknown(name, controls))
    }

    pub(crate) fn unknown<'a>(name: &str, there: impl IntoIterator<Item = &'a DeviceControl>) -> Error {
        let names: Vec<&str> = there.into_iter().map(|control| control.name.as_str()).collect();
        let has = if names.is_empty() { "it has none".to_owned() } else { format!("it has {}", names.join(", ")) };
        Error::new(ErrorKind::NotSupported, format!("the camera has no control {name:?}; {has}"))
    }

    /// How many numbers its value has.
    pub(crate) fn elements(&self) -> usize {
        let each = match self.control_type {
            ControlType::Area => 2,
            ControlType::Rectangle => 4,
            _ => 1,
        };
        self.dimensions.iter().fold(each, |product, &n| product.saturating_mul(n as usize))
    }

    /// Whether it takes one value, not an array of them.
    pub(crate) fn is_single(&self) -> bool {
        self.dimensions.is_empty() && !matches!(self.control_type, ControlType::Area | ControlType::Rectangle)
    }

    /// Looks whether it takes a value, without asking the device; gives the value as the device wants it. A menu also takes
    /// the name of a choice, a button anything.
    pub(crate) fn accept(&self, value: &ControlValue) -> Result<ControlValue> {
        let refuse = |kind, why: String| Err(Error::new(kind, format!("the control {:?} cannot be set to {value}: {why}", self.name)));
        if self.flags.disabled || self.flags.read_only || self.control_type == ControlType::Other {
            let why = if self.control_type == ControlType::Other { "its type is not known" } else { "it can only be read" };
            return refuse(ErrorKind::NotSupported, why.into());
        }
        if self.flags.grabbed {
            return refuse(ErrorKind::NotReadable, "it is in use at present; try again when the camera does not stream".into());
        }
        let wanted = match self.control_type {
            ControlType::Button => return Ok(ControlValue::Integer(1)),
            ControlType::Boolean if self.is_single() => "true or false".to_owned(),
            ControlType::String => format!("a text of {} to {} bytes", self.minimum, self.maximum),
            ControlType::Menu | ControlType::IntegerMenu if self.is_single() => {
                let items: Vec<String> = self.menu.iter().map(|item| format!("{} ({})", item.index, item.name)).collect();
                format!("one of {}", items.join(", "))
            }
            ControlType::Bitmask if self.is_single() => format!("a combination of the bits {:#x}", self.maximum),
            _ if self.is_single() => format!("a whole number from {} to {} in steps of {}", self.minimum, self.maximum, self.step),
            _ if self.varies => format!("1 to {} whole numbers from {} to {}", self.elements(), self.minimum, self.maximum),
            _ => format!("{} whole numbers from {} to {}", self.elements(), self.minimum, self.maximum),
        };
        let accepted = match (self.control_type, value) {
            (ControlType::String, ControlValue::Text(text)) => {
                let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
                (length >= self.minimum && length <= self.maximum && !text.contains('\0')).then(|| value.clone())
            }
            (ControlType::Boolean, ControlValue::Boolean(_)) if self.is_single() => Some(value.clone()),
            (ControlType::Boolean, ControlValue::Integer(n @ (0 | 1))) if self.is_single() => Some(ControlValue::Boolean(*n == 1)),
            (ControlType::Menu | ControlType::IntegerMenu, ControlValue::Integer(index)) if self.is_single() => {
                self.menu.iter().any(|item| item.index == *index).then(|| value.clone())
            }
            (ControlType::Menu | ControlType::IntegerMenu, ControlValue::Text(name)) if self.is_single() => {
                self.menu.iter().find(|item| item.name == *name).map(|item| ControlValue::Integer(item.index))
            }
            (ControlType::Bitmask, ControlValue::Integer(bits)) if self.is_single() => (bits & !self.maximum == 0).then(|| value.clone()),
            // The range of a text is that of its length.
            (ControlType::String | ControlType::Boolean, _) if self.is_single() => None,
            (_, ControlValue::Integer(number)) if self.is_single() => (self.minimum..=self.maximum).contains(number).then(|| value.clone()),
            (_, ControlValue::Numbers(numbers)) if !self.is_single() => {
                // Drivers leave the range of areas and rectangles open.
                let bounded = self.minimum < self.maximum && !matches!(self.control_type, ControlType::Area | ControlType::Rectangle);
                let fits = |number: &i64| !bounded || (self.minimum..=self.maximum).contains(number);
                let least = if self.varies { 1 } else { self.elements() };
                ((least..=self.elements()).contains(&numbers.len()) && numbers.iter().all(fits)).then(|| value.clone())
            }
            _ => None,
        };
        accepted.map_or_else(|| refuse(ErrorKind::InvalidInput, format!("it takes {wanted}")), Ok)
    }

    /// As JSON, with the names of the members of this structure in the W3C's way of writing: `{"id": 9963776, "name":
    /// "brightness", "label": "Brightness", "class": "User Controls", "type": "integer", "minimum": …, "maximum": …, "step": …,
    /// "default": …, "dimensions": [], "menu": [{"index": …, "name": …}], "flags": ["slider"], "value": …, "property": "brightness"}`.
    pub fn to_json(&self) -> Json {
        let value = |value: &Option<ControlValue>| value.as_ref().map_or(Json::Null, ControlValue::to_json);
        let item = |item: &MenuItem| {
            let mut map = Map::from_iter([("index".to_owned(), json!(item.index)), ("name".to_owned(), json!(item.name))]);
            if let Some(value) = item.value {
                map.insert("value".into(), json!(value));
            }
            Json::Object(map)
        };
        json!({
            "id": self.id,
            "name": self.name,
            "label": self.label,
            "class": self.class,
            "type": self.control_type.as_str(),
            "minimum": self.minimum,
            "maximum": self.maximum,
            "step": self.step,
            "default": value(&self.default),
            "dimensions": self.dimensions,
            "menu": self.menu.iter().map(item).collect::<Vec<_>>(),
            "flags": self.flags.names(),
            "value": value(&self.value),
            "property": self.property.map(Property::name),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(control_type: ControlType, minimum: i64, maximum: i64) -> DeviceControl {
        DeviceControl { minimum, maximum, step: 1, ..DeviceControl::new(7, "A Control", control_type) }
    }

    #[test]
    fn names_are_those_of_v4l2_ctl() {
        assert_eq!(name_of("White Balance Temperature"), "white_balance_temperature");
        assert_eq!(name_of("Focus, Automatic Continuous"), "focus_automatic_continuous");
        assert_eq!(name_of("U16 8x16 Matrix (0-31)"), "u16_8x16_matrix_0_31");
    }

    #[test]
    fn a_control_takes_what_its_description_says() {
        let integer = control(ControlType::Integer, -5, 5);
        assert_eq!(integer.accept(&3.into()).unwrap(), ControlValue::Integer(3));
        for bad in [ControlValue::Integer(6), ControlValue::Boolean(true), "3".into(), ControlValue::Numbers(vec![3])] {
            let error = integer.accept(&bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{bad}");
            assert!(error.message().contains("from -5 to 5"), "{error}");
        }
        let boolean = control(ControlType::Boolean, 0, 1);
        assert_eq!(boolean.accept(&1.into()).unwrap(), ControlValue::Boolean(true));
        assert!(boolean.accept(&2.into()).is_err());
        let mut menu = control(ControlType::Menu, 0, 3);
        menu.menu =
            vec![MenuItem { index: 1, name: "Manual Mode".into(), value: None }, MenuItem { index: 3, name: "Auto".into(), value: None }];
        assert_eq!(menu.accept(&"Auto".into()).unwrap(), ControlValue::Integer(3));
        assert!(menu.accept(&2.into()).unwrap_err().message().contains("1 (Manual Mode), 3 (Auto)"));
        let text = control(ControlType::String, 2, 4);
        assert_eq!(text.accept(&3.into()).unwrap_err().kind(), ErrorKind::InvalidInput, "the range is that of its length");
        assert!(text.accept(&"abc".into()).is_ok() && text.accept(&"abcde".into()).is_err() && text.accept(&"a\0b".into()).is_err());
        let bits = control(ControlType::Bitmask, 0, 0b101);
        assert!(bits.accept(&4.into()).is_ok() && bits.accept(&2.into()).is_err());
        let mut matrix = control(ControlType::U8, 0, 9);
        matrix.dimensions = vec![2, 2];
        assert!(matrix.accept(&ControlValue::Numbers(vec![1, 2, 3, 4])).is_ok());
        assert!(matrix.accept(&ControlValue::Numbers(vec![1, 2, 3])).is_err());
        assert!(matrix.accept(&ControlValue::Numbers(vec![1, 2, 3, 10])).is_err());
        matrix.dimensions = vec![4];
        matrix.varies = true;
        let of = |count| ControlValue::Numbers(vec![1; count]);
        assert!(matrix.accept(&of(1)).is_ok() && matrix.accept(&of(4)).is_ok());
        assert!(matrix.accept(&of(0)).is_err() && matrix.accept(&of(5)).unwrap_err().message().contains("1 to 4 whole numbers"));
        let mut fixed = integer.clone();
        fixed.flags.read_only = true;
        assert_eq!(fixed.accept(&3.into()).unwrap_err().kind(), ErrorKind::NotSupported);
        let mut busy = integer;
        busy.flags.grabbed = true;
        assert_eq!(busy.accept(&3.into()).unwrap_err().kind(), ErrorKind::NotReadable);
    }

    #[test]
    fn json_tells_everything() {
        let mut menu = control(ControlType::IntegerMenu, 0, 1);
        menu.menu = vec![MenuItem { index: 0, name: "100".into(), value: Some(100) }];
        menu.flags.volatile = true;
        menu.value = Some(0.into());
        let json = menu.to_json();
        assert_eq!(json["type"], "integer-menu");
        assert_eq!(json["menu"], json!([{"index": 0, "name": "100", "value": 100}]));
        assert_eq!((&json["flags"], &json["value"], &json["property"]), (&json!(["volatile"]), &json!(0), &Json::Null));
        for value in [ControlValue::Integer(-1), ControlValue::Boolean(true), "x".into(), ControlValue::Numbers(vec![1, 2])] {
            assert_eq!(ControlValue::from_json(&value.to_json()), Some(value));
        }
        assert_eq!(ControlValue::from_json(&json!(1.5)), None);
    }
}
