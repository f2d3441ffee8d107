from __future__ import annotations

import gc

import pytest

import imagecapture
from imagecapture import MediaDevices, VirtualCamera, types

from conftest import CONFIG


def test_enumerate(devices):
    (info,) = devices.enumerate_devices()
    assert info.kind == "videoinput"
    assert info.label == "Test camera"
    assert info.device_id and info.group_id
    assert "Test camera" in repr(info)
    with pytest.raises(AttributeError):
        info.label = "another"


def test_device_id_is_the_same_in_the_next_context():
    def device_id():
        with MediaDevices(backends=[], virtual_cameras=[CONFIG], device_id_salt="salt", environment=False) as devices:
            return devices.enumerate_devices()[0].device_id

    assert device_id() == device_id()


def test_capabilities_without_opening(devices):
    (info,) = devices.enumerate_devices()
    capabilities = info.get_capabilities()
    assert capabilities["width"].max == 640
    assert capabilities["device_id"] == info.device_id


def test_supported_constraints():
    supported = MediaDevices.get_supported_constraints()
    assert set(supported.values()) == {True}
    # Each has its place in the dictionaries for type checkers, and no other.
    assert list(supported) == list(types.ConstraintSet.__annotations__)
    assert set(supported) == set(types.TrackSettings.__annotations__)
    assert set(supported) - {"points_of_interest"} == set(types.TrackCapabilities.__annotations__)


def test_no_cameras_at_all():
    with MediaDevices(backends=[], environment=False) as devices:
        assert devices.enumerate_devices() == []
        with pytest.raises(imagecapture.NotFoundError):
            devices.get_user_media({"video": True})


def test_the_environment_adds_a_virtual_camera(monkeypatch):
    monkeypatch.setenv("IC_BACKEND", "none")
    monkeypatch.setenv("IC_VIRTUAL_CAMERA", "default")
    with MediaDevices() as devices:
        assert len(devices.enumerate_devices()) == 1
    with MediaDevices(backends=[], environment=False) as devices:
        assert devices.enumerate_devices() == []


def test_add_virtual_camera(devices):
    devices.add_virtual_camera(VirtualCamera(CONFIG | {"label": "Second", "deviceId": "cam-2"}))
    assert [info.label for info in devices.enumerate_devices()] == ["Test camera", "Second"]


def test_choosing_by_device_id(devices):
    devices.add_virtual_camera(VirtualCamera(CONFIG | {"label": "Second", "deviceId": "cam-2"}))
    for info in devices.enumerate_devices():
        stream = devices.get_user_media({"video": {"device_id": {"exact": info.device_id}}})
        (track,) = stream.get_video_tracks()
        assert track.label == info.label
        assert track.get_settings()["device_id"] == info.device_id
        track.stop()


def test_stream(devices):
    stream = devices.get_user_media({"video": True})
    assert stream.active
    assert stream.id
    assert stream.get_tracks() == stream.get_video_tracks()
    assert stream.get_audio_tracks() == []
    stream.get_video_tracks()[0].stop()
    assert not stream.active
    assert repr(stream)


def test_close_ends_the_tracks_and_may_be_called_again(devices):
    track = devices.get_user_media({"video": True}).get_video_tracks()[0]
    devices.close()
    devices.close()
    assert track.ready_state == "ended"
    with pytest.raises(imagecapture.InvalidStateError):
        devices.enumerate_devices()


def test_close_ends_clones_too(devices):
    track = devices.get_user_media({"video": True}).get_video_tracks()[0]
    clone = track.clone()
    track.stop()
    devices.close()
    assert clone.ready_state == "ended"


def test_busy_camera(devices, camera):
    camera.set_busy(True)
    with pytest.raises(imagecapture.NotReadableError) as caught:
        devices.get_user_media({"video": True})
    assert isinstance(caught.value, OSError)
    camera.set_busy(False)
    devices.get_user_media({"video": True}).get_tracks()[0].stop()


def test_unplugged_camera_is_not_listed(devices, camera):
    camera.unplug()
    assert devices.enumerate_devices() == []
    camera.replug()
    assert len(devices.enumerate_devices()) == 1


def test_a_track_outlives_the_objects_it_came_from():
    devices = MediaDevices(backends=[], virtual_cameras=[CONFIG], environment=False)
    track = devices.get_user_media({"video": True}).get_video_tracks()[0]
    del devices
    gc.collect()
    assert track.ready_state == "live"
    assert imagecapture.ImageCapture(track).grab_frame().width == track.get_settings()["width"]
    track.stop()


def test_virtual_camera_describes_itself(camera):
    assert camera.label == "Test camera"
    assert camera.device_id == "cam-1"
    assert "Test camera" in repr(camera)
    assert VirtualCamera().label


def test_virtual_camera_takes_json_text():
    assert VirtualCamera('{"label": "From text", "modes": [{"width": 64, "height": 48}]}').label == "From text"
