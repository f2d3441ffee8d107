"""What a photo says of itself, read by programs that know nothing of us."""

from __future__ import annotations

import datetime
import io
import json
import shutil
import struct
import subprocess
import threading
import time

import pytest
from conftest import EVERYTHING

import imagecapture

Image = pytest.importorskip("PIL.Image")
np = pytest.importorskip("numpy")


def program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not there; the Debian package {package} has it")
    return found


def exiftool(data: bytes) -> dict:
    command = [program("exiftool", "libimage-exiftool-perl"), "-j", "-G1", "-n", "-struct", "-"]
    return json.loads(subprocess.run(command, input=data, capture_output=True, check=True).stdout)[0]


@pytest.fixture
def camera(open_with):
    modes = [{"width": 320, "height": 240, "frameRates": [30], "pixelFormat": "mjpeg"}]
    return open_with(**(EVERYTHING | {"label": "Acme Studio 4", "modes": modes}))


SET = {
    "exposure_mode": "manual",
    "exposure_time": 400,
    "white_balance_mode": "manual",
    "color_temperature": 3200,
    "iso": 800,
    "zoom": 250,
    "exposure_compensation": 1.5,
}


@pytest.mark.parametrize("format", ["jpeg", "png"])
def test_two_readers_find_what_was_set(camera, format):
    camera.apply_constraints({name: {"exact": value} for name, value in SET.items()})
    before = datetime.datetime.now().astimezone()
    photo = imagecapture.ImageCapture(camera).take_photo(format=format)
    after = datetime.datetime.now().astimezone()

    exif = Image.open(io.BytesIO(photo.data)).getexif()
    inner = exif.get_ifd(0x8769)
    assert (exif[0x010F], exif[0x0110], exif[0x0112]) == ("Acme", "Acme Studio 4", 1)
    assert exif[0x0131] == f"imagecapture {imagecapture.__version__}"
    assert float(inner[0x829A]) == pytest.approx(0.04)
    assert float(inner[0x9204]) == 1.5
    assert float(inner[0xA404]) == 2.5
    assert (inner[0x8827], inner[0x8830], inner[0x8833]) == (800, 3, 800)
    assert (inner[0xA402], inner[0xA403]) == (1, 1), "exposure and white balance by hand"
    assert (inner[0xA002], inner[0xA003]) == (photo.width, photo.height)
    comment = json.loads(inner[0x9286].removeprefix(b"ASCII\0\0\0"))
    assert comment["colorTemperature"] == 3200 and comment["frameRate"] == 30
    assert not {"deviceId", "groupId"} & comment.keys()
    assert 0x8825 not in exif

    # The moment of the exposure, to the microsecond and with its offset.
    text = f"{inner[0x9003]}.{inner[0x9291]}{inner[0x9011]}"
    taken = datetime.datetime.strptime(text, "%Y:%m:%d %H:%M:%S.%f%z")
    assert before - datetime.timedelta(seconds=1) <= taken <= after

    read = exiftool(photo.data)
    assert not [name for name in read if "GPS" in name], read
    # It complains about structures that other readers tolerate.
    assert "ExifTool:Warning" not in read, read["ExifTool:Warning"]
    for name, wanted in {
        "IFD0:Make": "Acme",
        "IFD0:Model": "Acme Studio 4",
        "IFD0:Orientation": 1,
        "ExifIFD:ExposureTime": 0.04,
        "ExifIFD:ExposureCompensation": 1.5,
        "ExifIFD:ExposureMode": 1,
        "ExifIFD:WhiteBalance": 1,
        "ExifIFD:ISO": 800,
        "ExifIFD:ISOSpeed": 800,
        "ExifIFD:DigitalZoomRatio": 2.5,
        "ExifIFD:DateTimeOriginal": inner[0x9003],
        "ExifIFD:ExifImageWidth": photo.width,
        "ExifIFD:ExifImageHeight": photo.height,
        "ExifIFD:OffsetTimeOriginal": inner[0x9011],
        "ExifIFD:ExifVersion": "0232",
    }.items():
        assert str(read[name]) == str(wanted), name


def decoders(data: bytes) -> dict:
    """The picture as three decoders see it, as RGB."""
    djpeg = subprocess.run([program("djpeg", "libjpeg-turbo-progs"), "-ppm"], input=data, capture_output=True, check=True)
    assert not djpeg.stderr, djpeg.stderr
    av = pytest.importorskip("av")
    with av.open(io.BytesIO(data)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 1
    return {
        "libjpeg-turbo": np.asarray(Image.open(io.BytesIO(djpeg.stdout)).convert("RGB")),
        "Pillow": np.asarray(Image.open(io.BytesIO(data)).convert("RGB")),
        "ffmpeg": frames[0],
    }


@pytest.mark.parametrize("pixel_format", ["mjpeg", "yuyv", "nv12", "i420", "rgb", "grey"])
def test_three_decoders_see_the_same_picture(open_with, pixel_format):
    modes = [{"width": 322, "height": 242, "frameRates": [30], "pixelFormat": pixel_format}]
    capture = imagecapture.ImageCapture(open_with(modes=modes))
    seen = decoders(capture.take_photo(quality=95).data)
    for name, picture in seen.items():
        assert picture.shape == (242, 322, 3), name
        assert picture.std() > 30, f"{name} sees no picture"
        # Decoders differ in how they interpolate chroma, at the edges of the colour bars.
        difference = np.abs(picture.astype(int) - seen["Pillow"].astype(int))
        assert difference.mean() < 2, f"{name}: {difference.mean()}"


def tiff_with_a_place() -> bytes:
    """Make, and a GPS directory with a date."""
    entry = struct.Struct("<HHI4s").pack
    gps_at = 8 + 2 + 2 * 12 + 4
    first = struct.pack("<H", 2)
    first += entry(0x010F, 2, 4, b"Me!\0") + entry(0x8825, 4, 1, struct.pack("<I", gps_at)) + bytes(4)
    value_at = gps_at + 2 + 2 * 12 + 4
    gps = struct.pack("<H", 2) + entry(1, 2, 2, b"N\0\0\0") + entry(0x1D, 2, 11, struct.pack("<I", value_at)) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8) + first + gps + b"2026:11:22\0"


def with_segment(jpeg: bytes, payload: bytes) -> bytes:
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + jpeg[2:]


def picture():
    return Image.fromarray((np.arange(64 * 48 * 3) * 7 % 251).astype(np.uint8).reshape(48, 64, 3))


@pytest.fixture
def jpeg():
    out = io.BytesIO()
    picture().save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def pushed(devices_of):
    """A camera of the program's own JPEGs, and the photo of one of them."""
    camera = imagecapture.VirtualCamera({"modes": [{"width": 64, "height": 48, "pixelFormat": "mjpeg"}], "scene": {"kind": "push"}})
    track = devices_of(camera).get_user_media({"video": True}).get_video_tracks()[0]
    capture = imagecapture.ImageCapture(track)

    def take(data: bytes, **options):
        done = threading.Event()
        operation = capture._take_photo(**options)
        operation.on_complete(done.set)
        end = time.monotonic() + 8
        while not done.wait(0.01) and time.monotonic() < end:
            camera.push_frame("mjpeg", 64, 48, data)
        return operation.result()

    return take


LOCATED = {
    "EXIF": lambda jpeg: with_segment(jpeg, b"Exif\0\0" + tiff_with_a_place()),
    "EXIF of another name": lambda jpeg: with_segment(jpeg, b"Exif\0\xff" + tiff_with_a_place()),
    "EXIF in small letters": lambda jpeg: with_segment(jpeg, b"exif\0\0" + tiff_with_a_place()),
    "XMP": lambda jpeg: with_segment(jpeg, b"http://ns.adobe.com/xap/1.0/\0<x exif:GPSLatitude='48,1N'/>2026:11:22\0"),
    "a second picture": lambda jpeg: jpeg + with_segment(jpeg, b"Exif\0\0" + tiff_with_a_place()),
    "between scans": lambda jpeg: between_scans(b"Exif\0\0" + tiff_with_a_place()),
}


def between_scans(payload: bytes) -> bytes:
    out = io.BytesIO()
    picture().save(out, "JPEG", progressive=True)
    jpeg = out.getvalue()
    at = jpeg.rindex(b"\xff\xda")
    return jpeg[:at] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + jpeg[at:]


@pytest.mark.parametrize("options", [{}, {"metadata": False}, {"format": "camera"}, {"format": "png"}], ids=str)
@pytest.mark.parametrize("form", LOCATED)
def test_a_place_never_leaves_the_library(pushed, jpeg, form, options):
    located = LOCATED[form](jpeg)
    assert b"2026:11:22\0" in located
    if form in ("EXIF", "EXIF of another name"):
        assert "GPS:GPSDateStamp" in exiftool(located), "there is something to remove"
    photo = pushed(located, **options)
    read = exiftool(photo.data)
    assert not [name for name in read if "GPS" in name or "XMP" in name], read
    # Not even as bytes that nothing points to; our own time has the hour behind the date.
    assert b"2026:11:22\0" not in photo.data
    assert Image.open(io.BytesIO(photo.data)).getexif().get_ifd(0x8825) == {}
    if form == "EXIF" and options.get("format") != "png":
        assert read["IFD0:Make"] == "Me!", "the rest of it stays"


def test_without_metadata_the_camera_s_bytes_are_the_photo(pushed, jpeg):
    assert pushed(jpeg, metadata=False).data == jpeg
    assert pushed(jpeg + bytes(777), metadata=False).data == jpeg
    written = pushed(jpeg).data
    assert len(written) > len(jpeg) and exiftool(written)["IFD0:Software"].startswith("imagecapture")
    # The segment of EXIF data, and nothing else, is what was added.
    at = written.index(b"\xff\xe1")
    length = 2 + struct.unpack(">H", written[at + 2 : at + 4])[0]
    assert written[:at] + written[at + length :] == jpeg


def test_stills_of_the_camera_lose_their_place_too(devices_of, jpeg):
    sides = {"imageWidth": {"min": 64, "max": 64}, "imageHeight": {"min": 48, "max": 48}}
    camera = imagecapture.VirtualCamera({"modes": [{"width": 64, "height": 48}], "photo": sides})
    track = devices_of(camera).get_user_media({"video": True}).get_video_tracks()[0]
    capture = imagecapture.ImageCapture(track)
    camera.push_photo("image/jpeg", with_segment(jpeg, b"Exif\0\0" + tiff_with_a_place()))
    camera.push_photo("image/jpeg", jpeg)
    camera.push_photo("IMAGE/JPG", with_segment(jpeg, b"Exif\0\0" + tiff_with_a_place()) + jpeg)
    camera.push_photo("image/jpeg", jpeg[: len(jpeg) // 2] + b"\xff\xd9")
    located = capture.take_photo().data
    assert not [name for name in exiftool(located) if "GPS" in name] and b"Me!" in located
    assert capture.take_photo().data == jpeg
    again = capture.take_photo().data
    assert not [name for name in exiftool(again) if "GPS" in name] and again == located
    with pytest.raises(imagecapture.UnknownError, match="missing"):
        capture.take_photo()


def test_a_picture_that_is_cut_is_no_photo_but_the_next_one_is(devices_of, jpeg):
    camera = imagecapture.VirtualCamera({"modes": [{"width": 64, "height": 48, "pixelFormat": "mjpeg"}], "scene": {"kind": "push"}})
    track = devices_of(camera).get_user_media({"video": True}).get_video_tracks()[0]
    operation = imagecapture.ImageCapture(track)._take_photo(metadata=False)
    done = threading.Event()
    operation.on_complete(done.set)
    for cut in range(len(jpeg) // 2, len(jpeg) - 2, 40):
        camera.push_frame("mjpeg", 64, 48, jpeg[:cut] + b"\xff\xd9")
        assert not done.wait(0.01), cut
    while not done.wait(0.01):
        camera.push_frame("mjpeg", 64, 48, jpeg)
    assert operation.result().data == jpeg
