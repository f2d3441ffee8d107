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
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import EllipsisType, TracebackType
from typing import TYPE_CHECKING

from . import _native
from ._native import Frame, MediaDeviceInfo, Photo, VirtualCamera
from .errors import CaptureTimeoutError

if TYPE_CHECKING:
    from .types import (
        Constraints,
        PhotoFormat,
        PhotoSettings,
        PixelFormat,
        ReadyState,
        StreamConstraints,
        TrackCapabilities,
        TrackKind,
        TrackSettings,
        VirtualCameraConfig,
    )

__all__ = ["FrameReader", "ImageCapture", "MediaDevices", "MediaStream", "MediaStreamTrack"]

_Timeout = float | None | EllipsisType


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


class MediaDevices:
    """As :class:`imagecapture.MediaDevices`."""

    def __init__(
        self,
        *,
        backends: Sequence[str] | None = None,
        virtual_cameras: Sequence[VirtualCamera | VirtualCameraConfig] | None = None,
        device_id_salt: str | None = None,
        environment: bool = True,
    ) -> None:
        self.sync = _native.MediaDevices(
            backends=backends,
            virtual_cameras=virtual_cameras,
            device_id_salt=device_id_salt,
            environment=environment,
        )

    async def enumerate_devices(self) -> list[MediaDeviceInfo]:
        """The devices there are now."""
        return await asyncio.to_thread(self.sync.enumerate_devices)

    async def get_user_media(self, constraints: StreamConstraints, *, timeout: _Timeout = ...) -> MediaStream:
        """Opens the camera that fits best."""
        operation = self.sync._get_user_media(constraints, timeout=timeout)
        return MediaStream((await _complete(operation)).result())

    @staticmethod
    def get_supported_constraints() -> dict[str, bool]:
        """The names of the constraints that this version knows."""
        return _native.MediaDevices.get_supported_constraints()

    def add_virtual_camera(self, camera: VirtualCamera) -> None:
        """Lists a virtual camera."""
        self.sync.add_virtual_camera(camera)

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
    """As :class:`imagecapture.MediaStream`."""

    def __init__(self, stream: _native.MediaStream) -> None:
        self.sync = stream

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

    def __repr__(self) -> str:
        return f"<aio {self.sync!r}>"


class MediaStreamTrack:
    """As :class:`imagecapture.MediaStreamTrack`."""

    def __init__(self, track: _native.MediaStreamTrack) -> None:
        self.sync = track

    @property
    def id(self) -> str:
        """A name unique to this track."""
        return self.sync.id

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
        self.sync = _native.ImageCapture(track.sync if isinstance(track, MediaStreamTrack) else track)

    @property
    def track(self) -> MediaStreamTrack:
        """The track that the pictures come from."""
        return MediaStreamTrack(self.sync.track)

    async def take_photo(
        self,
        settings: PhotoSettings | None = None,
        *,
        format: PhotoFormat = "jpeg",
        quality: int = 90,
        timeout: _Timeout = ...,
    ) -> Photo:
        """Takes a photo."""
        operation = self.sync._take_photo(settings, format=format, quality=quality, timeout=timeout)
        await _complete(operation)
        # The result is encoded by whoever fetches it, which must not be the loop.
        photo: Photo = await asyncio.to_thread(operation.result)
        return photo

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
        self._step: asyncio.Future[Frame | bool | None] | None = None
        # Two tasks that read from one reader get different frames.
        self._turn = asyncio.Lock()

    async def _next(self, limit: float | None) -> Frame | None:
        """The next frame; ``None`` when the track has ended."""
        loop = asyncio.get_running_loop()
        end = None if limit is None else loop.time() + limit
        async with self._turn:
            while True:
                # A worker thread waits in steps of 0.1 s, so that a cancelled task leaves none behind for long. A
                # step survives the task that began it: the frame it may bring is for the next one.
                if self._step is None or self._step.get_loop() is not loop:
                    left = 0.1 if end is None else max(0.0, min(0.1, end - loop.time()))
                    self._step = loop.run_in_executor(None, self.sync._step, left)
                await asyncio.wait([self._step])
                step, self._step = self._step, None
                frame = step.result()
                if isinstance(frame, Frame):
                    return frame
                if frame is False:
                    return None
                if end is not None and loop.time() >= end:
                    raise CaptureTimeoutError(f"no frame came within {limit:g} s")

    async def next_frame(self, *, timeout: _Timeout = ...) -> Frame:
        """The next frame; when the track has ended, its error."""
        limit = self.sync._limit(timeout)
        # The blocking call knows the error of a track that has ended.
        return await self._next(limit) or self.sync.next_frame(timeout=0)

    @property
    def dropped(self) -> int:
        """How many frames this reader lost because nobody fetched them in time."""
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
