//! `getUserMedia`: its steps, in the order of the specification.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Instant;

use parking_lot::Mutex;

use super::open::{NewlyOpened, Wish, open_track};
use super::{Inner, closed_meanwhile};
use crate::backend::{Camera, CameraInfo};
use crate::constraints::space::Selection;
use crate::pending::Promise;
use crate::permission::Reply;
use crate::source::{self, CLOSING};
use crate::user_media::{self, MediaStreamConstraints};
use crate::{
    Error, ErrorKind, MediaDeviceKind, MediaKind, MediaStream, MediaTrackConstraints, Permission, PermissionAnswer, PermissionRequest,
    PermissionState, Property, Result,
};

/// What is wanted of one kind, and the devices that could give it, the best fitting one first.
struct Wanted {
    kind: MediaKind,
    constraints: MediaTrackConstraints,
    candidates: Vec<Candidate>,
}

/// A device that could satisfy the constraints.
struct Candidate {
    camera: Arc<dyn Camera>,
    /// `None` for a camera that cannot be asked what it offers; it is tried last.
    selection: Option<Selection>,
}

/// A stream whose tracks wait to be accepted.
pub(super) struct Opened {
    stream: MediaStream,
    accepted: Vec<SyncSender<bool>>,
}

impl Opened {
    /// Gives the stream to the program. The cameras are told whether it got it, so that they can undo what they
    /// did for it.
    pub(super) fn hand_over(self, promise: Promise<MediaStream>) {
        let got = promise.resolve(self.stream);
        for accepted in self.accepted {
            // A camera that went away meanwhile does not want to know.
            let _ = accepted.send(got);
        }
    }
}

fn not_allowed(why: &str) -> Error {
    Error::new(ErrorKind::NotAllowed, format!("the program may not use cameras: {why}"))
}

const DENIED: &str = "the permission is denied. Set it with set_permission, or let the user decide (on_permission_prompt)";

/// Nobody hears of it.
fn given_up() -> Error {
    Error::new(ErrorKind::Cancelled, "nobody waits for the devices any more")
}

impl Inner {
    pub(super) fn get_user_media(self: &Arc<Self>, requested: &MediaStreamConstraints, promise: &Promise<MediaStream>) -> Result<Opened> {
        self.steps(requested, promise).map_err(|error| self.conceal(error, requested))
    }

    fn steps(self: &Arc<Self>, requested: &MediaStreamConstraints, promise: &Promise<MediaStream>) -> Result<Opened> {
        if !promise.park(|| self.context.policy.visible()) {
            return Err(given_up());
        }
        let mut wanted = Vec::new();
        for (kind, constraints) in [(MediaKind::Video, &requested.video), (MediaKind::Audio, &requested.audio)] {
            if let Some(constraints) = constraints {
                wanted.push(self.find(kind, constraints)?);
            }
        }
        self.ask(&mut wanted, promise)?;
        if !promise.park(|| self.context.policy.focused()) {
            return Err(given_up());
        }
        let mut opened = Vec::new();
        let result = wanted.iter().try_for_each(|wanted| {
            opened.push(self.open_best(wanted, promise)?);
            Ok(())
        });
        // Also what was forbidden in the meantime leaves nothing open (GUM3).
        if let Err(error) = result.and_then(|()| self.check_still_allowed(requested)) {
            close_again(opened);
            return Err(error);
        }
        if self.context.policy.expose(requested.video.is_some()) {
            self.look_soon();
        }
        let (tracks, accepted): (Vec<_>, Vec<_>) = opened.into_iter().map(|opened| (opened.track, opened.accepted)).unzip();
        Ok(Opened { stream: MediaStream::new(&tracks), accepted })
    }

    /// What an error may tell. A denied permission hides which devices there are and what they can do, and so do
    /// devices that are hidden before the first capture.
    fn conceal(&self, error: Error, requested: &MediaStreamConstraints) -> Error {
        let policy = &self.context.policy;
        let denied = requested.video.is_some() && policy.permission(Permission::Camera) == PermissionState::Denied;
        let hidden = |requested: bool, kind| requested && !policy.exposes(kind);
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::Overconstrained if denied => not_allowed(DENIED),
            ErrorKind::Overconstrained
                if hidden(requested.video.is_some(), MediaDeviceKind::VideoInput)
                    || hidden(requested.audio.is_some(), MediaDeviceKind::AudioInput) =>
            {
                Error::overconstrained("", "no device satisfies the constraints; more is not told before devices were used once")
            }
            _ => error,
        }
    }

    /// The devices of a kind that fit.
    fn find(&self, kind: MediaKind, constraints: &MediaTrackConstraints) -> Result<Wanted> {
        let constraints = user_media::for_selection(constraints, kind);
        let candidates = match self.named_candidates(kind, &constraints) {
            Some(candidates) => candidates,
            None => self.all_candidates(kind, &constraints)?,
        };
        if kind == MediaKind::Video && self.context.policy.permission(Permission::Camera) == PermissionState::Denied {
            return Err(not_allowed(DENIED));
        }
        Ok(Wanted { kind, constraints, candidates })
    }

    /// The devices that fit where their ids are demanded: no others have to be asked what they can do. `None` when that
    /// leads to nothing; why not, all of them together tell.
    fn named_candidates(&self, kind: MediaKind, constraints: &MediaTrackConstraints) -> Option<Vec<Candidate>> {
        if !user_media::demands_an_id(constraints) || user_media::check_required(constraints).is_err() {
            return None;
        }
        let wanted = |info: &CameraInfo| {
            let (device_id, group_id) = self.ids.of(info);
            user_media::unfit_id(constraints, &device_id, &group_id).is_none()
        };
        let cameras = self.wanted_cameras(kind.device_kind(), &wanted).ok()?;
        self.candidates(cameras, constraints).ok()
    }

    fn all_candidates(&self, kind: MediaKind, constraints: &MediaTrackConstraints) -> Result<Vec<Candidate>> {
        let cameras = self.cameras(kind.device_kind())?;
        if cameras.is_empty() {
            return Err(Error::new(
                ErrorKind::NotFound,
                match kind {
                    MediaKind::Video => "there is no camera. Plug one in, or use the virtual camera (IC_VIRTUAL_CAMERA=default adds it)",
                    MediaKind::Audio => {
                        "there is no microphone: this library knows cameras only. Leave audio out, or add a virtual source of the kind audioinput"
                    }
                },
            ));
        }
        user_media::check_required(constraints)?;
        self.candidates(cameras, constraints)
    }

    /// The devices that can satisfy the constraints, the best fitting one first.
    fn candidates(&self, cameras: Vec<Arc<dyn Camera>>, wanted: &MediaTrackConstraints) -> Result<Vec<Candidate>> {
        // Whoever is going to be asked for it may say yes.
        let may_move = match self.context.policy.permission(Permission::PanTiltZoom) {
            PermissionState::Granted => true,
            PermissionState::Prompt => user_media::moves_the_camera(wanted),
            PermissionState::Denied => false,
        };
        let mut candidates = Vec::new();
        // Why each of the others does not fit, and which demands it could not meet even alone.
        let mut failures: Vec<(Error, Vec<Property>)> = Vec::new();
        for camera in cameras {
            let info = camera.info();
            let (device_id, group_id) = self.ids.of(info);
            if info.modes.is_empty() {
                // Only its ids are known; those can be checked.
                match user_media::unfit_id(wanted, &device_id, &group_id) {
                    None => candidates.push(Candidate { camera, selection: None }),
                    Some(property) => {
                        let error = Error::overconstrained(property.name(), format!("{property}: the camera {:?} has another", info.label));
                        failures.push((error, vec![property]));
                    }
                }
                continue;
            }
            let mut space = source::space_of(info, (&device_id, &group_id), wanted, &|control| control.value.clone());
            source::hide_moves(&mut space, may_move);
            match space.select(wanted) {
                Ok(selection) => candidates.push(Candidate { camera, selection: Some(selection) }),
                Err(error) => failures.push((error, space.impossible(wanted))),
            }
        }
        if candidates.is_empty() {
            return Err(user_media::combine(failures));
        }
        candidates.sort_by(|a, b| match (&a.selection, &b.selection) {
            // Equal ones stay in the order of the list; what cannot be asked comes last.
            (Some(a), Some(b)) => a.order(b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        Ok(candidates)
    }

    /// Asks a person for what is neither granted nor denied, and takes the answer's choice of devices.
    fn ask(self: &Arc<Self>, wanted: &mut [Wanted], promise: &Promise<MediaStream>) -> Result<()> {
        let Some(video) = wanted.iter().find(|wanted| wanted.kind == MediaKind::Video) else { return Ok(()) };
        let prompts = |permission| self.context.policy.permission(permission) == PermissionState::Prompt;
        let camera = prompts(Permission::Camera);
        let pan_tilt_zoom = prompts(Permission::PanTiltZoom) && user_media::moves_the_camera(&video.constraints);
        if !camera && !pan_tilt_zoom {
            return Ok(());
        }
        // Only for the camera itself is "no" the end of it. Without pan, tilt and zoom it is a plain camera.
        let refused = |why: &str| if camera { Err(not_allowed(why)) } else { Ok(()) };
        let Some(prompt) = self.prompt.lock().clone() else {
            return refused(
                "the user would have to be asked, but the program has no prompt (on_permission_prompt), which counts as denied",
            );
        };
        let cameras = wanted.iter().flat_map(|wanted| &wanted.candidates).map(|candidate| candidate.camera.clone()).collect::<Vec<_>>();
        let kinds = (true, wanted.iter().any(|wanted| wanted.kind == MediaKind::Audio));
        let answer = Arc::new(Mutex::new(None));
        let reply = self.reply(camera, pan_tilt_zoom, promise, &answer);
        let request = PermissionRequest::new(kinds, pan_tilt_zoom, self.describe_all(&cameras), reply);
        self.context.dispatcher.call_prompt(move || prompt(request));
        // Whoever waits for this may have to run the prompt himself.
        promise.ongoing().nudge();
        if !promise.park(|| answer.lock().is_some()) {
            return Err(given_up());
        }
        match answer.lock().take().flatten() {
            None => refused("the request for permission was dropped without an answer, which counts as denied"),
            Some(answer) if !answer.granted => refused("the user, or whoever answered the request for permission, has refused"),
            Some(answer) => match answer.devices {
                Some(ids) => wanted.iter_mut().try_for_each(|wanted| self.choose(wanted, &ids)),
                None => Ok(()),
            },
        }
    }

    /// What an answer does: first it becomes the state, then whoever waits for it goes on.
    fn reply(
        self: &Arc<Self>,
        camera: bool,
        pan_tilt_zoom: bool,
        promise: &Promise<MediaStream>,
        slot: &Arc<Mutex<Option<Option<PermissionAnswer>>>>,
    ) -> Reply {
        let (weak, ongoing, slot) = (Arc::downgrade(self), promise.ongoing(), slot.clone());
        Box::new(move |answer| {
            if let (Some(inner), Some(answer)) = (weak.upgrade(), &answer) {
                let state = |granted| if granted { PermissionState::Granted } else { PermissionState::Denied };
                if camera {
                    inner.set_permission(Permission::Camera, state(answer.granted));
                }
                if pan_tilt_zoom && (answer.granted || !camera) {
                    inner.set_permission(Permission::PanTiltZoom, state(answer.granted && answer.pan_tilt_zoom));
                }
            }
            *slot.lock() = Some(answer);
            ongoing.nudge();
        })
    }

    /// Keeps the devices that were chosen, in that order. Microphones need no permission: a choice that names
    /// none of them is one of cameras only.
    fn choose(&self, wanted: &mut Wanted, ids: &[String]) -> Result<()> {
        let place = |candidate: &Candidate| {
            let (device_id, _) = self.ids.of(candidate.camera.info());
            ids.iter().position(|id| *id == device_id)
        };
        let named = wanted.candidates.iter().any(|candidate| place(candidate).is_some());
        if named {
            wanted.candidates.retain(|candidate| place(candidate).is_some());
            wanted.candidates.sort_by_key(place);
        } else if wanted.kind == MediaKind::Video {
            return Err(not_allowed("the answer to the request for permission chose none of the cameras that fit"));
        }
        Ok(())
    }

    /// Opens the first of the candidates that can be opened.
    fn open_best(&self, wanted: &Wanted, promise: &Promise<MediaStream>) -> Result<NewlyOpened> {
        let gave_up = || promise.is_over().then(given_up).or_else(|| self.state.lock().closed.then(closed_meanwhile));
        let mut failures: Vec<Error> = Vec::new();
        for Candidate { camera, .. } in &wanted.candidates {
            let ids = self.ids.of(camera.info());
            let wish = Wish { ids, context: &self.context, kind: wanted.kind, constraints: &wanted.constraints };
            match open_track(camera, &wish, &|source| self.remember(source), &gave_up) {
                Ok(opened) => return Ok(opened),
                // The program does not wait any more, or the object was closed.
                Err(error) if matches!(error.kind(), ErrorKind::Cancelled | ErrorKind::Aborted) && gave_up().is_some() => {
                    return Err(error);
                }
                Err(error) => failures.push(error),
            }
        }
        // What kept the best fitting device from being used is what the program wants to hear of.
        let others = failures.len().saturating_sub(1);
        let mut failures = failures.into_iter();
        let error = failures.next().unwrap_or_else(|| Error::new(ErrorKind::Aborted, "no device could be opened"));
        Err(if others == 0 { error } else { error.context(format!("none of {} devices could be used; the best fitting one", others + 1)) })
    }

    /// The object may have been closed, or the permission denied, while devices were opened.
    fn check_still_allowed(&self, requested: &MediaStreamConstraints) -> Result<()> {
        if self.state.lock().closed {
            return Err(closed_meanwhile());
        }
        if requested.video.is_some() && self.context.policy.permission(Permission::Camera) == PermissionState::Denied {
            return Err(not_allowed("the permission was denied meanwhile"));
        }
        Ok(())
    }
}

/// Closes what was opened for a request that has failed, and waits until other programs can have it.
fn close_again(opened: Vec<NewlyOpened>) {
    let sources: Vec<_> = opened.iter().map(|opened| opened.track.source().clone()).collect();
    drop(opened);
    let deadline = Instant::now() + CLOSING;
    for source in sources {
        source.wait_idle(deadline);
    }
}
