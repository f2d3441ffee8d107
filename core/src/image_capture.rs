//! Taking pictures from a track.

use std::time::{Duration, Instant};

use crate::error::Place;
use crate::frame_reader::FRAME_LIMIT;
use crate::pending::{Operation, Pending, promise};
use crate::source::{Ask, Command, Grab, PhotoPromise, PhotoRequest, Series};
use crate::{Bracket, Error, ErrorKind, Frame, MediaKind, MediaStreamTrack, Photo, PhotoCapabilities, PhotoOptions, PhotoSettings, Result};

const TAKE_PHOTO: Operation = Operation { name: "take_photo", limit: Duration::from_secs(10), place: Place::Picture };
const PHOTO_CAPABILITIES: Operation = Operation { name: "photo_capabilities", limit: Duration::from_secs(5), place: Place::PhotoGetter };
const PHOTO_SETTINGS: Operation = Operation { name: "photo_settings", limit: Duration::from_secs(5), place: Place::PhotoGetter };
const GRAB_FRAME: Operation = Operation { name: "grab_frame", limit: FRAME_LIMIT, place: Place::Picture };

/// More photos than these are not taken in one burst.
const MOST_OF_A_BURST: u32 = 64;

/// Takes photos and grabs frames from a video track.
///
/// W3C: [`ImageCapture`](https://www.w3.org/TR/image-capture/#imagecaptureapi).
#[derive(Clone, Debug)]
pub struct ImageCapture {
    track: MediaStreamTrack,
}

impl ImageCapture {
    /// For a track, whatever its state is; the methods look at that.
    ///
    /// # Errors
    ///
    /// `NotSupported` when it is no video track.
    pub fn new(track: &MediaStreamTrack) -> Result<ImageCapture> {
        if track.kind() != MediaKind::Video {
            return Err(Error::new(ErrorKind::NotSupported, "pictures can be taken only from a video track"));
        }
        Ok(ImageCapture { track: track.clone() })
    }

    /// The track.
    pub fn track(&self) -> &MediaStreamTrack {
        &self.track
    }

    /// Takes one photo: an encoded picture, exposed after the call.
    ///
    /// ```
    /// # use imagecapture::*;
    /// # let devices = MediaDevices::builder().backends(&[]).virtual_camera(&VirtualCamera::default_camera()).build()?;
    /// # let stream = devices.get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new()))?;
    /// let capture = ImageCapture::new(&stream.video_tracks()[0])?;
    /// let photo = capture.take_photo(&PhotoSettings::default())?;
    /// assert_eq!(photo.mime_type(), "image/jpeg");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// W3C: [`takePhoto`](https://www.w3.org/TR/image-capture/#dom-imagecapture-takephoto).
    ///
    /// # Errors
    ///
    /// `InvalidState` when the track has ended or is disabled; `InvalidInput` for numbers that are not
    /// finite; `NotSupported` for settings that the device has not; `DeviceLost`, `TimedOut` (10 s) or
    /// `Unknown` when no photo could be made.
    #[doc(alias = "takePhoto")]
    pub fn take_photo(&self, settings: &PhotoSettings) -> Result<Photo> {
        self.take_photo_with(settings, &PhotoOptions::default())
    }

    /// As [`take_photo`](Self::take_photo), with options beyond the W3C dictionary.
    ///
    /// # Errors
    ///
    /// As [`take_photo`](Self::take_photo).
    pub fn take_photo_with(&self, settings: &PhotoSettings, options: &PhotoOptions) -> Result<Photo> {
        self.take_photo_async(settings, options)?.wait()
    }

    /// As [`take_photo_with`](Self::take_photo_with), without waiting. Photos are taken one after the
    /// other, in turn with [`apply_constraints`](MediaStreamTrack::apply_constraints).
    ///
    /// # Errors
    ///
    /// At once: `InvalidInput` and `InvalidState`. The others come through the result.
    pub fn take_photo_async(&self, settings: &PhotoSettings, options: &PhotoOptions) -> Result<Pending<Photo>> {
        settings.check()?;
        options.check()?;
        self.check_state()?;
        let (promise, pending) = promise(TAKE_PHOTO, self.track.dispatcher());
        self.submit(settings, options, Series::One, PhotoPromise::One(promise));
        Ok(pending.holding(&self.track))
    }

    /// Takes one photo for each value of a bracket, in their order. Modes that stand in the way are switched: exposure time,
    /// focus distance and colour temperature are set in the mode `manual`. Each photo is taken when the camera has come to
    /// rest at its value, within [`PhotoOptions::settle`], and [`Photo::settings`] has the value that the camera then says.
    /// Meanwhile all tracks of the camera are muted; afterwards everything is as it was, also after a failure.
    ///
    /// ```
    /// # use imagecapture::*;
    /// # let camera = VirtualCamera::from_json(r#"{"modes": [{"width": 64, "height": 48}], "pacing": "fast",
    /// #   "properties": {"exposureCompensation": {"min": -2, "max": 2, "step": 0.5, "value": 0}}}"#)?;
    /// # let devices = MediaDevices::builder().backends(&[]).virtual_camera(&camera).build()?;
    /// # let stream = devices.get_user_media(&MediaStreamConstraints::video(MediaTrackConstraints::new()))?;
    /// # let capture = ImageCapture::new(&stream.video_tracks()[0])?;
    /// let bracket = Bracket::new(Property::ExposureCompensation, [-1.0, 0.0, 1.0])?;
    /// let photos = capture.take_bracket(&bracket, &PhotoSettings::default(), &PhotoOptions::default())?;
    /// assert_eq!(photos[2].settings().number(Property::ExposureCompensation), Some(1.0));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`take_photo`](Self::take_photo); the limit is 10 s and, for each photo, a second and the time to come to rest.
    /// `NotSupported` when the camera does not have the property, or not one of the values; then nothing was touched.
    pub fn take_bracket(&self, bracket: &Bracket, settings: &PhotoSettings, options: &PhotoOptions) -> Result<Vec<Photo>> {
        self.take_bracket_async(bracket, settings, options)?.wait()
    }

    /// As [`take_bracket`](Self::take_bracket), without waiting.
    ///
    /// # Errors
    ///
    /// At once: `InvalidInput` and `InvalidState`. The others come through the result.
    pub fn take_bracket_async(&self, bracket: &Bracket, settings: &PhotoSettings, options: &PhotoOptions) -> Result<Pending<Vec<Photo>>> {
        let each = options.settle.saturating_add(Duration::from_secs(1));
        let operation = Operation {
            name: "take_bracket",
            limit: TAKE_PHOTO.limit.saturating_add(each.saturating_mul(bracket.values().len() as u32)),
            place: Place::Picture,
        };
        self.series(Series::Bracket(bracket.clone()), operation, settings, options)
    }

    /// Takes several photos, one right after the other: the camera's next frames, each with its own time and settings. For
    /// a size that is not the stream's the camera is switched once. Frames that come faster than they can be kept are left
    /// out, which [`Photo::sequence`] shows.
    ///
    /// # Errors
    ///
    /// As [`take_photo`](Self::take_photo); the limit is 10 s and a second for each photo. `InvalidInput` for a count that is
    /// not between 1 and 64.
    pub fn take_burst(&self, count: u32, settings: &PhotoSettings, options: &PhotoOptions) -> Result<Vec<Photo>> {
        self.take_burst_async(count, settings, options)?.wait()
    }

    /// As [`take_burst`](Self::take_burst), without waiting.
    ///
    /// # Errors
    ///
    /// At once: `InvalidInput` and `InvalidState`. The others come through the result.
    pub fn take_burst_async(&self, count: u32, settings: &PhotoSettings, options: &PhotoOptions) -> Result<Pending<Vec<Photo>>> {
        if !(1..=MOST_OF_A_BURST).contains(&count) {
            return Err(Error::invalid(format!("a burst of {count} photos: it has 1 to {MOST_OF_A_BURST}")));
        }
        let limit = TAKE_PHOTO.limit + Duration::from_secs(count.into());
        let operation = Operation { name: "take_burst", limit, place: Place::Picture };
        self.series(Series::Burst(count), operation, settings, options)
    }

    fn series(
        &self,
        series: Series,
        operation: Operation,
        settings: &PhotoSettings,
        options: &PhotoOptions,
    ) -> Result<Pending<Vec<Photo>>> {
        settings.check()?;
        options.check()?;
        self.check_state()?;
        let (promise, pending) = promise(operation, self.track.dispatcher());
        self.submit(settings, options, series, PhotoPromise::Series(promise));
        Ok(pending.holding(&self.track))
    }

    fn submit(&self, settings: &PhotoSettings, options: &PhotoOptions, series: Series, promise: PhotoPromise) {
        let request = PhotoRequest { settings: *settings, options: *options, series, called: Instant::now() };
        self.track.source().submit_photo(Command::Photo(self.track.sink().clone(), request, promise));
    }

    /// What the camera can do for a photo.
    ///
    /// W3C: [`getPhotoCapabilities`](https://www.w3.org/TR/image-capture/#dom-imagecapture-getphotocapabilities).
    ///
    /// # Errors
    ///
    /// `InvalidState` when the track has ended; `DeviceLost`, `TimedOut` (5 s) or `Unknown`, all with the name
    /// `OperationError`, when it ended or did not answer meanwhile.
    #[doc(alias = "getPhotoCapabilities")]
    pub fn photo_capabilities(&self) -> Result<PhotoCapabilities> {
        self.photo_capabilities_async()?.wait()
    }

    /// As [`photo_capabilities`](Self::photo_capabilities), without waiting.
    ///
    /// # Errors
    ///
    /// At once: `InvalidState`. The others come through the result.
    pub fn photo_capabilities_async(&self) -> Result<Pending<PhotoCapabilities>> {
        self.check_live()?;
        let (promise, pending) = promise(PHOTO_CAPABILITIES, self.track.dispatcher());
        self.ask(Ask::Capabilities(promise));
        Ok(pending.holding(&self.track))
    }

    /// What the camera would do for a photo if nothing were asked of it.
    ///
    /// W3C: [`getPhotoSettings`](https://www.w3.org/TR/image-capture/#dom-imagecapture-getphotosettings).
    ///
    /// # Errors
    ///
    /// As [`photo_capabilities`](Self::photo_capabilities).
    #[doc(alias = "getPhotoSettings")]
    pub fn photo_settings(&self) -> Result<PhotoSettings> {
        self.photo_settings_async()?.wait()
    }

    /// As [`photo_settings`](Self::photo_settings), without waiting.
    ///
    /// # Errors
    ///
    /// At once: `InvalidState`. The others come through the result.
    pub fn photo_settings_async(&self) -> Result<Pending<PhotoSettings>> {
        self.check_live()?;
        let (promise, pending) = promise(PHOTO_SETTINGS, self.track.dispatcher());
        self.ask(Ask::Settings(promise));
        Ok(pending.holding(&self.track))
    }

    fn ask(&self, ask: Ask) {
        if let Err(refused) = self.track.source().submit(Command::Ask(self.track.sink().clone(), ask))
            && let Command::Ask(_, ask) = *refused
        {
            ask.refuse(Error::new(ErrorKind::Unknown, "the camera is being closed"));
        }
    }

    /// Takes the first frame after the call (by the driver's time stamp), as RGBA at the track's size. Calls at the
    /// same time get the same frame. It is the camera's next frame, also when the track has a lower rate; while the
    /// camera is muted it is waited for.
    ///
    /// W3C: [`grabFrame`](https://www.w3.org/TR/image-capture/#dom-imagecapture-grabframe).
    ///
    /// # Errors
    ///
    /// `InvalidState` when the track has ended or is disabled; `DeviceLost`, `TimedOut` (5 s) or `Unknown`
    /// when no frame came or it was damaged.
    #[doc(alias = "grabFrame")]
    pub fn grab_frame(&self) -> Result<Frame> {
        self.grab_frame_async()?.wait()
    }

    /// As [`grab_frame`](Self::grab_frame), without waiting.
    ///
    /// # Errors
    ///
    /// At once: `InvalidState`. The others come through the result.
    pub fn grab_frame_async(&self) -> Result<Pending<Frame>> {
        self.check_state()?;
        let (promise, pending) = promise(GRAB_FRAME, self.track.dispatcher());
        if let Err(grab) = self.track.sink().add_grab(Grab { since: crate::clock::now(), promise }) {
            let reason = self.track.sink().ended();
            grab.promise.reject(reason.map_or_else(|| Error::new(ErrorKind::Unknown, "the track has ended"), |reason| reason.error()));
        }
        Ok(pending.holding(&self.track))
    }

    /// The newest frame, without waiting; `None` when none has come yet. As the camera sent it, or as RGBA where it
    /// had to be cropped or scaled to the track's size or, while the track is disabled or muted, is opaque black.
    ///
    /// # Errors
    ///
    /// `InvalidState` when the track has ended; `Unknown` when it had to be decoded and is damaged.
    pub fn latest_frame(&self) -> Result<Option<Frame>> {
        if let Some(reason) = self.track.sink().ended() {
            return Err(reason.state_error());
        }
        self.track.source().latest(self.track.sink()).map(|shown| shown.make(None)).transpose()
    }

    fn check_live(&self) -> Result<()> {
        self.track.sink().ended().map_or(Ok(()), |reason| Err(reason.state_error()))
    }

    fn check_state(&self) -> Result<()> {
        self.check_live()?;
        if !self.track.enabled() {
            return Err(Error::new(ErrorKind::InvalidState, "the track is disabled; enable it to take pictures"));
        }
        Ok(())
    }
}
