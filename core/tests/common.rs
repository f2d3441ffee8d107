//! What the tests share.

use std::time::{Duration, Instant};

use imagecapture::{Event, Events, MediaDevices, MediaStreamConstraints, MediaStreamTrack, MediaTrackConstraints, VirtualCamera};

/// Two sizes, two rates, zoom; frames as fast as they can be made.
pub(crate) const CAMERA: &str = r#"{
    "label": "Test camera", "deviceId": "test",
    "modes": [
        {"width": 320, "height": 240, "frameRates": [30, 60], "pixelFormat": "yuyv"},
        {"width": 640, "height": 480, "frameRates": [30], "pixelFormat": "mjpeg"}
    ],
    "properties": {"zoom": {"min": 100, "max": 400, "step": 10, "value": 100}},
    "pacing": "fast"
}"#;

pub(crate) fn camera(json: &str) -> VirtualCamera {
    VirtualCamera::from_json(json).unwrap()
}

/// A `MediaDevices` that sees only these cameras.
pub(crate) fn devices(cameras: &[&VirtualCamera]) -> MediaDevices {
    let builder = MediaDevices::builder().backends(&[]).environment(false);
    cameras.iter().fold(builder, |builder, camera| builder.virtual_camera(camera)).build().unwrap()
}

/// A track of a camera.
pub(crate) fn open(camera: &VirtualCamera, constraints: MediaTrackConstraints) -> MediaStreamTrack {
    let stream = devices(&[camera]).get_user_media(&MediaStreamConstraints::video(constraints)).unwrap();
    stream.video_tracks().remove(0)
}

/// The events of a queue, until none comes for 5 s.
pub(crate) fn bounded(events: &Events) -> impl Iterator<Item = Event> {
    std::iter::from_fn(|| events.next_within(Duration::from_secs(5)))
}

/// Waits until something is so.
pub(crate) fn eventually(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(5);
    while !condition() {
        assert!(Instant::now() < end, "{what} did not happen within 5 s");
        std::thread::sleep(Duration::from_millis(2));
    }
}
