"""Frames as memory: what NumPy sees is the frame's own memory, and it cannot go while somebody looks."""

from __future__ import annotations

import gc
import threading
import timeit

import pytest

import imagecapture
from imagecapture import VirtualCamera

np = pytest.importorskip("numpy")

CHANNELS = {"rgb": 3, "bgr": 3, "rgba": 4, "bgra": 4, "rgbx": 4, "bgrx": 4, "yuyv": 2, "uyvy": 2}


def pushed(format, width, height, data, stride=0):
    """A frame of exactly these bytes."""
    modes = [{"width": width, "height": height, "pixelFormat": format}]
    camera = VirtualCamera({"scene": {"kind": "push"}, "modes": modes})
    track = camera.open()
    reader = track.frames()
    camera.push_frame(format, width, height, data, stride=stride)
    frame = reader.next_frame()
    track.stop()
    return frame


def address(array):
    return array.__array_interface__["data"][0]


def test_a_view_shares_the_memory(capture):
    frame = capture.grab_frame()
    one, other = np.asarray(frame), np.asarray(frame)
    assert one.shape == (frame.height, frame.width, 4)
    assert one.dtype == np.uint8
    assert address(one) == address(other)
    assert np.shares_memory(one, other)
    assert not one.flags.owndata
    assert address(np.asarray(frame.planes[0])) == address(one)


def test_a_copy_does_not(capture):
    frame = capture.grab_frame()
    copy = np.array(frame)
    assert not np.shares_memory(copy, np.asarray(frame))
    assert copy.flags.writeable
    assert frame.copy() == copy.tobytes() == np.asarray(frame).tobytes()


def test_views_are_read_only(capture):
    array = np.asarray(capture.grab_frame())
    assert not array.flags.writeable
    with pytest.raises(ValueError):
        array[0, 0, 0] = 1
    with pytest.raises(ValueError):
        array.setflags(write=True)


@pytest.mark.parametrize("format", CHANNELS)
def test_packed_formats_have_three_dimensions(format):
    data = bytes(range(256)) * 20
    frame = pushed(format, 8, 6, data[: 8 * 6 * CHANNELS[format]])
    array = np.asarray(frame)
    assert array.shape == (6, 8, CHANNELS[format])
    assert array.tobytes() == data[: array.size]
    assert memoryview(frame).format == "B"


def test_grey_has_two_dimensions():
    frame = pushed("grey", 5, 3, bytes(range(15)))
    np.testing.assert_array_equal(np.asarray(frame), np.arange(15).reshape(3, 5))


def test_sixteen_bits_of_grey_are_one_number_each():
    data = np.arange(2 * 8, dtype="<u2").reshape(2, 8) * 4000
    for stride in (0, 20):
        rows = np.zeros((2, 10), dtype="<u2") if stride else data
        rows[:, :8] = data
        frame = pushed("grey16", 8, 2, rows, stride=stride)
        array = np.asarray(frame)
        assert (array.shape, array.dtype, frame.bits_per_sample) == ((2, 8), np.uint16, 16)
        np.testing.assert_array_equal(array, data)
        assert frame.copy() == data.tobytes()
        np.testing.assert_array_equal(np.asarray(frame.convert("grey")), data >> 8)
        assert memoryview(frame).format == "H" and memoryview(frame).nbytes == 32
        assert np.shares_memory(np.asarray(frame.planes[0]), array)


def test_only_a_drivers_memory_can_be_exported(capture):
    frame = capture.grab_frame()
    assert not frame.is_lease
    with pytest.raises(imagecapture.NotSupportedError):
        frame.dmabuf()
    with pytest.raises(TypeError):
        frame.dmabuf(3)


def test_padded_rows_are_skipped():
    data = np.arange(3 * 8, dtype=np.uint8).reshape(3, 8)
    frame = pushed("grey", 5, 3, data, stride=8)
    np.testing.assert_array_equal(np.asarray(frame), data[:, :5])
    assert frame.copy() == data[:, :5].tobytes()


def test_mjpeg_is_a_line_of_bytes(open_with):
    track = open_with(modes=[{"width": 640, "height": 480, "pixelFormat": "mjpeg"}])
    frame = track.frames().next_frame()
    assert frame.format == "mjpeg"
    array = np.asarray(frame)
    assert array.ndim == 1
    assert array[:2].tobytes() == b"\xff\xd8"
    assert array.tobytes() == frame.copy()
    assert frame.planes[0].stride == 0
    assert np.asarray(frame.to_rgb()).shape == (480, 640, 3)


@pytest.mark.parametrize("format", ["nv12", "nv21"])
def test_two_planes(format):
    data = bytes(range(8 * 6 * 3 // 2))
    frame = pushed(format, 8, 6, data)
    luminance, chroma = map(np.asarray, frame.planes)
    assert luminance.shape == frame.planes[0].shape == (6, 8)
    assert chroma.shape == frame.planes[1].shape == (3, 4, 2)
    assert luminance.tobytes() + chroma.tobytes() == data == frame.copy()
    with pytest.raises(BufferError, match="planes"):
        memoryview(frame)


def test_three_planes_of_odd_size():
    data = bytes(range(5 * 3 + 2 * 3 * 2))
    frame = pushed("i420", 5, 3, data)
    shapes = [np.asarray(plane).shape for plane in frame.planes]
    assert shapes == [(3, 5), (2, 3), (2, 3)]
    assert frame.copy() == data


def test_a_planar_frame_converts():
    data = np.full(8 * 6 * 3 // 2, 128, np.uint8)
    rgb = np.asarray(pushed("nv12", 8, 6, data).to_rgb())
    assert rgb.shape == (6, 8, 3)
    assert np.ptp(rgb) <= 1


def test_converting_to_its_own_format_is_no_copy(capture):
    frame = capture.grab_frame()
    assert frame.convert("rgba") is frame
    rgb = frame.to_rgb()
    assert rgb.to_rgb() is rgb
    np.testing.assert_array_equal(np.asarray(rgb), np.asarray(frame)[:, :, :3])


def test_a_conversion_is_made_once(capture):
    frame = capture.grab_frame()
    one, other = frame.to_rgb(), frame.to_rgb()
    assert address(np.asarray(one)) == address(np.asarray(other))
    assert (one.timestamp_ns, one.sequence) == (frame.timestamp_ns, frame.sequence)


def test_close_while_somebody_looks(capture):
    frame = capture.grab_frame()
    view = memoryview(frame)
    with pytest.raises(BufferError, match="1 view"):
        frame.close()
    array = np.asarray(frame)
    del view
    with pytest.raises(BufferError):
        frame.close()
    part = array[10:20, ::2, 1]
    del array
    gc.collect()
    with pytest.raises(BufferError):
        frame.close()
    del part
    gc.collect()
    frame.close()
    frame.close()
    assert frame.closed


def test_planes_count_as_views():
    frame = pushed("nv12", 8, 6, bytes(72))
    view = memoryview(frame.planes[1])
    with pytest.raises(BufferError):
        frame.close()
    view.release()
    frame.close()


def test_with(capture):
    with capture.grab_frame() as frame:
        assert np.asarray(frame).any()
    assert frame.closed
    with pytest.raises(BufferError, match="view"):
        with capture.grab_frame() as frame:
            view = memoryview(frame)
    view.release()
    frame.close()


def test_after_close(capture):
    frame = capture.grab_frame()
    plane = frame.planes[0]
    width = frame.width
    frame.close()
    assert frame.width == width
    assert frame.format == "rgba"
    assert "closed" in repr(frame)
    for look in (lambda: memoryview(frame), lambda: memoryview(plane)):
        with pytest.raises(BufferError, match="closed"):
            look()
    for use in (lambda: frame.planes, frame.to_rgb, frame.copy, lambda: plane.shape, lambda: plane.stride):
        with pytest.raises(imagecapture.InvalidStateError, match="closed"):
            use()


def test_a_view_outlives_frame_track_and_camera():
    camera = VirtualCamera()
    devices = imagecapture.MediaDevices(backends=[], virtual_cameras=[camera], environment=False)
    track = devices.get_user_media({"video": True}).get_video_tracks()[0]
    frame = track.frames().next_frame()
    array = np.asarray(frame)
    expected = array.copy()
    del frame
    devices.close()
    del devices, track, camera
    gc.collect()
    np.testing.assert_array_equal(array, expected)


def test_a_held_frame_does_not_change(track):
    reader = track.frames(queue=2)
    held = reader.next_frame()
    array = np.asarray(held)
    before = array.copy()
    for _ in range(12):
        reader.next_frame()
    np.testing.assert_array_equal(array, before)


def test_requests_of_all_kinds():
    """What each kind of consumer may ask for, through the C interface of ctypes-free Python: memoryview.cast."""
    frame = pushed("rgb", 4, 2, bytes(range(24)))
    view = memoryview(frame)
    assert (view.shape, view.strides, view.nbytes, view.itemsize) == ((2, 4, 3), (12, 3, 1), 24, 1)
    assert view.c_contiguous and view.readonly and view.contiguous
    assert view.cast("B").tolist() == list(range(24))
    # bytes() and hashing ask for contiguous memory only, io for no shape at all.
    assert bytes(frame) == bytes(range(24))
    import io

    stream = io.BytesIO()
    assert stream.write(frame) == 24
    with pytest.raises(TypeError):
        # readinto() wants to write.
        io.BytesIO(b"x" * 24).readinto(frame)
    padded = pushed("grey", 3, 2, bytes(8), stride=4)
    assert memoryview(padded).strides == (4, 1)
    assert not memoryview(padded).contiguous
    with pytest.raises(BufferError, match="contiguous"):
        stream.write(padded)


def test_many_threads_look_and_let_go(capture):
    frame = capture.grab_frame()

    def look():
        for _ in range(300):
            with memoryview(frame) as view:
                assert view.nbytes

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    frame.close()


def test_frames_are_given_back(track):
    """Far more frames than there are slots: nothing leaks, nothing blocks."""
    reader = track.frames()
    for _ in range(40):
        with reader.next_frame() as frame:
            assert np.asarray(frame).any()


def test_holding_everything(track, capture):
    reader = track.frames(queue=4)
    held = []
    with pytest.raises(imagecapture.BuffersExhaustedError):
        for _ in range(100):
            held.append(reader.next_frame(timeout=5))
    with pytest.raises(imagecapture.BuffersExhaustedError) as caught:
        capture.grab_frame()
    assert caught.value.kind == "BuffersExhausted"
    assert isinstance(caught.value, BufferError)
    # One that is given back is enough to go on, once the reader wants no more.
    reader.close()
    held.pop(0).close()
    assert capture.grab_frame().width


@pytest.mark.parametrize("format", ["yuyv", "mjpeg", "grey16"])
def test_conversions_that_do_not_exist(capture, format):
    with pytest.raises(imagecapture.NotSupportedError):
        capture.grab_frame().convert(format)


def test_wrong_format_names(capture):
    with pytest.raises(imagecapture.InvalidInputError, match="'?\"?cmyk"):
        capture.grab_frame().convert("cmyk")


def test_a_tensor_shares_the_memory(capture):
    frame = capture.grab_frame()
    tensor = np.from_dlpack(frame)
    assert tensor.shape == (frame.height, frame.width, 4)
    assert address(tensor) == address(np.asarray(frame)), "no copy"
    assert not tensor.flags.writeable
    assert frame.__dlpack_device__() == (1, 0)
    with pytest.raises(BufferError):
        frame.close()
    copy = np.from_dlpack(frame, copy=True)
    assert copy.flags.writeable and address(copy) != address(tensor)
    np.testing.assert_array_equal(copy, tensor)
    del tensor
    gc.collect()
    frame.close()
    assert copy.any(), "it has memory of its own"
    with pytest.raises(BufferError, match="closed"):
        np.from_dlpack(frame)


def test_a_consumer_that_cannot_take_read_only_gets_a_copy_or_an_error(capture):
    frame = capture.grab_frame()
    assert "dltensor_versioned" in repr(frame.__dlpack__(max_version=(1, 0)))
    old = frame.__dlpack__()
    assert '"dltensor"' in repr(old)
    frame.close()
    frame = capture.grab_frame()
    with pytest.raises(BufferError, match="read-only"):
        frame.__dlpack__(copy=False)
    for wrong in ({"dl_device": (2, 0)}, {"stream": 1}):
        with pytest.raises(BufferError, match="processor"):
            frame.__dlpack__(max_version=(1, 0), **wrong)
    # What nobody takes goes with its capsule.
    frame.__dlpack__(max_version=(1, 0))
    gc.collect()
    frame.close()


def test_planes_and_padded_rows_are_tensors():
    frame = pushed("nv12", 8, 6, bytes(range(72)))
    with pytest.raises(BufferError, match="planes"):
        np.from_dlpack(frame)
    luminance, colour = (np.from_dlpack(plane) for plane in frame.planes)
    assert luminance.shape == (6, 8) and colour.shape == (3, 4, 2)
    assert address(colour) == address(np.asarray(frame.planes[1]))
    padded = pushed("rgb", 2, 2, bytes(range(20)), stride=10)
    tensor = np.from_dlpack(padded)
    assert tensor.strides == (10, 3, 1) and tensor[1, 1].tolist() == [13, 14, 15]
    assert np.from_dlpack(padded, copy=True).strides == (6, 3, 1)
    wide = pushed("grey16", 3, 2, bytes(range(12)))
    np.testing.assert_array_equal(np.from_dlpack(wide), np.asarray(wide))


def test_frames_say_what_they_are(track):
    frame = track.frames().next_frame()
    assert frame.timestamp_source == "driver"
    assert frame.settings["width"] == frame.width
    assert (frame.color_matrix, frame.full_range) == ("bt601", frame.format == "mjpeg")
    small = frame.convert_within("rgb", 32, 1000)
    assert small.width == 32 and small.height == round(32 * frame.height / frame.width)
    assert (small.sequence, small.timestamp_ns, small.full_range) == (frame.sequence, frame.timestamp_ns, True)
    planar = frame.convert("i420")
    assert [plane.shape[0] for plane in planar.planes] == [frame.height, frame.height // 2, frame.height // 2]
    with pytest.raises(imagecapture.InvalidInputError):
        frame.convert_within("rgb", 0, 10)


def test_looking_at_a_frame_is_quick(capture):
    frame = capture.grab_frame()
    rounds = 20_000
    best = min(timeit.repeat(lambda: np.asarray(frame), number=rounds, repeat=5)) / rounds
    print(f"numpy.asarray(frame): {best * 1e6:.2f} us")
    assert best < 30e-6, "ten times what it is on a quiet machine"


def test_a_function_is_called_with_each_frame(track, camera):
    frames, errors, three, lost = [], [], threading.Event(), threading.Event()

    def hear(frame):
        frames.append((frame.sequence, frame.format))
        if len(frames) >= 3:
            three.set()

    with track.on_frame(hear, queue=4, format="grey") as callback:
        assert three.wait(5)
        assert callback.dropped >= 0
    assert {format for _, format in frames} == {"grey"}
    assert frames == sorted(frames)

    def fail(error):
        errors.append(error)
        lost.set()

    track.on_frame(lambda frame: None, on_error=fail)
    camera.unplug()
    assert lost.wait(5)
    assert isinstance(errors[-1], imagecapture.DeviceLostError)
    with pytest.raises(imagecapture.InvalidStateError):
        track.on_frame(hear)
    with pytest.raises(imagecapture.InvalidInputError):
        track.on_frame(3)
