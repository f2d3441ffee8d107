//! What changes on a virtual camera while it is there: its properties, from outside, and what programs write.

use serde_json::{Map, Value as Json};

use super::properties::{self, Knob};
use super::{State, VirtualCamera};
use crate::backend::Control;
use crate::{Error, Property, Result};

impl State {
    pub(super) fn controls(&self) -> Vec<Control> {
        self.knobs.iter().map(|knob| knob.control.clone()).collect()
    }
}

impl VirtualCamera {
    /// Changes properties, also while the camera is open, as JSON text with one member a property:
    ///
    /// * a block as in the configuration, such as `{"zoom": {"min": 100, "max": 200, "value": 150}}`, replaces
    ///   the property with all that it can do, or adds it;
    /// * a bare value, such as `{"zoom": 150}`, `{"exposureMode": "manual"}`, `{"torch": true}` or
    ///   `{"pointsOfInterest": [{"x": 0.5, "y": 0.5}]}`, changes only the value, as if somebody else had turned
    ///   the knob. It has to be one of those that are offered, but need not be on a step;
    /// * `null` removes the property.
    ///
    /// Tracks hear of it when something is different afterwards.
    ///
    /// ```
    /// use imagecapture::VirtualCamera;
    ///
    /// let camera = VirtualCamera::default_camera();
    /// camera.set_properties(r#"{"zoom": 155.5, "torch": {"values": [false, true]}}"#)?;
    /// assert_eq!(camera.properties()["zoom"]["value"], 155.5);
    /// camera.set_properties(r#"{"torch": null}"#)?;
    /// assert!(camera.properties().get("torch").is_none());
    /// # Ok::<(), imagecapture::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `InvalidInput` for text that is no JSON object, a name that is no property of cameras or is there twice, an
    /// impossible block, a bare value that is not offered or belongs to a property that the camera lacks. The
    /// message names the member, and nothing was changed.
    pub fn set_properties(&self, json: &str) -> Result<()> {
        let members: Map<String, Json> = crate::json::parse_as(json)?;
        let quantized = self.inner.quantize;
        let mut state = self.inner.state.lock();
        let mut knobs = state.knobs.clone();
        let mut named: Vec<Property> = Vec::with_capacity(members.len());
        for (name, json) in &members {
            let at = |e: Error| e.context(name.as_str());
            let property = properties::settable(name).map_err(at)?;
            if named.contains(&property) {
                return Err(at(Error::invalid(format!("{property} is there twice"))));
            }
            named.push(property);
            let knob = knobs.iter_mut().find(|knob| knob.control.property == property);
            match (json, knob) {
                (Json::Null, _) => knobs.retain(|knob| knob.control.property != property),
                (Json::Object(_), _) => {
                    let control = properties::control(property, json, quantized).map_err(at)?;
                    knobs.retain(|knob| knob.control.property != property);
                    knobs.extend(control.map(Knob::new));
                }
                (bare, Some(knob)) => {
                    knob.control.value = knob.bare(bare).map_err(at)?;
                    knob.target = None;
                }
                (_, None) => {
                    return Err(at(Error::invalid("the camera has no such property; a block of it, not a bare value, adds it")));
                }
            }
        }
        properties::sort(&mut knobs);
        let (before, raw_before) = (state.controls(), state.raw_controls());
        state.knobs = knobs;
        if state.controls() != before {
            state.changes += 1;
            state.touch(&raw_before);
        }
        drop(state);
        self.inner.changed.notify_all();
        Ok(())
    }

    /// The properties that it has now, with the present values, as one JSON object of blocks. Given to
    /// [`set_properties`](Self::set_properties), it puts everything back.
    pub fn properties(&self) -> Json {
        let state = self.inner.state.lock();
        let block = |knob: &Knob| (knob.control.property.name().to_owned(), knob.to_json());
        Json::Object(state.knobs.iter().map(block).collect())
    }

    /// What programs wrote to the camera, in order: for each value an object with the property and the value that
    /// reached the device, such as `{"zoom": 150}`; for each control that was set by its own name such as
    /// `{"controls": {"gain": 5}}`. A write that failed is not in it; one that took back another is. A photo that it takes by itself is an object with the members of its settings. The last 4,096 are kept.
    pub fn writes(&self) -> Vec<Json> {
        self.inner.state.lock().writes.iter().cloned().collect()
    }

    /// As [`writes`](Self::writes), and forgets them.
    pub fn take_writes(&self) -> Vec<Json> {
        std::mem::take(&mut self.inner.state.lock().writes).into()
    }

    /// As [`take_writes`](Self::take_writes), as the text of a JSON array.
    pub fn take_writes_json(&self) -> String {
        Json::Array(self.take_writes()).to_string()
    }
}
