from __future__ import annotations

import asyncio
import time

import pytest

import imagecapture
from imagecapture import aio

from conftest import CONFIG


def cameras():
    camera = imagecapture.VirtualCamera(CONFIG)
    return camera, aio.MediaDevices(backends=[], virtual_cameras=[camera], environment=False)


def go(coroutine_function):
    return asyncio.run(asyncio.wait_for(coroutine_function(), 9))


def test_the_walk_through():
    async def main():
        _, context = cameras()
        async with context as devices:
            (info,) = await devices.enumerate_devices()
            stream = await devices.get_user_media({"video": {"device_id": {"exact": info.device_id}}})
            assert stream.active and stream.id and stream.get_audio_tracks() == []
            (track,) = stream.get_video_tracks()
            assert track == stream.get_tracks()[0] and hash(track) == hash(stream.get_tracks()[0])
            assert track.get_capabilities()["zoom"].max == 400
            await track.apply_constraints({"zoom": 200})
            assert track.get_settings()["zoom"] == 200
            assert track.get_constraints() == {"zoom": 200}
            assert track.ignored_constraints == []
            capture = aio.ImageCapture(track)
            assert capture.track == track
            photo = await capture.take_photo()
            assert photo.settings["zoom"] == 200
            frame = await capture.grab_frame()
            assert frame.format == "rgba"
            assert capture.latest_frame() is not None
            assert (track.kind, track.label, track.muted, track.enabled) == ("video", "Test camera", False, True)
            track.enabled = False
            clone = track.clone()
            assert clone != track and clone.id != track.id
            track.stop()
            assert track.ready_state == "ended"
            assert repr(track) and repr(stream)
            assert devices.get_supported_constraints()["zoom"] is True
            clone.stop()

    go(main)


def test_frames():
    async def main():
        _, context = cameras()
        async with context as devices:
            (track,) = (await devices.get_user_media({"video": True})).get_video_tracks()
            seen = []
            async with track.frames(queue=4) as reader:
                async for frame in reader:
                    seen.append(frame.sequence)
                    if len(seen) == 5:
                        break
                assert (await reader.next_frame(timeout=2)).sequence > seen[-1]
                assert reader.dropped >= 0
            assert seen == sorted(set(seen))

    go(main)


def test_the_iterator_ends_with_the_track():
    async def main():
        _, context = cameras()
        async with context as devices:
            (track,) = (await devices.get_user_media({"video": True})).get_video_tracks()
            reader = track.frames()
            await anext(reader)
            asyncio.get_running_loop().call_later(0.1, track.stop)
            count = 0
            async for _ in reader:
                count += 1
            assert count < 30
            with pytest.raises(imagecapture.ImageCaptureError):
                await reader.next_frame()

    go(main)


def test_things_go_on_while_one_waits():
    async def main():
        camera, context = cameras()
        async with context as devices:
            (track,) = (await devices.get_user_media({"video": True})).get_video_tracks()
            capture = aio.ImageCapture(track)
            await capture.grab_frame()
            camera.freeze()
            waiting = asyncio.create_task(capture.grab_frame(timeout=0.5))
            ticks = 0
            while not waiting.done():
                await asyncio.sleep(0.01)
                ticks += 1
            assert ticks > 10
            with pytest.raises(imagecapture.CaptureTimeoutError):
                await waiting

    go(main)


def test_cancelling_a_task_cancels_the_operation():
    async def main():
        camera, context = cameras()
        async with context as devices:
            (track,) = (await devices.get_user_media({"video": True})).get_video_tracks()
            capture = aio.ImageCapture(track)
            await capture.grab_frame()
            camera.freeze()
            for wait in (lambda: capture.grab_frame(timeout=None), lambda: capture.take_photo(timeout=None)):
                task = asyncio.create_task(wait())
                await asyncio.sleep(0.1)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            camera.freeze(False)
            assert (await capture.grab_frame()).width == 640

    go(main)


def test_a_cancelled_wait_for_a_frame_loses_none():
    async def main():
        camera = imagecapture.VirtualCamera(CONFIG | {"pacing": "manual"})
        async with aio.MediaDevices(backends=[], virtual_cameras=[camera], environment=False) as devices:
            (track,) = (await devices.get_user_media({"video": True})).get_video_tracks()
            reader = track.frames(queue=8)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.next_frame(), 0.05)
            camera.step(2)
            first = await reader.next_frame()
            second = await reader.next_frame()
            assert second.sequence == first.sequence + 1
            number = imagecapture.VirtualCamera.read_frame_number
            assert number(second) == number(first) + 1
            with pytest.raises(imagecapture.CaptureTimeoutError):
                await reader.next_frame(timeout=0.05)

    go(main)


def test_two_tasks_read_from_one_reader():
    async def main():
        _, context = cameras()
        async with context as devices:
            (track,) = (await devices.get_user_media({"video": True})).get_video_tracks()
            reader = track.frames(queue=8)
            frames = await asyncio.gather(*(reader.next_frame() for _ in range(6)))
            assert len({frame.sequence for frame in frames}) == 6

    go(main)


def test_a_reader_in_a_second_loop():
    camera = imagecapture.VirtualCamera(CONFIG | {"pacing": "manual"})
    context = aio.MediaDevices(backends=[], virtual_cameras=[camera], environment=False)
    track = context.sync.get_user_media({"video": True}).get_video_tracks()[0]
    reader = aio.MediaStreamTrack(track).frames()

    async def main():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.next_frame(), 0.01)

    async def again():
        camera.step()
        assert (await reader.next_frame()).width == 640

    go(main)
    go(again)
    context.sync.close()


def test_many_operations_at_once():
    async def main():
        _, context = cameras()
        async with context as devices:
            (track,) = (await devices.get_user_media({"video": True})).get_video_tracks()
            capture = aio.ImageCapture(track)
            results = await asyncio.gather(
                *(capture.grab_frame() for _ in range(5)),
                *(capture.take_photo() for _ in range(3)),
                *(track.apply_constraints({"zoom": zoom}) for zoom in (150, 200)),
            )
            assert len(results) == 10

    go(main)


def test_errors_are_those_of_the_blocking_face():
    async def main():
        _, context = cameras()
        async with context as devices:
            with pytest.raises(imagecapture.OverconstrainedError):
                await devices.get_user_media({"video": {"width": {"min": 10**6}}})
            with pytest.raises(imagecapture.InvalidInputError):
                await devices.get_user_media({})
            with pytest.raises(imagecapture.InvalidInputError):
                await devices.get_user_media({"video": True}, timeout="soon")

    go(main)


def test_a_loop_that_is_closed_before_the_operation_ends():
    camera, context = cameras()
    track = context.sync.get_user_media({"video": True}).get_video_tracks()[0]
    capture = imagecapture.ImageCapture(track)
    capture.grab_frame()
    camera.freeze()
    loop = asyncio.new_event_loop()
    task = loop.create_task(aio.ImageCapture(track).grab_frame())
    loop.run_until_complete(asyncio.sleep(0.05))
    # Not awaited: what a program leaves behind that closes its loop in the middle. The completion then has nobody to
    # tell, which must not become a message of the library's thread.
    loop.close()
    task._log_destroy_pending = False
    task.get_coro().close()
    context.sync.close()
    time.sleep(0.1)


def test_both_faces_of_one_track():
    async def main():
        _, context = cameras()
        async with context as devices:
            stream = await devices.get_user_media({"video": True})
            track = stream.get_video_tracks()[0]
            start = time.monotonic()
            frame = await asyncio.to_thread(imagecapture.ImageCapture(track.sync).grab_frame)
            assert frame.timestamp > 0 and time.monotonic() - start < 5
            assert aio.MediaStreamTrack(track.sync) == track
            assert (await aio.ImageCapture(track.sync).grab_frame()).width

    go(main)
