//! What keeps a device from being opened.

use imagecapture::{Error, ErrorKind, MediaStreamConstraints, MediaTrackConstraints};

use crate::common::camera;

const ONE: &str = r#"{"deviceId": "one", "modes": [{"width": 640, "height": 480}], "pacing": "fast"}"#;

#[test]
fn a_refusal_of_the_system_is_not_allowed() {
    let cam = camera(ONE);
    cam.refuse_opening(Some(Error::new(ErrorKind::NotAllowed, "the system refuses")));
    let devices = crate::common::devices(&[&cam]);
    let wanted = MediaStreamConstraints::video(MediaTrackConstraints::new());
    assert_eq!(devices.get_user_media(&wanted).unwrap_err().name(), "NotAllowedError");
    cam.refuse_opening(Some(Error::new(ErrorKind::DeviceLost, "it was pulled just now")));
    assert_eq!(devices.get_user_media(&wanted).unwrap_err().name(), "NotReadableError");
    cam.refuse_opening(None);
    assert!(devices.get_user_media(&wanted).unwrap().active());
}
