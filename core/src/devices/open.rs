//! From a device to a track of it.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use crate::backend::Camera;
use crate::context::Context;
use crate::error::Place;
use crate::ids::Ids;
use crate::policy::PolicyOptions;
use crate::source::{Command, NewTrack, Source};
use crate::{Error, ErrorKind, MediaKind, MediaStreamTrack, MediaTrackConstraints, Result};

/// How often a wait looks whether somebody still wants its result.
const SLICE: Duration = Duration::from_millis(20);

/// A track, and where to say whether the program got it. Dropped, it did not.
pub(super) struct NewlyOpened {
    pub(super) track: MediaStreamTrack,
    pub(super) accepted: SyncSender<bool>,
}

/// What a new track is to be.
pub(super) struct Wish<'a> {
    pub(super) ids: (String, String),
    pub(super) context: &'a Arc<Context>,
    pub(super) kind: MediaKind,
    pub(super) constraints: &'a MediaTrackConstraints,
}

/// Opens a device, or shares it when it is open, and makes a track of it. `remember` hears of the source
/// before it is used; `gave_up` says why nobody wants the track any more.
pub(super) fn open_track(
    camera: &Arc<dyn Camera>,
    wish: &Wish<'_>,
    remember: &dyn Fn(&Arc<Source>) -> Result<()>,
    gave_up: &dyn Fn() -> Option<Error>,
) -> Result<NewlyOpened> {
    loop {
        let source = Source::acquire(camera)?;
        if let Err(error) = remember(&source) {
            // Without a track nothing else would close it. One that takes no commands is being closed.
            let _ = source.submit(Command::Leave);
            return Err(error);
        }
        // Without room: a track is either received here or known to be given up.
        let (reply, answer) = sync_channel(0);
        let track = NewTrack {
            device_id: wish.ids.0.clone(),
            group_id: wish.ids.1.clone(),
            context: wish.context.clone(),
            kind: wish.kind,
            pan_tilt_zoom: wish.context.policy.may_move_camera(),
            constraints: wish.constraints.clone(),
        };
        if source.submit(Command::AddTrack(track, reply)).is_err() {
            // Its last track ended between the two calls.
            continue;
        }
        loop {
            match answer.recv_timeout(SLICE) {
                Ok(added) => {
                    let added = added?;
                    let track = MediaStreamTrack::new(&camera.info().label, source, added.sink);
                    return Ok(NewlyOpened { track, accepted: added.accepted });
                }
                Err(RecvTimeoutError::Disconnected) => return Err(Error::new(ErrorKind::Aborted, "the camera's worker ended")),
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(error) = gave_up() {
                        return Err(error);
                    }
                }
            }
        }
    }
}

/// Opens a camera that no [`MediaDevices`](crate::MediaDevices) lists.
pub(crate) fn open_unlisted(camera: Arc<dyn Camera>) -> Result<MediaStreamTrack> {
    let context = Context::new(PolicyOptions::default(), false);
    let constraints = MediaTrackConstraints::new();
    let wish = Wish { ids: Ids::new("").of(camera.info()), context: &context, kind: MediaKind::Video, constraints: &constraints };
    let opened = open_track(&camera, &wish, &|_| Ok(()), &|| None).map_err(|e| e.at(Place::GetUserMedia))?;
    // The camera's worker waits for it.
    let _ = opened.accepted.send(true);
    Ok(opened.track)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VirtualCamera;
    use std::time::Instant;

    #[test]
    fn a_camera_that_is_not_used_after_all_is_closed() {
        let camera = VirtualCamera::default_camera().entry();
        let context = Context::new(PolicyOptions::default(), false);
        let constraints = MediaTrackConstraints::new();
        let wish = Wish { ids: Ids::new("").of(camera.info()), context: &context, kind: MediaKind::Video, constraints: &constraints };
        let closed = |_: &Arc<Source>| Err(Error::new(ErrorKind::Aborted, "closed meanwhile"));
        let error = open_track(&camera, &wish, &closed, &|| None).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Aborted);
        let end = Instant::now() + Duration::from_secs(5);
        while Source::opened(&camera.info().key).is_some() {
            assert!(Instant::now() < end, "it stays open");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}
