//! The control thread's part in photos: what the camera can do for one, and taking it.

use std::sync::Arc;
use std::time::Instant;

use super::TrackSink;
use super::command::Command;
use super::control::Worker;
use super::shoot::Roll;
use crate::backend::Stills;
use crate::pending::{Ongoing, Promise};
use crate::photo::{Bracket, PhotoOptions, PhotoSettings};
use crate::{Error, ErrorKind, FillLightMode, Photo, PhotoCapabilities};

/// Photos to be taken.
pub(crate) struct PhotoRequest {
    pub(crate) settings: PhotoSettings,
    pub(crate) options: PhotoOptions,
    pub(crate) series: Series,
    /// When that was asked for.
    pub(crate) called: Instant,
}

/// How many photos, and how they differ.
pub(crate) enum Series {
    One,
    /// So many, one right after the other.
    Burst(u32),
    Bracket(Bracket),
}

/// The promise of one photo or of several.
pub(crate) enum PhotoPromise {
    One(Promise<Photo>),
    Series(Promise<Vec<Photo>>),
}

impl PhotoPromise {
    pub(super) fn ongoing(&self) -> Ongoing {
        match self {
            PhotoPromise::One(promise) => promise.ongoing(),
            PhotoPromise::Series(promise) => promise.ongoing(),
        }
    }

    pub(super) fn is_settled(&self) -> bool {
        match self {
            PhotoPromise::One(promise) => promise.is_settled(),
            PhotoPromise::Series(promise) => promise.is_settled(),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        match self {
            PhotoPromise::One(promise) => promise.is_over(),
            PhotoPromise::Series(promise) => promise.is_over(),
        }
    }

    pub(super) fn reject(self, error: Error) {
        match self {
            PhotoPromise::One(promise) => drop(promise.reject(error)),
            PhotoPromise::Series(promise) => drop(promise.reject(error)),
        }
    }
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
                        // S1: it is used for single photos only.
                        fill_light_mode: info.fill_light.as_ref().map(|_| FillLightMode::Off),
                        ..PhotoSettings::default()
                    },
                };
                promise.resolve(settings);
            }
        }
    }

    pub(super) fn photo(&mut self, sink: Arc<TrackSink>, request: PhotoRequest, promise: PhotoPromise) {
        let Roll { taken, restoring } = match self.shoot(&sink, &request, &promise) {
            Ok(Some(roll)) => roll,
            // Back to its place: it is taken when the camera is not muted any more.
            Ok(None) => return self.source.commands.lock().queue.push_front(Command::Photo(sink, request, promise)),
            Err(error) => return promise.reject(error),
        };
        // The file is made by whoever takes the photo, so that other operations need not wait for that.
        let elapsed = request.called.elapsed();
        let mut photos = taken.into_iter().map(move |taken| taken.finish(restoring, elapsed));
        match promise {
            PhotoPromise::One(promise) => promise
                .resolve_with(move || photos.next().unwrap_or_else(|| Err(Error::new(ErrorKind::Unknown, "the camera exposed nothing")))),
            PhotoPromise::Series(promise) => promise.resolve_with(move || photos.collect()),
        };
    }
}
