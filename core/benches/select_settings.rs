//! How long `apply_constraints` takes on a camera with 1,000 modes, every image property and 20 advanced sets: from the
//! call to its result, with all threads in between. The selection is the same each time, so the camera itself has
//! nothing to do.
//!
//! `cargo bench -p imagecapture --bench select_settings`; the last line is the best median of three rounds. `--limit MS`
//! fails above it.

use std::time::{Duration, Instant};

use imagecapture::{MediaDevices, MediaStreamConstraints, MediaTrackConstraints, VirtualCamera};
use serde_json::{Value as Json, json};

const RUNS: usize = 300;

/// 40 sizes at 5 rates in 5 formats.
fn modes() -> Vec<Json> {
    let sizes = (1..=40u32).map(|n| (64 * n, if n % 2 == 0 { 36 * n } else { 48 * n }));
    let formats = ["yuyv", "nv12", "i420", "rgb", "uyvy"];
    sizes
        .flat_map(|(width, height)| {
            formats.map(|format| json!({"width": width, "height": height, "frameRates": [5, 10, 15, 30, 60], "pixelFormat": format}))
        })
        .collect()
}

fn camera() -> VirtualCamera {
    let mode = |value: &str| json!({"values": ["manual", "continuous"], "value": value});
    let range = |min: i32, max: i32, value: i32| json!({"min": min, "max": max, "step": 1, "value": value});
    let config = json!({
        "modes": modes(), "pacing": "manual",
        "properties": {
            "whiteBalanceMode": mode("continuous"), "exposureMode": mode("continuous"), "focusMode": mode("continuous"),
            "pointsOfInterest": {"value": [{"x": 0.5, "y": 0.5}]},
            "exposureCompensation": range(-3, 3, 0), "exposureTime": range(1, 1000, 100), "colorTemperature": range(2500, 7000, 5000),
            "iso": range(100, 800, 100), "brightness": range(0, 255, 128), "contrast": range(0, 255, 128),
            "saturation": range(0, 255, 128), "sharpness": range(0, 10, 5), "focusDistance": range(0, 250, 10),
            "pan": range(-36000, 36000, 0), "tilt": range(-36000, 36000, 0), "zoom": range(100, 400, 100),
            "torch": {"values": [false, true], "value": false},
        },
    });
    VirtualCamera::from_json(&config.to_string()).expect("the configuration is valid")
}

/// 20 advanced sets that name sizes, rates and all image properties; some are met, some are not.
fn constraints() -> MediaTrackConstraints {
    let set = |n: u32| {
        json!({
            "width": {"min": 64 * n, "max": 2560 - 32 * n}, "height": {"min": 10 * n}, "frameRate": {"min": n},
            "aspectRatio": {"min": 1, "max": 2}, "resizeMode": "crop-and-scale",
            "whiteBalanceMode": "manual", "exposureMode": "manual", "focusMode": "manual", "pointsOfInterest": [{"x": 0.5, "y": 0.5}],
            "exposureCompensation": {"min": -1}, "exposureTime": {"max": 500 - 10 * n}, "colorTemperature": {"min": 2500 + 100 * n},
            "iso": {"min": 100}, "brightness": {"min": n}, "contrast": {"min": n}, "saturation": {"min": n}, "sharpness": {"min": 1},
            "focusDistance": {"max": 250 - n}, "pan": {"max": 36000 - 100 * n}, "tilt": {"max": 36000 - 100 * n},
            "zoom": {"max": 400 - 10 * n}, "torch": n.is_multiple_of(2),
        })
    };
    let wanted = json!({
        "width": {"ideal": 1200, "min": 100}, "height": {"ideal": 700}, "frameRate": {"ideal": 24, "max": 60}, "aspectRatio": 1.7777777778,
        "brightness": 130, "contrast": 100, "zoom": {"ideal": 150, "max": 390}, "exposureTime": 120, "torch": true,
        "advanced": (1..=20).map(set).collect::<Vec<_>>(),
    });
    MediaTrackConstraints::from_json(&wanted.to_string()).expect("the constraints are valid")
}

fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--limit").skip(1);
    let limit = arguments.next().and_then(|limit| limit.parse().ok()).map(|limit: f64| Duration::from_secs_f64(limit / 1e3));
    let devices = MediaDevices::builder().backends(&[]).environment(false).virtual_camera(&camera()).build().expect("a new object");
    let request = MediaStreamConstraints::video(MediaTrackConstraints::new());
    let track = devices.get_user_media(&request).expect("the camera opens").video_tracks().remove(0);
    let wanted = constraints();
    let round = || {
        let timed = |_| {
            let start = Instant::now();
            track.apply_constraints(&wanted).expect("the constraints can be met");
            start.elapsed()
        };
        let mut times: Vec<Duration> = (0..RUNS).map(timed).collect();
        times.sort_unstable();
        (times[RUNS / 2], times[RUNS * 99 / 100])
    };
    // A machine that does something else meanwhile is not what is measured.
    let (median, worst) = (0..3).map(|_| round()).min().expect("there are three rounds");
    let (median_us, worst_us) = (median.as_micros(), worst.as_micros());
    println!("1000 modes, 17 properties, 20 advanced sets: median {median_us} us, 99 of 100 below {worst_us} us (3 rounds of {RUNS} runs)");
    if let Some(limit) = limit.filter(|limit| median > *limit) {
        println!("the median is above the limit of {} us", limit.as_micros());
        std::process::exit(1);
    }
}
