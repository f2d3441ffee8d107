//! The control thread's part in photos: what the camera can do for one, and taking it.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};

use super::TrackSink;
use super::capture::PhotoWait;
use super::control::{Command, SLICE, Worker};
use crate::backend::Stills;
use crate::frame::turn::Turn;
use crate::pending::{Ongoing, Promise};
use crate::photo::{PhotoOptions, PhotoSettings};
use crate::photo_capabilities::photo_mode;
use crate::{Error, ErrorKind, Frame, Photo, PhotoCapabilities, Result};

/// A photo to be taken.
pub(crate) struct PhotoRequest {
    pub(crate) settings: PhotoSettings,
    pub(crate) options: PhotoOptions,
}

/// A question about photos.
pub(crate) enum Ask {
    Capabilities(Promise<PhotoCapabilities>),
    Settings(Promise<PhotoSettings>),
}

impl Ask {
    pub(super) fn ongoing(&self) -> Ongoing {
        match self {
            Ask::Capabilities(promise) => promise.ongoing(),
            Ask::Settings(promise) => promise.ongoing(),
        }
    }

    pub(crate) fn refuse(self, error: Error) {
        match self {
            Ask::Capabilities(promise) => drop(promise.reject(error)),
            Ask::Settings(promise) => drop(promise.reject(error)),
        }
    }
}

impl Worker<'_> {
    pub(super) fn ask(&mut self, sink: &Arc<TrackSink>, ask: Ask) {
        let info = match sink.ended() {
            Some(reason) => return ask.refuse(reason.error()),
            None => self.info(),
        };
        let info = match info {
            Ok(info) => info,
            Err(error) => return ask.refuse(error),
        };
        match ask {
            Ask::Capabilities(promise) => drop(promise.resolve(PhotoCapabilities::of(&info))),
            Ask::Settings(promise) => {
                let mode = self.source.live.lock().mode;
                let settings = match &info.stills {
                    Stills::Own(own) => own.settings,
                    // S1: the size that a photo would have, before it is turned (VP5): what is told can be asked for.
                    Stills::None | Stills::OfStream => PhotoSettings {
                        image_width: mode.map(|mode| f64::from(mode.width)),
                        image_height: mode.map(|mode| f64::from(mode.height)),
                        ..PhotoSettings::default()
                    },
                };
                promise.resolve(settings);
            }
        }
    }

    pub(super) fn photo(&mut self, sink: Arc<TrackSink>, request: PhotoRequest, promise: Promise<Photo>) {
        match self.take_photo(&sink, &request, &promise) {
            Ok(Some(photo)) => drop(promise.resolve(photo)),
            // Back to its place: it is taken when the camera is not muted any more.
            Ok(None) => self.source.commands.lock().queue.push_front(Command::Photo(sink, request, promise)),
            Err(error) => drop(promise.reject(error)),
        }
    }

    /// `None` when the camera was muted meanwhile.
    fn take_photo(&mut self, sink: &Arc<TrackSink>, request: &PhotoRequest, promise: &Promise<Photo>) -> Result<Option<Photo>> {
        let settings = sink.settings();
        if promise.is_over() {
            return Err(gave_up());
        }
        if let Some(reason) = sink.ended() {
            return Err(reason.error());
        }
        if self.idle.asleep {
            return Err(Error::new(ErrorKind::Unknown, "the track was disabled meanwhile, and its camera given back"));
        }
        let info = self.info()?;
        if let Some(reason) = sink.ended() {
            // The camera took long to answer, and may have been given back meanwhile.
            return Err(reason.error());
        }
        PhotoCapabilities::of(&info).validate(&request.settings)?;
        match &info.stills {
            Stills::None => Err(Error::new(ErrorKind::Unknown, "this source delivers frames but takes no photos; use grab_frame")),
            Stills::Own(_) => self.device.take_still(&request.settings).map(|still| Some(Photo::from_still(still, settings))),
            Stills::OfStream => {
                let current = self.source.live.lock().mode;
                let wanted = current.map(|current| photo_mode(&info.modes, current, &request.settings));
                let frame = match (current, wanted) {
                    (Some(current), Some(wanted)) if current != wanted => {
                        // The tracks see nothing of the other mode: they are muted meanwhile. Starting the first
                        // one again unmutes them.
                        self.source.live.lock().still = Some(wanted);
                        self.source.set_muted(true);
                        let frame = self.restart(wanted).and_then(|_| self.next_frame(sink, promise));
                        if self.lost().is_none() {
                            self.back_to(current);
                        }
                        frame?
                    }
                    _ => self.next_frame(sink, promise)?,
                };
                frame.map(|frame| Photo::from_frame(&frame, Turn::of(info.rotation), &request.options, settings)).transpose()
            }
        }
    }

    /// The first frame that is exposed from now on; `None` when the camera is muted, but not for a photo.
    fn next_frame(&self, sink: &Arc<TrackSink>, promise: &Promise<Photo>) -> Result<Option<Frame>> {
        let (reply, answer) = sync_channel(1);
        let since = crate::clock::now();
        self.source.live.lock().photos.push(PhotoWait { since, reply });
        loop {
            match answer.recv_timeout(SLICE) {
                Ok(frame) => return frame.map(Some),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(self.lost().unwrap_or_else(|| Error::new(ErrorKind::Unknown, "the stream was restarted meanwhile")));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            let ended = sink.ended().map(|reason| reason.error());
            let given_up = promise.is_over().then(gave_up).or(ended);
            let mut live = self.source.live.lock();
            let muted = live.muted && live.still.is_none();
            if muted || given_up.is_some() {
                live.photos.retain(|photo| photo.since != since);
                return given_up.map_or(Ok(None), Err);
            }
        }
    }
}

fn gave_up() -> Error {
    Error::new(ErrorKind::Cancelled, "nobody waits for the photo any more")
}
