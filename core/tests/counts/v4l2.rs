//! On a camera of the kernel, in the camera VM.

use imagecapture::{Constraint, DeliveryPolicy, FramesOptions, MediaDevices, MediaStreamConstraints, MediaTrackConstraints, frame_work};

use super::{ALONE, Counts, until};

/// Of a frame: poll, dequeue, queue. A wake-up now and then comes on top.
const CALLS: u64 = 3;

#[test]
#[ignore = "needs the camera VM"]
fn a_frame_of_the_driver_costs_three_system_calls_and_nothing_else() {
    let _alone = ALONE.lock();
    let devices = MediaDevices::builder().environment(false).build().unwrap();
    // One of its modes, so that nothing has to be cropped. Other drivers (vivid) tell of changes of their controls all the time.
    let wanted = MediaTrackConstraints::new().width(Constraint::exact(640)).height(Constraint::exact(480));
    let track = devices.get_user_media(&MediaStreamConstraints::video(wanted)).unwrap().video_tracks().remove(0);
    let total = || track.stats().total_frames();
    let passed = |frames: u64| {
        let begin = total();
        until("frames", || total() >= begin + frames);
    };
    passed(10);
    let (begin, counts, work) = (total(), Counts::now(), frame_work());
    passed(60);
    let (since, frames) = (counts.since(), total() - begin);
    let calls = frame_work().driver_calls - work.driver_calls;
    println!("nobody looks: {frames} frames, {calls} system calls, (allocations, copies, decodes, conversions) {since:?}");
    assert_eq!(since, (0, 0, 0, 0));
    assert!(calls <= CALLS * (frames + 2), "{calls} system calls for {frames} frames");

    let reader = track.frames(FramesOptions { policy: DeliveryPolicy::Queue(3), format: None }).unwrap();
    (0..10).for_each(|_| drop(reader.next_frame().unwrap()));
    let (counts, work) = (Counts::now(), frame_work());
    for _ in 0..60 {
        let frame = reader.next_frame().unwrap();
        assert!(frame.is_lease(), "the driver's own memory");
    }
    let (since, calls) = (counts.since(), frame_work().driver_calls - work.driver_calls);
    println!("a reader: 60 frames, {calls} system calls, (allocations, copies, decodes, conversions) {since:?}");
    assert_eq!(since, (0, 0, 0, 0));
    // The buffer that a reader drops wakes the camera's thread if the driver is short of them, and the queue fills when the
    // guest is slow.
    assert!(calls <= CALLS * (60 + 8), "{calls} system calls for 60 frames");
}
