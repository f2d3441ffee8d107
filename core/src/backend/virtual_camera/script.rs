//! What can go wrong with a camera, at the word of a test.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::damage::CorruptFrame;
use super::{Loss, VirtualCamera, properties};
use crate::{Error, Property, Result};

/// No operation is held up longer.
const LONGEST: Duration = Duration::from_secs(86_400);

/// What the script says.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pub(super) busy: bool,
    pub(super) open_failure: bool,
    /// What opening fails with.
    pub(super) refusal: Option<Error>,
    pub(super) open_delay: Duration,
    pub(super) write_delay: Duration,
    pub(super) refused: BTreeSet<Property>,
    /// The names of controls.
    pub(super) refused_controls: BTreeSet<String>,
    /// Writes to come up to the one that fails; 0 when none does.
    pub(super) failing_write: u32,
    pub(super) late: BTreeSet<Property>,
    pub(super) frozen: bool,
    pub(super) slow_frame: Option<Duration>,
    pub(super) corrupt_frame: Option<CorruptFrame>,
}

impl Faults {
    /// Counts a write. Is it the one that fails?
    pub(super) fn fails_now(&mut self) -> bool {
        let fails = self.failing_write == 1;
        self.failing_write = self.failing_write.saturating_sub(1);
        fails
    }
}

/// The JSON form; see [`VirtualCamera::script`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Script {
    busy: Option<bool>,
    open_failure: Option<bool>,
    open_delay_ms: Option<u32>,
    write_delay_ms: Option<u32>,
    refuse_writes: Option<Vec<String>>,
    fail_nth_write: Option<u32>,
    late_effect: Option<Vec<Name>>,
    settle: Option<Now>,
    freeze: Option<bool>,
    muted: Option<bool>,
    slow_frame_ms: Option<u32>,
    corrupt_frame: Option<CorruptFrame>,
    unplug: Option<Now>,
    end: Option<Now>,
    replug: Option<Now>,
}

/// The name of a property that can be written.
struct Name(Property);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        properties::settable(&name).map(Name).map_err(|e| serde::de::Error::custom(format!("{name:?}: {}", e.message())))
    }
}

/// `true`, for what happens now and has no opposite.
struct Now;

impl<'de> Deserialize<'de> for Now {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        match bool::deserialize(deserializer)? {
            true => Ok(Now),
            false => Err(serde::de::Error::custom("this happens now or not at all: give true, or leave it out")),
        }
    }
}

fn duration(milliseconds: u32) -> Duration {
    Duration::from_millis(milliseconds.into()).min(LONGEST)
}

/// Faults. What they do to a camera that is open shows at its next operation or frame.
impl VirtualCamera {
    /// Makes things go wrong, as JSON text whose members are the methods of this block by another name:
    ///
    /// | Member | Is |
    /// |---|---|
    /// | `"busy": true` | [`set_busy`](Self::set_busy) |
    /// | `"openFailure": true` | [`set_open_failure`](Self::set_open_failure) |
    /// | `"openDelayMs": 50` | [`set_open_delay`](Self::set_open_delay), in milliseconds |
    /// | `"writeDelayMs": 50` | [`set_write_delay`](Self::set_write_delay), in milliseconds |
    /// | `"refuseWrites": ["zoom", "gain"]` | [`refuse_writes`](Self::refuse_writes) and [`refuse_controls`](Self::refuse_controls): names of properties, of controls that the camera has, or both |
    /// | `"failNthWrite": 2` | [`fail_nth_write`](Self::fail_nth_write) |
    /// | `"lateEffect": ["zoom"]` | [`set_late_effect`](Self::set_late_effect) |
    /// | `"settle": true` | [`settle`](Self::settle) |
    /// | `"freeze": true` | [`freeze`](Self::freeze) |
    /// | `"muted": true` | [`set_muted`](Self::set_muted) |
    /// | `"slowFrameMs": 200` | [`slow_frame`](Self::slow_frame), in milliseconds |
    /// | `"corruptFrame": "cut"` | [`corrupt_frame`](Self::corrupt_frame): `"cut"`, `"garbage"`, `"noHuffman"` or `"empty"` |
    /// | `"unplug": true` | [`unplug`](Self::unplug) |
    /// | `"end": true` | [`end`](Self::end) |
    /// | `"replug": true` | [`replug`](Self::replug) |
    ///
    /// Of several members those that stay come first, then the others; the order is that of this table.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for text that is no JSON object, an unknown member or property, which the message names, and
    /// for impossible values. Nothing was changed then.
    pub fn script(&self, json: &str) -> Result<()> {
        let script: Script = crate::json::parse_as(json)?;
        let names = |names: Vec<Name>| names.into_iter().map(|Name(property)| property).collect();
        let refused = script.refuse_writes.map(|names| self.refused(names)).transpose()?;
        let (refused, refused_controls) = refused.unzip();
        self.change(|state| {
            let faults = &mut state.faults;
            set(&mut faults.busy, script.busy);
            set(&mut faults.open_failure, script.open_failure);
            set(&mut faults.open_delay, script.open_delay_ms.map(duration));
            set(&mut faults.write_delay, script.write_delay_ms.map(duration));
            set(&mut faults.refused, refused);
            set(&mut faults.refused_controls, refused_controls);
            set(&mut faults.failing_write, script.fail_nth_write);
            set(&mut faults.late, script.late_effect.map(names));
            if script.settle.is_some() {
                state.settle();
            }
            let faults = &mut state.faults;
            set(&mut faults.frozen, script.freeze);
            set(&mut state.muted, script.muted);
            let faults = &mut state.faults;
            faults.slow_frame = script.slow_frame_ms.map(duration).or(faults.slow_frame);
            faults.corrupt_frame = script.corrupt_frame.or(faults.corrupt_frame);
        });
        if script.unplug.is_some() {
            self.unplug();
        }
        if script.end.is_some() {
            self.end();
        }
        if script.replug.is_some() {
            self.replug();
        }
        Ok(())
    }

    /// What names of properties and of controls stand for.
    fn refused(&self, names: Vec<String>) -> Result<(BTreeSet<Property>, BTreeSet<String>)> {
        let state = self.inner.state.lock();
        let (mut properties, mut controls) = (BTreeSet::new(), BTreeSet::new());
        for (index, name) in names.into_iter().enumerate() {
            let property = properties::settable(&name);
            let is_control = state.has_raw(&name);
            if let Err(error) = &property
                && !is_control
            {
                return Err(error.clone().context(format!("{name:?}")).context(format!("refuseWrites[{index}]")));
            }
            properties.extend(property);
            controls.extend(is_control.then_some(name));
        }
        Ok((properties, controls))
    }

    /// Its privacy switch: while it is muted it gives no frames, and its tracks say so.
    pub fn set_muted(&self, muted: bool) {
        self.change(|state| state.muted = muted);
    }

    /// Makes opening fail with this error, or with none any more.
    pub fn refuse_opening(&self, error: Option<Error>) {
        self.change(|state| state.faults.refusal = error);
    }

    /// Makes it busy, as if another program held it: opening fails with `NotReadable`.
    pub fn set_busy(&self, busy: bool) {
        self.change(|state| state.faults.busy = busy);
    }

    /// Makes opening fail with `Aborted`, as with hardware that does not start.
    pub fn set_open_failure(&self, fails: bool) {
        self.change(|state| state.faults.open_failure = fails);
    }

    /// Makes opening take so much longer, at most a day. Zero is as fast as ever.
    pub fn set_open_delay(&self, delay: Duration) {
        self.change(|state| state.faults.open_delay = delay.min(LONGEST));
    }

    /// Makes every write of a value take so much longer, at most a day. Zero is as fast as ever.
    pub fn set_write_delay(&self, delay: Duration) {
        self.change(|state| state.faults.write_delay = delay.min(LONGEST));
    }

    /// Makes writes of these properties fail, and of no others any more.
    pub fn refuse_writes(&self, properties: &[Property]) {
        self.change(|state| state.faults.refused = properties.iter().copied().collect());
    }

    /// Makes setting these controls by their own names fail, and of no others any more.
    pub fn refuse_controls(&self, names: &[&str]) {
        self.change(|state| state.faults.refused_controls = names.iter().map(|name| (*name).to_owned()).collect());
    }

    /// Makes one write fail: 1 is the next one, 2 the one behind it, which is how several values fail half way.
    /// 0 takes it back.
    pub fn fail_nth_write(&self, nth: u32) {
        self.change(|state| state.faults.failing_write = nth);
    }

    /// Makes writes of these properties, and of no others any more, have no effect until [`settle`](Self::settle):
    /// they are accepted, but the camera goes on saying and showing the old value, like a lens that is still on its
    /// way.
    pub fn set_late_effect(&self, properties: &[Property]) {
        self.change(|state| state.faults.late = properties.iter().copied().collect());
    }

    /// Lets all writes that are late have their effect.
    pub fn settle(&self) {
        self.change(|state| state.settle());
    }

    /// Stops its frames while everything else works.
    pub fn freeze(&self, frozen: bool) {
        self.change(|state| state.faults.frozen = frozen);
    }

    /// Makes the next frame come so much later, at most a day.
    pub fn slow_frame(&self, by: Duration) {
        self.change(|state| state.faults.slow_frame = Some(by.min(LONGEST)));
    }

    /// Makes the next frame a damaged one.
    pub fn corrupt_frame(&self, how: CorruptFrame) {
        self.change(|state| state.faults.corrupt_frame = Some(how));
    }

    /// Makes it fail for good while it is plugged in, like a driver that crashed: its tracks end. It is still listed and
    /// can be opened anew.
    pub fn end(&self) {
        self.change(|state| state.lose(Loss::Ended));
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}
