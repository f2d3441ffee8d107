"""The same names for asyncio: what waits in ``imagecapture`` is awaited here.

    >>> import asyncio, imagecapture
    >>> from imagecapture import aio
    >>> async def main():
    ...     camera = imagecapture.VirtualCamera()
    ...     async with aio.MediaDevices(backends=[], virtual_cameras=[camera], environment=False) as devices:
    ...         stream = await devices.get_user_media({"video": True})
    ...         track = stream.get_video_tracks()[0]
    ...         async with track.frames() as frames:
    ...             async for frame in frames:
    ...                 return frame.format != ""
    >>> asyncio.run(main())
    True

Cancelling the task cancels the operation. Both faces share one implementation, and the objects of one can be
had from the other: ``.sync`` is the blocking object, ``aio.MediaStreamTrack(track)`` the way back.

Functions for events and permission prompts are called on the loop that was running when they were registered, and
may be coroutine functions.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from types import EllipsisType, TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from . import _native
from ._native import (
    DeviceControl,
    Event,
    Explanation,
    Frame,
    FrameCallback,
    Indicator,
    Listener,
    MediaDeviceInfo,
    PermissionRequest,
    Photo,
    TrackStats,
    VirtualCamera,
)
from .errors import CaptureTimeoutError

if TYPE_CHECKING:
    from .types import (
        Constraints,
        ControlValue,
        DeviceDetails,
        DeviceEventType,
        DeviceKind,
        PermissionAnswer,
        PermissionName,
        Permissions,
        PermissionState,
        PhotoCapabilities,
        PhotoFormat,
        PhotoSettings,
        PixelFormat,
        ReadyState,
        StreamConstraints,
        TrackCapabilities,
        TrackEventType,
        TrackKind,
        TrackSettings,
        VirtualCameraConfig,
    )

__all__ = ["Events", "FrameReader", "ImageCapture", "MediaDevices", "MediaStream", "MediaStreamTrack", "events"]

_Timeout = float | None | EllipsisType
_Item = TypeVar("_Item")
_Argument = TypeVar("_Argument")

# Tasks of coroutine functions that were registered: the loop itself would not keep them.
_tasks: set[asyncio.Future[Any]] = set()


def _on_loop(fn: Callable[[_Argument], Any], use: Callable[[_Argument, Any], None]) -> Callable[[_Argument], None]:
    """What the library can call on its thread, so that ``fn`` is called on the loop that runs now."""
    if not callable(fn):
        # The same complaint as everywhere.
        return fn
    loop = asyncio.get_running_loop()

    async def wait(argument: _Argument, result: Awaitable[Any]) -> None:
        use(argument, await result)

    def call(argument: _Argument) -> None:
        result = fn(argument)
        if inspect.isawaitable(result):
            task = loop.create_task(wait(argument, result))
            _tasks.add(task)
            task.add_done_callback(_tasks.discard)
        else:
            use(argument, result)

    def from_thread(argument: _Argument) -> None:
        try:
            loop.call_soon_threadsafe(call, argument)
        except RuntimeError:
            # The loop was closed: there is nobody to tell any more.
            pass

    return from_thread


def _ignore(argument: object, result: object) -> None:
    """What a function for events returns means nothing."""


async def _complete(operation: _native._Operation) -> _native._Operation:
    """Waits for an operation without occupying a thread."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def tell() -> None:
        if not done.done():
            done.set_result(None)

    def on_complete() -> None:
        try:
            loop.call_soon_threadsafe(tell)
        except RuntimeError:
            # The loop was closed before the operation ended: nobody waits any more.
            pass

    operation.on_complete(on_complete)
    try:
        await done
    except asyncio.CancelledError:
        operation.cancel()
        raise
    return operation


class _Steps(Generic[_Item]):
    """Waits on a worker thread in steps of 0.1 s, so that a cancelled task leaves none behind for long."""

    def __init__(self, step: Callable[[float], _Item | bool | None]) -> None:
        self._function = step
        self._step: asyncio.Future[_Item | bool | None] | None = None
        # Two tasks that wait here get different items.
        self._turn = asyncio.Lock()

    async def next(self, limit: float | None) -> _Item | bool | None:
        """The next item; ``None`` when none came in time, ``False`` when none will come any more."""
        loop = asyncio.get_running_loop()
        end = None if limit is None else loop.time() + limit
        async with self._turn:
            while True:
                # A step survives the task that began it: the item it may bring is for the next one.
                if self._step is None or self._step.get_loop() is not loop:
                    left = 0.1 if end is None else max(0.0, min(0.1, end - loop.time()))
                    self._step = loop.run_in_executor(None, self._function, left)
                await asyncio.wait([self._step])
                step, self._step = self._step, None
                item = step.result()
                if item is not None or (end is not None and loop.time() >= end):
                    return item


class MediaDevices:
    """As :class:`imagecapture.MediaDevices`."""

    def __init__(
        self,
        *,
        backends: Sequence[str] | None = None,
        virtual_cameras: Sequence[VirtualCamera | VirtualCameraConfig] | None = None,
        device_id_salt: str | None = None,
        environment: bool = True,
        permissions: Permissions | None = None,
        hide_until_capture: bool = False,
        idle_release: bool = True,
        keep_last_values: bool = False,
    ) -> None:
        self.sync = _native.MediaDevices(
            backends=backends,
            virtual_cameras=virtual_cameras,
            device_id_salt=device_id_salt,
            environment=environment,
            permissions=permissions,
            hide_until_capture=hide_until_capture,
            idle_release=idle_release,
            keep_last_values=keep_last_values,
        )

    @property
    def object_id(self) -> int:
        """Tells it from every other object in events."""
        return self.sync.object_id

    async def enumerate_devices(self) -> list[MediaDeviceInfo]:
        """The devices there are now."""
        return await asyncio.to_thread(self.sync.enumerate_devices)

    async def get_user_media(self, constraints: StreamConstraints, *, timeout: _Timeout = ...) -> MediaStream:
        """Opens the camera that fits best."""
        operation = self.sync._get_user_media(constraints, timeout=timeout)
        return MediaStream((await _complete(operation)).result())

    async def explain(self, constraints: Constraints | None = None, *, timeout: _Timeout = ...) -> Explanation:
        """How :meth:`get_user_media` would choose for these constraints on a video track."""
        operation = self.sync._explain(constraints, timeout=timeout)
        explanation: Explanation = (await _complete(operation)).result()
        return explanation

    async def device_details(self, device_id: str, *, timeout: _Timeout = ...) -> DeviceDetails:
        """What the system tells of a device beyond the W3C model."""
        operation = self.sync._device_details(device_id, timeout=timeout)
        details: DeviceDetails = (await _complete(operation)).result()
        return details

    @staticmethod
    def get_supported_constraints() -> dict[str, bool]:
        """The names of the constraints that this version knows."""
        return _native.MediaDevices.get_supported_constraints()

    def add_virtual_camera(self, camera: VirtualCamera) -> None:
        """Lists a virtual camera."""
        self.sync.add_virtual_camera(camera)

    def on(self, name: DeviceEventType, fn: Callable[[Event], object]) -> Listener:
        """Calls ``fn(event)`` on this loop whenever this happens here."""
        return self.sync.on(name, _on_loop(fn, _ignore))

    def events(self, *, timeout: float | None = None) -> Events:
        """An asynchronous iterator over the events of this object and of all its tracks."""
        return Events(self.sync.events(timeout=timeout))

    def get_permission(self, name: PermissionName) -> PermissionState:
        """The state of a permission."""
        return self.sync.get_permission(name)

    def set_permission(self, name: PermissionName, state: PermissionState) -> None:
        """Sets the state of a permission."""
        self.sync.set_permission(name, state)

    def on_permission_prompt(
        self,
        fn: Callable[
            [PermissionRequest], bool | PermissionAnswer | None | Awaitable[bool | PermissionAnswer | None]
        ]
        | None,
    ) -> None:
        """Calls ``fn(request)`` on this loop whenever a person has to be asked. What it returns is the answer.
        ``None`` takes the function away.
        """
        self.sync.on_permission_prompt(None if fn is None else _on_loop(fn, PermissionRequest._returned))

    @property
    def visible(self) -> bool:
        """Whether the program can be seen by its user."""
        return self.sync.visible

    @visible.setter
    def visible(self, value: bool) -> None:
        self.sync.visible = value

    @property
    def focused(self) -> bool:
        """Whether the program has the focus of its user."""
        return self.sync.focused

    @focused.setter
    def focused(self, value: bool) -> None:
        self.sync.focused = value

    def indicator(self, kind: DeviceKind) -> Indicator:
        """What the program should show its user of a kind of devices."""
        return self.sync.indicator(kind)

    def device_indicator(self, device_id: str) -> Indicator | None:
        """As :meth:`indicator`, for one device."""
        return self.sync.device_indicator(device_id)

    async def close(self) -> None:
        """Stops all cameras that were opened here."""
        # Waits for threads, so not on the loop.
        await asyncio.to_thread(self.sync.close)

    async def __aenter__(self) -> MediaDevices:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class MediaStream:
    """As :class:`imagecapture.MediaStream`. A stream of the blocking face becomes the same stream here; another
    one, or tracks of either face, make a new one.
    """

    def __init__(
        self,
        tracks: _native.MediaStream | MediaStream | Iterable[_native.MediaStreamTrack | MediaStreamTrack] = (),
    ) -> None:
        if isinstance(tracks, _native.MediaStream):
            self.sync = tracks
        elif isinstance(tracks, MediaStream):
            self.sync = _native.MediaStream(tracks.sync)
        else:
            self.sync = _native.MediaStream(map(_track, tracks))

    @property
    def id(self) -> str:
        """A name unique to this stream."""
        return self.sync.id

    @property
    def active(self) -> bool:
        """Whether a track is still live."""
        return self.sync.active

    def get_tracks(self) -> list[MediaStreamTrack]:
        """All tracks."""
        return [MediaStreamTrack(track) for track in self.sync.get_tracks()]

    def get_video_tracks(self) -> list[MediaStreamTrack]:
        """The tracks with pictures."""
        return [MediaStreamTrack(track) for track in self.sync.get_video_tracks()]

    def get_audio_tracks(self) -> list[MediaStreamTrack]:
        """The tracks with sound."""
        return [MediaStreamTrack(track) for track in self.sync.get_audio_tracks()]

    def get_track_by_id(self, id: str) -> MediaStreamTrack | None:
        """The track with this id, or ``None``."""
        track = self.sync.get_track_by_id(id)
        return None if track is None else MediaStreamTrack(track)

    def add_track(self, track: MediaStreamTrack | _native.MediaStreamTrack) -> None:
        """Adds a track, unless it is in the stream already."""
        self.sync.add_track(_track(track))

    def remove_track(self, track: MediaStreamTrack | _native.MediaStreamTrack) -> None:
        """Takes a track out, if it is in the stream."""
        self.sync.remove_track(_track(track))

    def clone(self) -> MediaStream:
        """Another stream, of clones of all tracks."""
        return MediaStream(self.sync.clone())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MediaStream) and self.sync == other.sync

    def __hash__(self) -> int:
        return hash(self.sync)

    def __repr__(self) -> str:
        return f"<aio {self.sync!r}>"


def _track(track: MediaStreamTrack | _native.MediaStreamTrack) -> _native.MediaStreamTrack:
    return track.sync if isinstance(track, MediaStreamTrack) else track


class MediaStreamTrack:
    """As :class:`imagecapture.MediaStreamTrack`."""

    def __init__(self, track: _native.MediaStreamTrack) -> None:
        self.sync = track

    @property
    def id(self) -> str:
        """A name unique to this track."""
        return self.sync.id

    @property
    def object_id(self) -> int:
        """Tells it from every other object in events."""
        return self.sync.object_id

    @property
    def label(self) -> str:
        """The name of the camera."""
        return self.sync.label

    @property
    def kind(self) -> TrackKind:
        """``"video"`` or ``"audio"``."""
        return self.sync.kind

    @property
    def ready_state(self) -> ReadyState:
        """``"live"`` or ``"ended"``."""
        return self.sync.ready_state

    @property
    def muted(self) -> bool:
        """Whether the camera delivers nothing at the moment."""
        return self.sync.muted

    @property
    def enabled(self) -> bool:
        """Whether the picture is let through."""
        return self.sync.enabled

    @enabled.setter
    def enabled(self, value: bool) -> None:
        self.sync.enabled = value

    @property
    def ignored_constraints(self) -> list[str]:
        """The members without effect in the constraints that were applied last."""
        return self.sync.ignored_constraints

    @property
    def stats(self) -> TrackStats:
        """What became of its frames so far."""
        return self.sync.stats

    def on(self, name: TrackEventType, fn: Callable[[Event], object]) -> Listener:
        """Calls ``fn(event)`` on this loop whenever this happens to the track."""
        return self.sync.on(name, _on_loop(fn, _ignore))

    def on_frame(
        self,
        fn: Callable[[Frame], object],
        *,
        queue: int | None = None,
        format: PixelFormat | None = None,
        on_error: Callable[[Exception], object] | None = None,
    ) -> FrameCallback:
        """Calls ``fn(frame)`` with each frame on a thread of its own, not on this loop: ``async for`` is for the loop."""
        return self.sync.on_frame(fn, queue=queue, format=format, on_error=on_error)

    def get_capabilities(self) -> TrackCapabilities:
        """What the camera can do."""
        return self.sync.get_capabilities()

    def get_settings(self) -> TrackSettings:
        """The values in force."""
        return self.sync.get_settings()

    def get_constraints(self) -> Constraints:
        """The constraints that were applied last."""
        return self.sync.get_constraints()

    async def apply_constraints(self, constraints: Constraints | None = None, *, timeout: _Timeout = ...) -> None:
        """Changes the settings."""
        operation = self.sync._apply_constraints(constraints, timeout=timeout)
        (await _complete(operation)).result()

    async def controls(self, *, timeout: _Timeout = ...) -> dict[str, DeviceControl]:
        """The controls of the camera by their own names."""
        operation = self.sync._controls(timeout=timeout)
        controls: dict[str, DeviceControl] = (await _complete(operation)).result()
        return controls

    async def control(self, name: str, *, timeout: _Timeout = ...) -> DeviceControl:
        """One control by its own name."""
        operation = self.sync._control(name, timeout=timeout)
        control: DeviceControl = (await _complete(operation)).result()
        return control

    async def set_controls(self, values: Mapping[str, ControlValue], *, timeout: _Timeout = ...) -> None:
        """Sets controls by their own names: all of them or none."""
        operation = self.sync._set_controls(values, timeout=timeout)
        (await _complete(operation)).result()

    async def set_control(self, name: str, value: ControlValue, *, timeout: _Timeout = ...) -> None:
        """Sets one control by its own name."""
        operation = self.sync._set_control(name, value, timeout=timeout)
        (await _complete(operation)).result()

    def stop(self) -> None:
        """Ends the track."""
        self.sync.stop()

    def clone(self) -> MediaStreamTrack:
        """Another track of the same camera."""
        return MediaStreamTrack(self.sync.clone())

    def frames(self, *, queue: int | None = None, format: PixelFormat | None = None) -> FrameReader:
        """An asynchronous iterator over the frames."""
        return FrameReader(self.sync.frames(queue=queue, format=format))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MediaStreamTrack) and self.sync == other.sync

    def __hash__(self) -> int:
        return hash(self.sync)

    def __repr__(self) -> str:
        return f"<aio {self.sync!r}>"


class ImageCapture:
    """As :class:`imagecapture.ImageCapture`; takes a track of either face."""

    def __init__(self, track: MediaStreamTrack | _native.MediaStreamTrack) -> None:
        self.sync = _native.ImageCapture(_track(track))
        self._track = track if isinstance(track, MediaStreamTrack) else MediaStreamTrack(track)

    @property
    def track(self) -> MediaStreamTrack:
        """The track that the pictures come from."""
        return self._track

    async def take_photo(
        self,
        settings: PhotoSettings | None = None,
        *,
        format: PhotoFormat = "jpeg",
        quality: int = 90,
        metadata: bool = True,
        settle: float | None = None,
        timeout: _Timeout = ...,
    ) -> Photo:
        """Takes a photo."""
        operation = self.sync._take_photo(
            settings, format=format, quality=quality, metadata=metadata, settle=settle, timeout=timeout
        )
        await _complete(operation)
        # The result is encoded by whoever fetches it, which must not be the loop.
        photo: Photo = await asyncio.to_thread(operation.result)
        return photo

    async def take_burst(
        self,
        count: int,
        settings: PhotoSettings | None = None,
        *,
        format: PhotoFormat = "jpeg",
        quality: int = 90,
        metadata: bool = True,
        settle: float | None = None,
        timeout: _Timeout = ...,
    ) -> list[Photo]:
        """Takes photos one right after the other."""
        operation = self.sync._take_burst(
            count, settings, format=format, quality=quality, metadata=metadata, settle=settle, timeout=timeout
        )
        photos: list[Photo] = (await _complete(operation)).result()
        return photos

    async def take_bracket(
        self,
        property: str,
        values: Sequence[float],
        settings: PhotoSettings | None = None,
        *,
        format: PhotoFormat = "jpeg",
        quality: int = 90,
        metadata: bool = True,
        settle: float | None = None,
        timeout: _Timeout = ...,
    ) -> list[Photo]:
        """Takes a photo for each value of a property."""
        operation = self.sync._take_bracket(
            property, values, settings, format=format, quality=quality, metadata=metadata, settle=settle, timeout=timeout
        )
        photos: list[Photo] = (await _complete(operation)).result()
        return photos

    async def get_photo_capabilities(self, *, timeout: _Timeout = ...) -> PhotoCapabilities:
        """What the camera can do for a photo."""
        operation = self.sync._get_photo_capabilities(timeout=timeout)
        capabilities: PhotoCapabilities = (await _complete(operation)).result()
        return capabilities

    async def get_photo_settings(self, *, timeout: _Timeout = ...) -> PhotoSettings:
        """What the camera would do for a photo if nothing were asked of it."""
        operation = self.sync._get_photo_settings(timeout=timeout)
        settings: PhotoSettings = (await _complete(operation)).result()
        return settings

    async def grab_frame(self, *, timeout: _Timeout = ...) -> Frame:
        """The next frame, as RGBA at the track's size."""
        operation = self.sync._grab_frame(timeout=timeout)
        await _complete(operation)
        frame: Frame = await asyncio.to_thread(operation.result)
        return frame

    def latest_frame(self) -> Frame | None:
        """The newest frame that is there already."""
        return self.sync.latest_frame()


class FrameReader:
    """As :class:`imagecapture.FrameReader`, with ``async for``."""

    def __init__(self, reader: _native.FrameReader) -> None:
        self.sync = reader
        self._steps: _Steps[Frame] = _Steps(reader._step)

    async def _next(self, limit: float | None) -> Frame | None:
        """The next frame; ``None`` when the track has ended."""
        frame = await self._steps.next(limit)
        if frame is None:
            raise CaptureTimeoutError(f"no frame came within {limit:g} s")
        return frame if isinstance(frame, Frame) else None

    async def next_frame(self, *, timeout: _Timeout = ...) -> Frame:
        """The next frame; when the track has ended, its error."""
        limit = self.sync._limit(timeout)
        # The blocking call knows the error of a track that has ended.
        return await self._next(limit) or self.sync.next_frame(timeout=0)

    @property
    def dropped(self) -> int:
        """How many frames this reader lost because nobody fetched them in time, or they were damaged."""
        return self.sync.dropped

    def close(self) -> None:
        """Ends the reader. May be called again."""
        self.sync.close()

    def __aiter__(self) -> FrameReader:
        return self

    async def __anext__(self) -> Frame:
        frame = await self._next(self.sync._limit(...))
        if frame is None:
            raise StopAsyncIteration
        return frame

    async def __aenter__(self) -> FrameReader:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Events:
    """As :class:`imagecapture.Events`, with ``async for``."""

    def __init__(self, events: _native.Events) -> None:
        self.sync = events
        self._steps: _Steps[Event] = _Steps(events._step)

    async def next_event(self, *, timeout: float | None = None) -> Event | None:
        """The next event; ``None`` when none came in time, or none will come any more."""
        event = await self._steps.next(timeout)
        return event if isinstance(event, Event) else None

    def __aiter__(self) -> Events:
        return self

    async def __anext__(self) -> Event:
        event = await self.next_event(timeout=self.sync._timeout)
        if event is None:
            raise StopAsyncIteration
        return event


def events(devices: MediaDevices | _native.MediaDevices, *, timeout: float | None = None) -> Events:
    """The events of a ``MediaDevices`` of either face, and of all its tracks.

    ``async for event in aio.events(devices):`` ends when the ``MediaDevices`` was closed, or when no event came for
    ``timeout`` seconds.
    """
    sync = devices.sync if isinstance(devices, MediaDevices) else devices
    return Events(sync.events(timeout=timeout))
