//! The cases that Rust, C and Python share: `bindings-tests/cases`.

use imagecapture::{Error, MediaDevices, MediaStreamConstraints, MediaTrackConstraints, MediaTrackSettings, VirtualCamera};
use serde_json::Value as Json;

fn file(name: &str) -> Json {
    let path = format!("{}/../bindings-tests/cases/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Runs all cases of a file and tells of all that fail, not only of the first.
fn run(name: &str, case: impl Fn(&Json, &Json) -> Result<(), String>) {
    let file = file(name);
    let cases = file["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    let failures: Vec<String> =
        cases.iter().filter_map(|one| case(&file, one).err().map(|why| format!("{} ({}): {why}", one["id"], one["note"]))).collect();
    println!("{name}: {} of {} cases hold", cases.len() - failures.len(), cases.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn near(file: &Json, expected: f64, actual: f64) -> bool {
    (expected - actual).abs() <= file["tolerance"].as_f64().unwrap_or(1e-9) || expected == actual
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, expected: T, actual: T) -> Result<(), String> {
    if expected == actual { Ok(()) } else { Err(format!("{what}: expected {expected:?}, got {actual:?}")) }
}

/// Compares a failure with the `error` and `constraint` of a case.
fn expect_error(case: &Json, error: &Error) -> Result<(), String> {
    let Some(name) = case["error"].as_str() else { return Err(format!("unexpected {error}")) };
    expect("error", name, error.name())?;
    let named = error.constraint().unwrap_or("");
    match &case["constraint"] {
        Json::Null => Ok(()),
        Json::Array(any) if any.iter().any(|one| one == named) => Ok(()),
        Json::String(one) if one == named => Ok(()),
        other => Err(format!("constraint: expected {other}, got {named:?}")),
    }
}

fn constraints(json: &Json) -> MediaTrackConstraints {
    MediaTrackConstraints::from_json_value(json).unwrap()
}

#[test]
fn distances() {
    run("distance", |file, case| {
        let settings = MediaTrackSettings::from_json_value(&case["settings"]).unwrap();
        let (wanted, set) = match case["set"].as_str() {
            Some("basic") => (constraints(&case["constraints"]), 0),
            _ => (constraints(&serde_json::json!({"advanced": [case["constraints"]]})), 1),
        };
        let expected = case["distance"].as_f64().unwrap_or(f64::INFINITY);
        let actual = wanted.fitness_distance(set, &settings).unwrap();
        if near(file, expected, actual) { Ok(()) } else { Err(format!("expected {expected}, got {actual}")) }
    });
}

#[test]
fn selections() {
    run("selection", |file, case| {
        let candidates = file["candidates"][case["candidates"].as_str().unwrap()].as_array().unwrap();
        let candidates: Vec<_> = candidates.iter().map(|one| MediaTrackSettings::from_json_value(one).unwrap()).collect();
        let selected = match constraints(&case["constraints"]).select(&candidates) {
            Err(error) => return expect_error(case, &error),
            Ok(selected) => selected,
        };
        let indexes = |name: &str| case[name].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect::<Vec<_>>();
        expect("met", indexes("met"), selected.candidates)?;
        expect("remaining", indexes("remaining"), selected.remaining)?;
        if !near(file, case["distance"].as_f64().unwrap(), selected.distance) {
            return Err(format!("distance: expected {}, got {}", case["distance"], selected.distance));
        }
        if !indexes("selected").contains(&selected.index) {
            return Err(format!("selected: expected one of {}, got {}", case["selected"], selected.index));
        }
        match &case["advanced"] {
            Json::Null => Ok(()),
            expected => expect("advanced", expected.clone(), serde_json::json!(selected.advanced)),
        }
    });
}

#[test]
fn requests() {
    run("request", |_, case| {
        let mut builder = MediaDevices::builder().backends(&[]).environment(false);
        let cameras = case["cameras"].as_array().unwrap();
        for (index, config) in cameras.iter().enumerate() {
            let camera = VirtualCamera::from_json(&config.to_string()).unwrap();
            if let Some(script) = case["script"].get(index) {
                camera.script(&script.to_string()).unwrap();
            }
            builder = builder.virtual_camera(&camera);
        }
        let devices = builder.build().unwrap();
        if let Some(state) = case["permissions"]["camera"].as_str() {
            devices.set_permission(imagecapture::Permission::Camera, imagecapture::PermissionState::from_name(state).unwrap());
        }
        let request = MediaStreamConstraints::from_json_value(&case["request"]).and_then(|request| devices.get_user_media(&request));
        let stream = match request {
            Err(error) => return expect_error(case, &error),
            Ok(stream) => stream,
        };
        let Some(expected) = case["stream"].as_object() else { return Err("a stream, but an error was expected".into()) };
        expect("video tracks", expected["video"].as_u64().unwrap_or(0) as usize, stream.video_tracks().len())?;
        if let Some(id) = expected.get("deviceId") {
            expect("deviceId", id.as_str(), stream.video_tracks()[0].settings().device_id())?;
        }
        Ok(())
    });
}

#[test]
fn settings() {
    run("settings", |file, case| {
        let config = &file["cameras"][case["camera"].as_str().unwrap()];
        let camera = VirtualCamera::from_json(&config.to_string()).unwrap();
        let devices = MediaDevices::builder().backends(&[]).environment(false).virtual_camera(&camera).build().unwrap();
        let stream = devices.get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new())).unwrap();
        let track = stream.video_tracks().remove(0);
        for (index, step) in case["steps"].as_array().unwrap().iter().enumerate() {
            let wanted = constraints(&step["constraints"]);
            let at = |why: String| format!("step {index}: {why}");
            match track.apply_constraints(&wanted) {
                Err(error) => expect_error(step, &error).map_err(at)?,
                Ok(()) if step.get("error").is_some() => return Err(at(format!("{} was expected", step["error"]))),
                Ok(()) => {
                    // As they were given, but for names that are not known here.
                    let kept = if step["keeps"].is_null() { &step["constraints"] } else { &step["keeps"] };
                    expect("constraints", constraints(kept).to_json(), track.constraints().to_json()).map_err(at)?;
                }
            }
            let settings = track.settings().to_json_value();
            for (name, expected) in step["settings"].as_object().into_iter().flatten() {
                let same = match (expected.as_f64(), settings[name].as_f64()) {
                    (Some(expected), Some(actual)) => near(file, expected, actual),
                    _ => *expected == settings[name],
                };
                if !same {
                    return Err(at(format!("{name}: expected {expected}, got {}", settings[name])));
                }
            }
        }
        Ok(())
    });
}
