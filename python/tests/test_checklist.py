"""The checklist of Image Capture as a program in Python meets it, item by item.

What other files here prove of an item already is not repeated; SPEC.md names both.
"""

from __future__ import annotations

import copy
import io
import math
import threading
from typing import Any

import pytest

import imagecapture
from imagecapture import ImageCapture, MediaDevices, VirtualCamera, aio

from conftest import EVERYTHING
from test_events import eventually

IMAGE_PROPERTIES = [
    "white_balance_mode", "exposure_mode", "focus_mode", "points_of_interest", "exposure_compensation", "exposure_time",
    "color_temperature", "iso", "brightness", "contrast", "pan", "saturation", "sharpness", "focus_distance", "tilt", "zoom", "torch",
]  # fmt: skip

VALUES = {
    "white_balance_mode": "manual", "exposure_mode": "manual", "focus_mode": "manual", "points_of_interest": [{"x": 0.25, "y": 0.75}],
    "exposure_compensation": 1, "exposure_time": 300, "color_temperature": 4000, "iso": 200, "brightness": 5, "contrast": 6, "pan": 3600,
    "saturation": 7, "sharpness": 8, "focus_distance": 10, "tilt": -3600, "zoom": 150, "torch": True,
}  # fmt: skip

STILLS = {
    "imageWidth": {"min": 640, "max": 4096, "step": 1, "value": 1920},
    "imageHeight": {"min": 100, "max": 3072, "step": 1, "value": 1080},
    "fillLightMode": ["auto", "flash"],
    "redEyeReduction": "never",
}


@pytest.fixture
def config() -> dict[str, Any]:
    return copy.deepcopy(EVERYTHING)


def said(track):
    return track.get_settings(), track.get_constraints(), track.get_capabilities()


def done(operation):
    event = threading.Event()
    operation.on_complete(event.set)
    return event


def test_the_constructor_wants_a_video_track(track):
    with pytest.raises(TypeError):
        ImageCapture()
    track.stop()
    assert ImageCapture(track).track is track, "an ended one is taken"


def test_the_track_is_the_very_object_and_stays_so(devices, track):
    capture = ImageCapture(track)
    assert capture.track is capture.track is track
    with pytest.raises(AttributeError):
        capture.track = devices.get_user_media({"video": True}).get_tracks()[0]
    with pytest.raises(AttributeError):
        del capture.track
    assert capture.track is track
    wrapped = aio.MediaStreamTrack(track)
    assert aio.ImageCapture(wrapped).track is wrapped
    other = aio.ImageCapture(track)
    assert other.track is other.track and other.track.sync is track


def test_four_methods_look_at_the_state_and_two_at_enabled(capture, track):
    track.enabled = False
    for refused in (capture.take_photo, capture.grab_frame):
        with pytest.raises(imagecapture.InvalidStateError):
            refused()
    settings = capture.get_photo_settings()
    assert capture.get_photo_capabilities()
    track.enabled = True
    capture.take_photo(settings)
    track.stop()
    for refused in (capture.take_photo, capture.grab_frame, capture.get_photo_settings, capture.get_photo_capabilities):
        with pytest.raises(imagecapture.InvalidStateError):
            refused()
    with pytest.raises(TypeError, match="image_width|imageWidth"):
        capture.take_photo({"image_width": math.nan})


@pytest.mark.parametrize("eyes", ["never", "always", "controllable"])
@pytest.mark.parametrize("light", [["off"], ["flash"], ["auto", "off", "flash"], None], ids=str)
def test_what_the_getter_says_can_be_asked_for(open_with, eyes, light):
    stills = STILLS | {"redEyeReduction": eyes} | ({"fillLightMode": light} if light else {})
    if light is None:
        del stills["fillLightMode"]
    capture = ImageCapture(open_with(photo=stills))
    settings = capture.get_photo_settings()
    assert settings.get("red_eye_reduction") == {"never": None, "always": True, "controllable": False}[eyes]
    assert ("fill_light_mode" in settings) == (light is not None)
    photo = capture.take_photo(settings)
    assert (photo.width, photo.height) == (1920, 1080)
    assert capture.get_photo_settings() == settings
    if eyes == "always":
        with pytest.raises(imagecapture.NotSupportedError):
            capture.take_photo({"red_eye_reduction": False})


def test_six_settings_that_are_not_supported_and_which_is_told_first(config, devices_of):
    camera = VirtualCamera(config | {"photo": STILLS})
    capture = ImageCapture(devices_of(camera).get_user_media({"video": True}).get_tracks()[0])
    for settings in (
        {"image_height": 3073}, {"image_height": 99}, {"image_width": 4097}, {"image_width": 639}, {"red_eye_reduction": True},
        {"fill_light_mode": "off"},
    ):  # fmt: skip
        with pytest.raises(imagecapture.NotSupportedError):
            capture.take_photo(settings)
    settings = {"fill_light_mode": "off", "red_eye_reduction": True, "image_width": 1, "image_height": 1}
    for name, right in (("imageHeight", 100), ("imageWidth", 640), ("redEyeReduction", False), ("fillLightMode", "flash")):
        with pytest.raises(imagecapture.NotSupportedError, match=f"^{name}"):
            capture.take_photo(settings)
        settings["".join(f"_{c.lower()}" if c.isupper() else c for c in name)] = right
    assert camera.take_writes() == [], "it is looked at before the camera is touched"
    capture.take_photo(settings)


@pytest.mark.parametrize("settings", [
    *({side: value} for side in ("image_width", "image_height") for value in (math.nan, math.inf, -math.inf)),
    *({"fill_light_mode": mode} for mode in ("on", "torch", "Flash", "")),
], ids=str)  # fmt: skip
def test_what_is_no_number_and_no_mode(capture, settings):
    with pytest.raises(TypeError) as caught:
        capture.take_photo(settings)
    assert caught.value.name == "TypeError"


def test_all_tracks_of_the_source_are_muted_and_unmuted_and_are_as_before(camera):
    wanted = {"width": {"exact": 320}, "height": {"exact": 240}, "zoom": 200}
    with (
        MediaDevices(backends=[], virtual_cameras=[camera], environment=False) as here,
        MediaDevices(backends=[], virtual_cameras=[camera], environment=False) as there,
    ):
        tracks = here.get_user_media({"video": wanted}).get_tracks()
        tracks += [tracks[0].clone(), *there.get_user_media({"video": wanted}).get_tracks()]
        heard: list[tuple[int, str]] = []
        for number, track in enumerate(tracks):
            track.on("mute", lambda event, number=number: heard.append((number, event.type)))
            track.on("unmute", lambda event, number=number: heard.append((number, event.type)))
        before = [said(track) for track in tracks]
        assert ImageCapture(tracks[0]).take_photo({"image_width": 640}).width == 640
        eventually(lambda: len(heard) == 6)
        for number in range(3):
            assert [name for of, name in heard if of == number] == ["mute", "unmute"]
        assert [said(track) for track in tracks] == before
        assert not any(track.muted for track in tracks)


def test_frames_have_the_size_of_their_track(track):
    track.apply_constraints({"width": {"exact": 640}, "height": {"exact": 480}})
    for width, height in ((640, 480), (320, 240), (500, 300)):
        clone = track.clone()
        clone.apply_constraints({"width": {"exact": width}, "height": {"exact": height}})
        frame = ImageCapture(clone).grab_frame()
        settings = clone.get_settings()
        assert (frame.width, frame.height) == (settings["width"], settings["height"]) == (width, height)


def test_a_frame_between_two_photos(config, devices_of):
    camera = VirtualCamera(config | {"pacing": "manual"})
    track = devices_of(camera).get_user_media({"video": True}).get_tracks()[0]
    capture = ImageCapture(track)
    asked = [capture._take_photo(), capture._grab_frame(), capture._take_photo()]
    ends = [done(one) for one in asked]
    for _ in range(1000):
        camera.step()
        if ends[2].wait(0.005):
            break
    assert all(end.wait(1) for end in ends)
    first, frame, second = (one.result() for one in asked)
    assert first.sequence < second.sequence and frame.sequence < second.sequence
    # While the camera is muted a photo waits; one of a track that stops fails.
    camera.set_muted(True)
    eventually(lambda: track.muted)
    waiting = capture._take_photo()
    end = done(waiting)
    assert not end.wait(0.05)
    track.stop()
    assert end.wait(5)
    with pytest.raises(imagecapture.UnknownError):
        waiting.result()
    with pytest.raises(imagecapture.InvalidStateError):
        capture.take_photo()


def test_photos_wait_for_the_end_of_a_mute(capture, track, camera):
    camera.set_muted(True)
    eventually(lambda: track.muted)
    waiting = capture._take_photo()
    end = done(waiting)
    assert capture.get_photo_settings() and not end.wait(0.05)
    camera.set_muted(False)
    assert end.wait(5) and waiting.result().width


def test_17_names():
    supported = MediaDevices.get_supported_constraints()
    assert len(set(IMAGE_PROPERTIES)) == 17
    assert all(supported[name] is True for name in IMAGE_PROPERTIES)


@pytest.mark.parametrize("lacking", [*IMAGE_PROPERTIES, None])
def test_what_is_lacking_is_absent_and_what_is_there_is_inside(open_with, config, lacking):
    w3c = {"".join(f"_{c.lower()}" if c.isupper() else c for c in name): name for name in config["properties"]}
    config["properties"].pop(w3c.get(lacking, ""), None)
    track = open_with(properties=config["properties"])
    settings, capabilities = track.get_settings(), track.get_capabilities()
    assert set(IMAGE_PROPERTIES) - set(settings) == {lacking} - {None}
    assert set(IMAGE_PROPERTIES) - set(capabilities) == {lacking, "points_of_interest"} - {None}
    assert None not in settings.values() and None not in capabilities.values()
    for name in set(IMAGE_PROPERTIES) & set(capabilities):
        capability, value = capabilities[name], settings[name]
        inside = value in capability if isinstance(capability, list) else capability.min <= value <= capability.max
        assert inside, name


@pytest.mark.parametrize("values", [[False], [True], [False, True]], ids=str)
def test_a_torch_is_a_list(open_with, values):
    track = open_with(properties={"torch": {"values": values}})
    assert track.get_capabilities()["torch"] == values
    assert track.get_settings()["torch"] is values[0]
    for wanted in (False, True):
        if wanted in values:
            track.apply_constraints({"torch": {"exact": wanted}})
            assert track.get_settings()["torch"] is wanted
        else:
            with pytest.raises(imagecapture.OverconstrainedError) as caught:
                track.apply_constraints({"torch": {"exact": wanted}})
            assert caught.value.constraint == "torch"


@pytest.mark.parametrize("name", IMAGE_PROPERTIES)
def test_none_of_them_can_be_required_of_a_device(devices, track, name):
    number = isinstance(VALUES[name], int) and VALUES[name] is not True
    for bound in ("exact", "min", "max") if number else ("exact",):
        with pytest.raises(TypeError):
            devices.get_user_media({"video": {name: {bound: VALUES[name]}}})
    for wish in ({name: VALUES[name]}, {name: {"ideal": VALUES[name]}}, {"advanced": [{name: {"exact": VALUES[name]}}]}):
        devices.get_user_media({"video": wish}).get_tracks()[0].stop()
    track.apply_constraints({name: {"exact": VALUES[name]}})
    assert track.get_settings()[name] == VALUES[name]


@pytest.mark.parametrize("name", ["pan", "tilt", "zoom"])
def test_the_motors_follow_permission_and_sight(camera, name):
    for state, hint in (("granted", True), ("denied", False), ("prompt", False), ("denied", True), ("prompt", True)):
        permissions = {"pan_tilt_zoom": state, "pan_tilt_zoom_hint": hint}
        with MediaDevices(backends=[], virtual_cameras=[camera], environment=False, permissions=permissions) as devices:
            track = devices.get_user_media({"video": True}).get_tracks()[0]
            assert (name in track.get_settings()) == (state == "granted")
            assert (name in track.get_capabilities()) == (state == "granted" or hint)
            if state == "granted":
                devices.visible = False
                for value in (True, 0, {}, {"exact": 0}):
                    with pytest.raises(imagecapture.SecurityError):
                        track.apply_constraints({name: value, "width": {"exact": 1}})
                track.apply_constraints({name: False})
            elif hint:
                assert track.get_capabilities()[name] == {}


def test_a_clone_has_all_and_clearing_leaves_none(track):
    track.apply_constraints({"advanced": [VALUES]})
    clone = track.clone()
    assert said(clone) == said(track)
    assert {name: clone.get_settings()[name] for name in IMAGE_PROPERTIES} == VALUES
    assert clone.get_constraints()["advanced"] == [VALUES]
    track.apply_constraints({})
    assert track.get_constraints() == {} and clone.get_constraints()["advanced"] == [VALUES]


def test_points_come_back_within_a_hundredth(track):
    points = [(1 / 3, 2 / 3), (1.01, -7), (0, 1)]
    track.apply_constraints({"points_of_interest": {"exact": points}})
    got = track.get_settings()["points_of_interest"]
    assert [(point["x"], point["y"]) for point in got] == [pytest.approx((1 / 3, 2 / 3), abs=0.01), (1, 0), (0, 1)]


def test_an_exposure_is_counted_in_100_microseconds(track):
    image = pytest.importorskip("PIL.Image")
    track.apply_constraints({"exposure_mode": {"exact": "manual"}, "exposure_time": {"exact": 250}})
    exif = image.open(io.BytesIO(ImageCapture(track).take_photo().data)).getexif()
    assert exif.get_ifd(0x8769)[0x829A] == pytest.approx(0.025)


def test_values_bring_their_mode_and_are_written_in_order(track, camera):
    camera.take_writes()
    track.apply_constraints({"torch": True, "zoom": 200, "exposure_time": {"exact": 300}, "exposure_compensation": 1, "iso": 800})
    assert track.get_settings()["exposure_mode"] == "manual"
    order = ["exposure_mode", "exposure_time", "iso", "zoom", "exposure_compensation", "torch"]
    assert [name for write in camera.take_writes() for name in write] == order
    before = said(track)
    camera.script(refuse_writes=["torch"])
    with pytest.raises(imagecapture.OverconstrainedError) as caught:
        track.apply_constraints(VALUES | {"torch": False})
    assert caught.value.constraint == "torch"
    assert said(track) == before


def test_the_torch_is_off_when_the_last_track_stops(track, camera):
    track.apply_constraints({"torch": True})
    clone = track.clone()
    track.stop()
    assert camera.properties["torch"]["value"] is True
    clone.stop()
    eventually(lambda: camera.properties["torch"]["value"] is False)
