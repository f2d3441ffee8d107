from __future__ import annotations

import asyncio

import pytest

import imagecapture
from imagecapture import MediaStream, aio

from conftest import CONFIG


@pytest.fixture
def stream(devices):
    return devices.get_user_media({"video": True})


def test_a_stream_of_tracks(track):
    second = track.clone()
    stream = MediaStream([track, second, track])
    assert stream.get_tracks() == [track, second] == stream.get_video_tracks()
    assert stream.get_audio_tracks() == []
    assert len(stream.id) == 36
    assert MediaStream(iter([second])).get_tracks() == [second]
    assert MediaStream((second, track)).get_tracks() == [second, track]


def test_a_stream_of_nothing():
    for empty in (MediaStream(), MediaStream([]), MediaStream(tracks=())):
        assert empty.get_tracks() == []
        assert not empty.active
    assert MediaStream() != MediaStream()


def test_a_stream_of_a_stream(stream):
    (track,) = stream.get_tracks()
    copy = MediaStream(stream)
    assert copy != stream and copy.id != stream.id
    assert copy.get_tracks() == [track]
    stream.remove_track(track)
    assert (stream.get_tracks(), copy.get_tracks()) == ([], [track])
    assert track.ready_state == "live", "removing does not stop"


def test_adding_and_removing(stream):
    (track,) = stream.get_tracks()
    other = track.clone()
    stream.add_track(other)
    stream.add_track(other)
    assert stream.get_tracks() == [track, other]
    assert stream.get_track_by_id(other.id) == other
    assert stream.get_track_by_id("none") is None
    stream.remove_track(track)
    stream.remove_track(track)
    assert stream.get_tracks() == [other]


def test_ended_tracks_are_welcome(track):
    stopped = track.clone()
    stopped.stop()
    stream = MediaStream([stopped])
    assert not stream.active
    stream.add_track(track)
    assert stream.active
    track.stop()
    assert not stream.active


def test_clone(stream):
    (track,) = stream.get_tracks()
    track.apply_constraints({"zoom": 200})
    clone = stream.clone()
    (copy,) = clone.get_tracks()
    assert clone != stream and copy != track and copy.id != track.id
    assert copy.get_constraints() == {"zoom": 200}
    track.stop()
    assert clone.active and not stream.active
    copy.stop()


def test_equality(stream):
    assert stream == stream and hash(stream) == hash(stream)
    assert stream != "a stream" and stream != stream.clone()
    assert len({stream, stream}) == 1


@pytest.mark.parametrize(
    ("tracks", "path"), [(5, "tracks"), (True, "tracks"), (["track"], "tracks[0]"), ("track", "tracks[0]"), ([None], "tracks[0]")]
)
def test_what_is_no_track(tracks, path):
    with pytest.raises(imagecapture.InvalidInputError) as caught:
        MediaStream(tracks)
    assert caught.value.message.startswith(f"{path}: ")


def test_only_tracks_are_added_and_removed(stream):
    for wrong in (None, "track", stream):
        for method in (stream.add_track, stream.remove_track):
            with pytest.raises(imagecapture.InvalidInputError, match="track: a MediaStreamTrack is expected"):
                method(wrong)


def test_streams_with_asyncio():
    async def main():
        camera = imagecapture.VirtualCamera(CONFIG)
        async with aio.MediaDevices(backends=[], virtual_cameras=[camera], environment=False) as devices:
            stream = await devices.get_user_media({"video": True})
            (track,) = stream.get_tracks()
            second = track.clone()
            stream.add_track(second.sync)
            assert stream.get_tracks() == [track, second]
            assert stream.get_track_by_id(second.id) == second
            assert stream.get_track_by_id("none") is None
            stream.remove_track(track)
            mixed = aio.MediaStream([track, second.sync])
            assert mixed.get_tracks() == [track, second]
            copy = aio.MediaStream(mixed)
            assert copy != mixed and copy.get_tracks() == mixed.get_tracks()
            assert aio.MediaStream(mixed.sync) == mixed and hash(mixed) == hash(aio.MediaStream(mixed.sync))
            assert aio.MediaStream().get_tracks() == []
            clone = mixed.clone()
            assert clone.active and clone.get_tracks()[0] != track
            assert track.object_id != second.object_id
            assert track.stats.total_frames >= 0

    asyncio.run(asyncio.wait_for(main(), 9))
