//! `Frame`, its planes, and the memory that Python looks at without a copy. Beside `dlpack.rs` the only file of this
//! crate with `unsafe`: the buffer protocol is made of raw pointers.

use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use imagecapture::{ErrorKind, PixelFormat};
use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::constraints::settings_to_py;
use crate::dlpack::{self, Asked};
use crate::errors::{OrRaise, invalid, other};

pub(crate) fn format_from_name(py: Python<'_>, name: &str) -> PyResult<PixelFormat> {
    PixelFormat::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = PixelFormat::ALL.iter().map(|format| format.name()).collect();
        invalid(py, format!("format: {name:?} is no pixel format; there are {}", names.join(", ")))
    })
}

/// How a plane looks to Python: lengths of up to three dimensions, and distances in bytes.
pub(crate) struct Geometry {
    /// Bytes of one number: 1 or 2.
    pub(crate) item: usize,
    pub(crate) dimensions: usize,
    pub(crate) shape: [isize; 3],
    pub(crate) strides: [isize; 3],
}

impl Geometry {
    /// `rows` of `columns` pixels of `channels` bytes (1: no third dimension), `stride` bytes from row to row.
    fn rows(rows: usize, columns: usize, channels: usize, stride: usize) -> Geometry {
        // Sizes come from slices in memory, which are never longer than isize::MAX.
        let signed = |n: usize| n as isize;
        Geometry {
            item: 1,
            dimensions: if channels == 1 { 2 } else { 3 },
            shape: [signed(rows), signed(columns), signed(channels)],
            strides: [signed(stride), signed(channels), 1],
        }
    }

    fn line(length: usize) -> Geometry {
        Geometry { item: 1, dimensions: 1, shape: [length as isize, 1, 1], strides: [1, 1, 1] }
    }

    /// `rows` of `columns` numbers of two bytes each.
    fn wide(rows: usize, columns: usize, stride: usize) -> Geometry {
        Geometry { item: 2, dimensions: 2, shape: [rows as isize, columns as isize, 1], strides: [stride as isize, 2, 1] }
    }

    fn of(frame: &imagecapture::Frame, index: usize) -> Geometry {
        let plane = frame.plane(index);
        if plane.stride == 0 {
            return Geometry::line(plane.data.len());
        }
        let (rows, width) = (frame.plane_height(index), frame.width() as usize);
        let half = width.div_ceil(2);
        let (columns, channels) = match (frame.format(), index) {
            (PixelFormat::Nv12 | PixelFormat::Nv21, 1) => (half, 2),
            (PixelFormat::I420 | PixelFormat::Yv12, 1 | 2) => (half, 1),
            (PixelFormat::Grey16, _) => return Geometry::wide(rows, width, plane.stride),
            (format, _) => (width, format.bytes_per_pixel().unwrap_or(1)),
        };
        Geometry::rows(rows, columns, channels, plane.stride)
    }

    /// Bytes of pixels, without what lies between rows.
    fn len(&self) -> isize {
        self.shape[..self.dimensions].iter().product::<isize>() * self.item as isize
    }

    /// Bytes of pixels in one row.
    fn row(&self) -> usize {
        self.shape[1..self.dimensions].iter().product::<isize>() as usize * self.item
    }

    fn is_contiguous(&self) -> bool {
        self.dimensions == 1 || self.strides[0] == self.row() as isize
    }

    /// Whether all bytes that the shape reaches are in `data`.
    fn fits(&self, data: &[u8]) -> bool {
        let mut last = 0;
        for (length, stride) in self.shape[..self.dimensions].iter().zip(self.strides) {
            if *length < 1 || stride < 1 {
                return false;
            }
            last += (length - 1) * stride;
        }
        last as usize + self.item <= data.len()
    }
}

/// Fills in a `Py_buffer` that shows `data` read-only.
///
/// # Safety
///
/// `view` is null or valid for writes, and `data` stays where it is, unchanged, for as long as `owner` has
/// not been told through `__releasebuffer__` that this view has ended.
unsafe fn fill(view: *mut ffi::Py_buffer, flags: c_int, data: &[u8], geometry: Geometry, owner: Bound<'_, PyAny>) -> PyResult<()> {
    let wants = |flag: c_int| flags & flag == flag;
    let must_be_contiguous = !wants(ffi::PyBUF_STRIDES) || wants(ffi::PyBUF_C_CONTIGUOUS) || wants(ffi::PyBUF_ANY_CONTIGUOUS);
    let reason = if view.is_null() {
        Some("the view is NULL")
    } else if wants(ffi::PyBUF_WRITABLE) {
        Some("the memory is read-only")
    } else if wants(ffi::PyBUF_F_CONTIGUOUS) && geometry.dimensions > 1 {
        Some("the memory is not Fortran-contiguous")
    } else if must_be_contiguous && !geometry.is_contiguous() {
        Some("the rows are padded, so the memory is not contiguous")
    } else if !geometry.fits(data) {
        Some("the picture is larger than its memory")
    } else {
        None
    };
    if let Some(reason) = reason {
        // SAFETY: as promised by the caller.
        return Err(unsafe { refuse(view, reason) });
    }
    let geometry = Box::new(geometry);
    // SAFETY: `view` is valid for writes. The pointers in it stay valid as long as the view: `buf` by the
    // promise of the caller, shape and strides because the box is freed in `release` only, and the format
    // is a static string. The consumer does not write through `buf`: `readonly` is set, as it asked.
    unsafe {
        (*view).buf = data.as_ptr().cast::<c_void>().cast_mut();
        (*view).len = geometry.len();
        (*view).readonly = 1;
        (*view).itemsize = geometry.item as isize;
        let format = if geometry.item == 2 { c"H" } else { c"B" };
        (*view).format = if wants(ffi::PyBUF_FORMAT) { format.as_ptr().cast_mut().cast::<c_char>() } else { ptr::null_mut() };
        // Without ND the consumer sees one line of bytes, and the protocol asks for ndim 1 and no shape.
        (*view).ndim = if wants(ffi::PyBUF_ND) { geometry.dimensions as c_int } else { 1 };
        let geometry = Box::into_raw(geometry);
        (*view).shape = if wants(ffi::PyBUF_ND) { (&raw mut (*geometry).shape).cast() } else { ptr::null_mut() };
        (*view).strides = if wants(ffi::PyBUF_STRIDES) { (&raw mut (*geometry).strides).cast() } else { ptr::null_mut() };
        (*view).suboffsets = ptr::null_mut();
        (*view).internal = geometry.cast::<c_void>();
        (*view).obj = owner.into_ptr();
    }
    Ok(())
}

/// The error of a view that cannot be had.
///
/// # Safety
///
/// `view` is null or valid for writes.
unsafe fn refuse(view: *mut ffi::Py_buffer, reason: impl Into<String>) -> PyErr {
    if !view.is_null() {
        // SAFETY: not null, so valid for writes. The protocol asks for a null `obj` on failure.
        unsafe { (*view).obj = ptr::null_mut() };
    }
    PyBufferError::new_err(reason.into())
}

/// Frees what `fill` allocated.
///
/// # Safety
///
/// `view` was filled by `fill` and is released for the first time.
unsafe fn release(view: *mut ffi::Py_buffer) {
    // SAFETY: `fill` put a box of this type there, and nobody else takes it out.
    drop(unsafe { Box::from_raw((*view).internal.cast::<Geometry>()) });
}

/// The bytes of a plane, nothing between rows.
pub(crate) fn tight(frame: &imagecapture::Frame, index: usize) -> Vec<u8> {
    let (plane, geometry) = (frame.plane(index), Geometry::of(frame, index));
    if geometry.is_contiguous() {
        return plane.data[..geometry.len() as usize].to_vec();
    }
    // The last row need not be padded.
    plane.data.chunks(plane.stride).flat_map(|row| &row[..geometry.row()]).copied().collect()
}

struct State {
    /// `None` after `close()`.
    frame: Option<imagecapture::Frame>,
    /// Buffers that Python holds of this frame or of its planes.
    exports: usize,
}

/// A picture of the stream, read-only. `numpy.asarray(frame)` is a view of its memory, without a copy:
/// height x width x channels for packed formats. Planar formats have `planes`; `convert()` makes others.
///
/// The memory may belong to the camera's driver: hold frames briefly, `close()` them, or copy them.
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct Frame {
    state: Mutex<State>,
    width: u32,
    height: u32,
    format: PixelFormat,
    timestamp: Duration,
    sequence: u64,
}

impl Frame {
    pub(crate) fn new(frame: imagecapture::Frame) -> Frame {
        Frame {
            width: frame.width(),
            height: frame.height(),
            format: frame.format(),
            timestamp: frame.timestamp(),
            sequence: frame.sequence(),
            state: Mutex::new(State { frame: Some(frame), exports: 0 }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The frame of the core, unless it is closed.
    pub(crate) fn core(&self, py: Python<'_>) -> PyResult<imagecapture::Frame> {
        self.state().frame.clone().ok_or_else(|| other(py, ErrorKind::InvalidState, "the frame is closed"))
    }

    /// Why there is no one array of the picture, if so.
    fn is_apart(&self) -> Option<String> {
        let planes = self.state().frame.as_ref().map_or(1, imagecapture::Frame::plane_count);
        let name = self.format.name();
        (planes > 1).then(|| format!("a {name} frame has {planes} planes: use frame.planes or frame.to_rgb()"))
    }

    /// Shows one plane to Python.
    ///
    /// # Safety
    ///
    /// `view` is null or valid for writes; `owner` keeps `self` alive and calls `unexport` when a view ends.
    unsafe fn export(&self, view: *mut ffi::Py_buffer, flags: c_int, index: usize, owner: Bound<'_, PyAny>) -> PyResult<()> {
        let mut state = self.state();
        let Some(frame) = &state.frame else {
            // SAFETY: as promised by the caller.
            return Err(unsafe { refuse(view, "the frame is closed") });
        };
        // SAFETY: the core's frames never change, and its memory neither moves nor goes as long as the
        // frame is there: it stays in `state`, because `close` refuses while `exports` is not 0, and `self`
        // stays because the view holds `owner`.
        unsafe { fill(view, flags, frame.plane(index).data, Geometry::of(frame, index), owner)? };
        state.exports += 1;
        Ok(())
    }

    /// The memory of a plane, which stays as it is until `take_back`.
    pub(crate) fn lend(&self, index: usize) -> PyResult<(Geometry, *const u8)> {
        let mut state = self.state();
        let Some(frame) = &state.frame else { return Err(PyBufferError::new_err("the frame is closed")) };
        let (geometry, data) = (Geometry::of(frame, index), frame.plane(index).data);
        if !geometry.fits(data) {
            return Err(PyBufferError::new_err("the picture is larger than its memory"));
        }
        let address = data.as_ptr();
        state.exports += 1;
        Ok((geometry, address))
    }

    /// A view that `lend` gave has ended.
    pub(crate) fn take_back(&self) {
        self.state().exports -= 1;
    }

    /// # Safety
    ///
    /// `view` was filled by `export` and is released for the first time.
    unsafe fn unexport(&self, view: *mut ffi::Py_buffer) {
        // SAFETY: as promised by the caller.
        unsafe { release(view) };
        self.state().exports -= 1;
    }
}

#[pymethods]
impl Frame {
    /// Width in pixels.
    #[getter]
    fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    #[getter]
    fn height(&self) -> u32 {
        self.height
    }

    /// The pixel format, such as `"rgba"`, `"yuyv"`, `"nv12"` or `"mjpeg"`.
    #[getter]
    fn format(&self) -> &'static str {
        self.format.name()
    }

    /// When the picture was taken, in seconds of the system's monotonic clock (`time.monotonic()` on Linux).
    #[getter]
    fn timestamp(&self) -> f64 {
        self.timestamp.as_secs_f64()
    }

    /// The same in nanoseconds, exactly.
    #[getter]
    fn timestamp_ns(&self) -> u128 {
        self.timestamp.as_nanos()
    }

    /// The camera's count of frames; a gap means that frames were lost.
    #[getter]
    fn sequence(&self) -> u64 {
        self.sequence
    }

    /// How many bits of a sample count: 8, or up to 16 for `"grey16"`.
    #[getter]
    fn bits_per_sample(&self, py: Python<'_>) -> PyResult<u8> {
        Ok(self.core(py)?.bits_per_sample())
    }

    /// Whether the memory belongs to the camera's driver: `dmabuf()` can export it.
    #[getter]
    fn is_lease(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.core(py)?.is_lease())
    }

    /// The driver's memory of a plane as a DMA-BUF, for other devices and programs: a file descriptor, which
    /// is the caller's to close, and where in its memory the plane starts, in bytes. Linux only.
    ///
    /// Keep the frame as long as the picture is needed: when it is closed, the driver writes the next picture
    /// to that memory. Raises `NotSupportedError` for frames that are not in memory of a driver (`is_lease`).
    #[pyo3(signature = (plane = 0))]
    fn dmabuf(&self, py: Python<'_>, plane: usize) -> PyResult<(i32, usize)> {
        let frame = self.core(py)?;
        let exported = py.detach(|| frame.export_dmabuf(plane)).or_raise(py)?;
        #[cfg(unix)]
        let fd = std::os::fd::IntoRawFd::into_raw_fd(exported.fd);
        #[cfg(not(unix))]
        let fd = -1;
        Ok((fd, exported.offset))
    }

    /// Whether `close()` was called.
    #[getter]
    fn closed(&self) -> bool {
        self.state().frame.is_none()
    }

    /// The planes, one for packed formats; each is a buffer.
    #[getter]
    fn planes<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let count = slf.get().core(py)?.plane_count();
        let planes: PyResult<Vec<_>> = (0..count).map(|index| Bound::new(py, Plane { frame: slf.clone().unbind(), index })).collect();
        PyTuple::new(py, planes?)
    }

    /// The picture in another format: itself if it has that format, else a copy (made once for all holders).
    fn convert(slf: Bound<'_, Self>, format: &str) -> PyResult<Py<Frame>> {
        let py = slf.py();
        let format = format_from_name(py, format)?;
        let frame = slf.get().core(py)?;
        if format == frame.format() {
            return Ok(slf.unbind());
        }
        let converted = py.detach(|| frame.convert(format)).or_raise(py)?;
        Py::new(py, Frame::new(converted))
    }

    /// The picture in another format, scaled down to fit into `max_width` x `max_height` pixels with its aspect ratio (a
    /// JPEG is decoded at a part of its size, which is much cheaper than all of it). Never scaled up.
    fn convert_within(&self, py: Python<'_>, format: &str, max_width: u32, max_height: u32) -> PyResult<Frame> {
        let (format, frame) = (format_from_name(py, format)?, self.core(py)?);
        py.detach(|| frame.convert_within(format, max_width, max_height)).map(Frame::new).or_raise(py)
    }

    /// Whose clock `timestamp` was read from: `"driver"`, or `"arrival"` when the library read it as the picture arrived.
    #[getter]
    fn timestamp_source(&self, py: Python<'_>) -> PyResult<&'static str> {
        Ok(self.core(py)?.timestamp_source().name())
    }

    /// What turns red, green and blue into luminance and colour differences: `"bt601"`, `"bt709"`, `"bt2020"` or
    /// `"smpte240m"`. It says nothing of RGB and grey pictures.
    #[getter]
    fn color_matrix(&self, py: Python<'_>) -> PyResult<&'static str> {
        Ok(self.core(py)?.color_space().matrix.name())
    }

    /// Whether luminance, or red, green and blue, use 0 to 255 instead of 16 to 235.
    #[getter]
    fn full_range(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.core(py)?.color_space().full_range)
    }

    /// The settings of the track that were in force when it gave this frame, with the W3C names in snake case.
    #[getter]
    fn settings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        settings_to_py(py, self.core(py)?.settings())
    }

    /// A tensor for other libraries (`numpy.from_dlpack(frame)`), without a copy and read-only; a frame cannot be closed
    /// as long as there is one. A copy, which may be written, for `copy=True` and, unless `copy=False`, for consumers that
    /// know only versions of DLPack below 1.0, which cannot say that memory is read-only.
    #[pyo3(signature = (*, stream=None, max_version=None, dl_device=None, copy=None))]
    fn __dlpack__(
        slf: &Bound<'_, Self>,
        stream: Option<&Bound<'_, PyAny>>,
        max_version: Option<(u32, u32)>,
        dl_device: Option<(i32, i32)>,
        copy: Option<bool>,
    ) -> PyResult<Py<PyAny>> {
        if let Some(reason) = slf.get().is_apart() {
            return Err(PyBufferError::new_err(reason));
        }
        dlpack::capsule(slf, 0, &Asked { max_version, device: dl_device, copy, has_stream: stream.is_some() })
    }

    /// The device of the memory: the processor.
    fn __dlpack_device__(&self) -> (i32, i32) {
        dlpack::device()
    }

    /// `convert("rgb")`: a copy unless the frame is RGB already.
    fn to_rgb(slf: Bound<'_, Self>) -> PyResult<Py<Frame>> {
        Frame::convert(slf, PixelFormat::Rgb.name())
    }

    /// A copy of the bytes: plane after plane, row after row, nothing between rows.
    fn copy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let frame = self.core(py)?;
        let bytes = py.detach(|| {
            let planes: Vec<_> = (0..frame.plane_count()).map(|index| tight(&frame, index)).collect();
            planes.concat()
        });
        Ok(PyBytes::new(py, &bytes))
    }

    /// Gives the memory back before the garbage collector does. Raises `BufferError` while views of it
    /// exist; may be called again.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let frame = {
            let mut state = self.state();
            if state.exports > 0 {
                let message = format!("the frame cannot be closed: {} view(s) of its memory exist", state.exports);
                return Err(PyBufferError::new_err(message));
            }
            state.frame.take()
        };
        py.detach(|| drop(frame));
        Ok(())
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(py)
    }

    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        let frame = slf.get();
        if let Some(reason) = frame.is_apart() {
            // SAFETY: the interpreter gives a valid view.
            return Err(unsafe { refuse(view, reason) });
        }
        // SAFETY: the interpreter gives a valid view; the owner is the frame itself.
        unsafe { frame.export(view, flags, 0, slf.clone().into_any()) }
    }

    unsafe fn __releasebuffer__(&self, view: *mut ffi::Py_buffer) {
        // SAFETY: the interpreter releases each view that `__getbuffer__` filled once.
        unsafe { self.unexport(view) };
    }

    fn __repr__(&self) -> String {
        let closed = if self.closed() { " closed" } else { "" };
        format!("<Frame {}x{} {} sequence={}{closed}>", self.width, self.height, self.format.name(), self.sequence)
    }
}

/// One plane of a frame: a read-only buffer of height x width (x 2 where two kinds of sample take turns).
#[pyclass(frozen, module = "imagecapture")]
pub(crate) struct Plane {
    frame: Py<Frame>,
    index: usize,
}

#[pymethods]
impl Plane {
    /// Bytes from the start of one row to the start of the next; 0 for compressed data.
    #[getter]
    fn stride(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.frame.get().core(py)?.plane(self.index).stride)
    }

    /// The lengths of its dimensions, as NumPy has them.
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let geometry = Geometry::of(&self.frame.get().core(py)?, self.index);
        PyTuple::new(py, &geometry.shape[..geometry.dimensions])
    }

    /// As that of the frame.
    #[pyo3(signature = (*, stream=None, max_version=None, dl_device=None, copy=None))]
    fn __dlpack__(
        &self,
        py: Python<'_>,
        stream: Option<&Bound<'_, PyAny>>,
        max_version: Option<(u32, u32)>,
        dl_device: Option<(i32, i32)>,
        copy: Option<bool>,
    ) -> PyResult<Py<PyAny>> {
        let asked = Asked { max_version, device: dl_device, copy, has_stream: stream.is_some() };
        dlpack::capsule(self.frame.bind(py), self.index, &asked)
    }

    /// The device of the memory: the processor.
    fn __dlpack_device__(&self) -> (i32, i32) {
        dlpack::device()
    }

    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        let plane = slf.get();
        // SAFETY: the interpreter gives a valid view; the plane holds the frame.
        unsafe { plane.frame.get().export(view, flags, plane.index, slf.clone().into_any()) }
    }

    unsafe fn __releasebuffer__(&self, view: *mut ffi::Py_buffer) {
        // SAFETY: the interpreter releases each view that `__getbuffer__` filled once.
        unsafe { self.frame.get().unexport(view) };
    }
}

/// Bytes that never change, as a buffer: what `Photo` is made of.
#[pyclass(frozen, subclass, module = "imagecapture._native", name = "_Memory")]
pub(crate) struct Memory {
    pub(crate) bytes: Py<PyBytes>,
}

#[pymethods]
impl Memory {
    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        // SAFETY: the interpreter gives a valid view. `bytes` fills it in and becomes its owner, which the
        // protocol allows, so releasing it is none of our business.
        let status = unsafe { ffi::PyObject_GetBuffer(slf.get().bytes.as_ptr(), view, flags) };
        if status == 0 { Ok(()) } else { Err(PyErr::fetch(slf.py())) }
    }
}
