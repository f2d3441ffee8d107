//! `Bracket`: several photos, each with another value of one property.

use crate::{Error, Property, Result};

/// So many photos a bracket has at most.
const MOST: usize = 16;

/// The properties that can be bracketed.
const PROPERTIES: [Property; 5] =
    [Property::ExposureCompensation, Property::ExposureTime, Property::Iso, Property::FocusDistance, Property::ColorTemperature];

/// Several photos in a row, each with another value of one property.
#[derive(Clone, Debug, PartialEq)]
pub struct Bracket {
    property: Property,
    values: Vec<f64>,
}

impl Bracket {
    /// A photo for each value, in this order, in the unit that the property has everywhere. The property is
    /// `exposureCompensation`, `exposureTime`, `iso`, `focusDistance` or `colorTemperature`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for another property, for no value or more than 16, and for one that is not finite.
    pub fn new(property: Property, values: impl Into<Vec<f64>>) -> Result<Bracket> {
        let values = values.into();
        if !PROPERTIES.contains(&property) {
            let names: Vec<_> = PROPERTIES.iter().map(|property| property.name()).collect();
            return Err(Error::invalid(format!("a bracket of {property}: it is of one of {}", names.join(", "))));
        }
        if values.is_empty() || values.len() > MOST {
            return Err(Error::invalid(format!("a bracket of {} photos: it has 1 to {MOST}", values.len())));
        }
        if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            return Err(Error::invalid(format!("a bracket with {property} {value}: a finite number is expected")));
        }
        Ok(Bracket { property, values })
    }

    /// What differs between the photos.
    pub fn property(&self) -> Property {
        self.property
    }

    /// Its values, one for each photo.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn what_is_no_bracket_is_refused() {
        let bracket = Bracket::new(Property::ExposureCompensation, [-1.0, 0.0, 1.0]).unwrap();
        assert_eq!((bracket.property(), bracket.values()), (Property::ExposureCompensation, &[-1.0, 0.0, 1.0][..]));
        assert!(Bracket::new(Property::FocusDistance, vec![1.0; MOST]).is_ok());
        for (property, values, what) in [
            (Property::Zoom, vec![1.0], "zoom"),
            (Property::ExposureTime, Vec::new(), "0 photos"),
            (Property::ExposureTime, vec![1.0; MOST + 1], "17 photos"),
            (Property::Iso, vec![100.0, f64::NAN], "NaN"),
            (Property::Iso, vec![f64::INFINITY], "inf"),
        ] {
            let error = Bracket::new(property, values).unwrap_err();
            assert_eq!((error.kind(), error.name()), (ErrorKind::InvalidInput, "TypeError"));
            assert!(error.message().contains(what), "{error}");
        }
    }
}
