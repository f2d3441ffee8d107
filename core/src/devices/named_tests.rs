//! Who asks for a camera by its id has no others asked what they can do.

use std::sync::Arc;

use parking_lot::Mutex;

use super::MediaDevices;
use crate::backend::{Backend, Camera, Opened, Wanted};
use crate::policy::PolicyOptions;
use crate::{Constraint, ErrorKind, MediaStreamConstraints, MediaTrackConstraints, Result, VirtualCamera};

/// A system with two cameras that writes down which ones it had to ask.
struct Two {
    cameras: [VirtualCamera; 2],
    asked: Mutex<Vec<String>>,
}

impl Backend for Two {
    fn cameras(&self, opened: Opened<'_>, wanted: Wanted<'_>) -> Result<Vec<Arc<dyn Camera>>> {
        let entries = self.cameras.iter().map(VirtualCamera::entry);
        let wanted: Vec<_> = entries.filter(|camera| wanted(camera.info())).collect();
        let unknown = wanted.iter().filter(|camera| opened(&camera.info().key).is_none());
        self.asked.lock().extend(unknown.map(|camera| camera.info().label.clone()));
        Ok(wanted)
    }
}

struct Fixture {
    system: Arc<Two>,
    devices: MediaDevices,
    ids: [String; 2],
    groups: [String; 2],
}

impl Fixture {
    fn new() -> Fixture {
        let camera = |label| {
            let config = format!(r#"{{"label": "{label}", "modes": [{{"width": 64, "height": 48}}]}}"#);
            VirtualCamera::from_json(&config).unwrap()
        };
        let system = Arc::new(Two { cameras: [camera("one"), camera("two")], asked: Mutex::default() });
        let devices = MediaDevices::from_parts(vec![system.clone()], "", PolicyOptions::default(), false);
        let all = devices.enumerate_devices().unwrap();
        let fixture = Fixture {
            system,
            devices,
            ids: [0, 1].map(|index: usize| all[index].device_id().to_owned()),
            groups: [0, 1].map(|index: usize| all[index].group_id().to_owned()),
        };
        assert_eq!(fixture.asked(), ["one", "two"]);
        fixture
    }

    /// Which cameras were asked since the last time.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.system.asked.lock())
    }

    /// The label of the camera that is opened.
    fn open(&self, wanted: MediaTrackConstraints) -> Result<String> {
        let stream = self.devices.get_user_media(&MediaStreamConstraints::video(wanted))?;
        Ok(stream.video_tracks()[0].label().to_owned())
    }
}

fn wanted() -> MediaTrackConstraints {
    MediaTrackConstraints::new()
}

#[test]
fn a_demanded_id_leaves_the_other_cameras_alone() {
    let f = Fixture::new();
    assert_eq!(f.open(wanted().device_id(Constraint::exact(f.ids[1].as_str().into()))).unwrap(), "two");
    assert_eq!(f.asked(), ["two"]);
    assert_eq!(f.open(wanted().group_id(Constraint::exact(f.groups[0].as_str().into()))).unwrap(), "one");
    assert_eq!(f.asked(), ["one"]);
    assert_eq!(f.devices.device_details(&f.ids[1]).unwrap().card, "two");
    assert!(!f.asked().contains(&"one".to_owned()));
}

#[test]
fn an_ideal_id_is_a_preference_among_all() {
    let f = Fixture::new();
    assert_eq!(f.open(wanted().device_id(f.ids[1].as_str())).unwrap(), "two");
    assert_eq!(f.asked(), ["one", "two"]);
}

#[test]
fn a_demand_that_cannot_be_met_is_explained_with_all_cameras() {
    let f = Fixture::new();
    let error = f.open(wanted().device_id(Constraint::exact("nobody".into()))).unwrap_err();
    assert_eq!((error.kind(), error.constraint()), (ErrorKind::Overconstrained, Some("deviceId")));
    assert_eq!(f.asked(), ["one", "two"]);
    let unfit = wanted().device_id(Constraint::exact(f.ids[0].as_str().into())).width(Constraint::exact(9999));
    let error = f.open(unfit).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overconstrained);
    assert!(error.message().contains("none of 2 devices"), "{error}");
    assert_eq!(f.asked(), ["one", "one", "two"]);
}

#[test]
fn without_a_camera_none_is_found_whatever_id_is_demanded() {
    let devices = MediaDevices::from_parts(Vec::new(), "", PolicyOptions::default(), false);
    let wanted = wanted().device_id(Constraint::exact("nobody".into()));
    assert_eq!(devices.get_user_media(&MediaStreamConstraints::video(wanted)).unwrap_err().kind(), ErrorKind::NotFound);
}
