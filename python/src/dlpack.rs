//! DLPack: frames as tensors of other libraries, without a copy. Beside `frame.rs` the only file of this crate with
//! `unsafe`: the protocol is made of raw pointers that another library gives back.

use std::ffi::{CStr, c_void};
use std::ptr;

use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::prelude::*;

use crate::frame::{Frame, Geometry, tight};

/// Memory of the processor.
const CPU: (i32, i32) = (1, 0);
const UNSIGNED: u8 = 1;
const READ_ONLY: u64 = 1;
const IS_COPIED: u64 = 2;
/// The version of the structures below.
const VERSION: (u32, u32) = (1, 0);

const VERSIONED: &CStr = c"dltensor_versioned";
const UNVERSIONED: &CStr = c"dltensor";

#[repr(C)]
struct Tensor {
    data: *mut c_void,
    device: [i32; 2],
    dimensions: i32,
    code: u8,
    bits: u8,
    lanes: u16,
    shape: *mut i64,
    strides: *mut i64,
    byte_offset: u64,
}

/// `DLManagedTensorVersioned`.
#[repr(C)]
struct Versioned {
    version: [u32; 2],
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Versioned)>,
    flags: u64,
    tensor: Tensor,
}

/// `DLManagedTensor`, which cannot say that it is read-only.
#[repr(C)]
struct Unversioned {
    tensor: Tensor,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Unversioned)>,
}

/// Whose memory a tensor shows.
enum Memory {
    /// The frame's, which counts it as a view.
    Lent(Option<Py<Frame>>),
    /// Its own, which nobody asks for again.
    Copied { _bytes: Vec<u8> },
}

/// What lives as long as a tensor.
struct Holder {
    memory: Memory,
    shape: [i64; 3],
    strides: [i64; 3],
}

impl Drop for Holder {
    fn drop(&mut self) {
        if let Memory::Lent(frame) = &mut self.memory {
            let mut frame = frame.take();
            // On any thread, with or without the interpreter. While it shuts down there is nothing left to give back.
            let attached = Python::try_attach(|_| {
                if let Some(frame) = frame.take() {
                    frame.get().take_back();
                }
            });
            if attached.is_none() {
                std::mem::forget(frame);
            }
        }
    }
}

/// What `__dlpack__` was asked for.
pub(crate) struct Asked {
    pub(crate) max_version: Option<(u32, u32)>,
    pub(crate) device: Option<(i32, i32)>,
    pub(crate) copy: Option<bool>,
    pub(crate) has_stream: bool,
}

/// The device of every frame.
pub(crate) fn device() -> (i32, i32) {
    CPU
}

/// A capsule with one plane of a frame.
pub(crate) fn capsule(frame: &Bound<'_, Frame>, index: usize, asked: &Asked) -> PyResult<Py<PyAny>> {
    let py = frame.py();
    if asked.has_stream || asked.device.is_some_and(|device| device != CPU) {
        return Err(PyBufferError::new_err("frames lie in memory of the processor: no other device and no stream is possible"));
    }
    let is_versioned = asked.max_version.is_some_and(|(major, _)| major >= VERSION.0);
    let (geometry, address) = frame.get().lend(index)?;
    // From here on the view ends with the holder.
    let lent = Memory::Lent(Some(frame.clone().unbind()));
    let holder = Holder { memory: lent, shape: geometry.shape.map(|n| n as i64), strides: elements(&geometry) };
    let why = if !is_versioned {
        Some("the consumer knows only a version of DLPack that cannot say that memory is read-only")
    } else if geometry.item > 1 && geometry.strides[0] % geometry.item as isize != 0 {
        Some("a row is no whole number of elements")
    } else {
        None
    };
    let (holder, address) = match (asked.copy, why) {
        (Some(true), _) | (None, Some(_)) => {
            let core = frame.get().core(py)?;
            let bytes = py.detach(|| tight(&core, index));
            let mut strides = [1; 3];
            for dimension in (0..2).rev() {
                strides[dimension] = strides[dimension + 1] * holder.shape[dimension + 1];
            }
            // Its bytes stay where they are when the vector is moved.
            let address = bytes.as_ptr();
            (Holder { memory: Memory::Copied { _bytes: bytes }, shape: holder.shape, strides }, address)
        }
        (Some(false), Some(why)) => return Err(PyBufferError::new_err(format!("not without a copy: {why}"))),
        (_, None) => (holder, address),
    };
    let is_copied = matches!(holder.memory, Memory::Copied { _bytes: _ });
    let holder = Box::into_raw(Box::new(holder));
    // SAFETY: the holder was boxed above and goes in a deleter only, so what is in it stays where it is.
    let (shape, strides) = unsafe { ((&raw mut (*holder).shape).cast(), (&raw mut (*holder).strides).cast()) };
    let tensor = Tensor {
        data: address.cast_mut().cast(),
        device: [CPU.0, CPU.1],
        dimensions: geometry.dimensions as i32,
        code: UNSIGNED,
        bits: (geometry.item * 8) as u8,
        lanes: 1,
        shape,
        strides,
        byte_offset: 0,
    };
    let context = holder.cast::<c_void>();
    if is_versioned {
        let flags = if is_copied { IS_COPIED } else { READ_ONLY };
        let managed = Versioned { version: [VERSION.0, VERSION.1], context, deleter: Some(delete_versioned), flags, tensor };
        // SAFETY: the name and the destructor are those of this type.
        unsafe { new_capsule(py, Box::into_raw(Box::new(managed)).cast(), VERSIONED, end_versioned) }
    } else {
        let managed = Unversioned { tensor, context, deleter: Some(delete_unversioned) };
        // SAFETY: the name and the destructor are those of this type.
        unsafe { new_capsule(py, Box::into_raw(Box::new(managed)).cast(), UNVERSIONED, end_unversioned) }
    }
}

/// The distances in elements, as DLPack has them.
fn elements(geometry: &Geometry) -> [i64; 3] {
    geometry.strides.map(|bytes| (bytes / geometry.item as isize).max(1) as i64)
}

/// # Safety
///
/// `managed` is a boxed structure of the kind that `name` stands for and `end` frees.
unsafe fn new_capsule(
    py: Python<'_>,
    managed: *mut c_void,
    name: &'static CStr,
    end: unsafe extern "C" fn(*mut ffi::PyObject),
) -> PyResult<Py<PyAny>> {
    // SAFETY: the pointer is not null, the name is static, and the interpreter is attached.
    unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyCapsule_New(managed, name.as_ptr(), Some(end))) }.map(Bound::unbind)
}

/// What a consumer calls when it is done with a tensor.
unsafe extern "C" fn delete_versioned(managed: *mut Versioned) {
    if !managed.is_null() {
        // SAFETY: `capsule` boxed both, and a consumer deletes once.
        unsafe { drop(Box::from_raw(Box::from_raw(managed).context.cast::<Holder>())) };
    }
}

/// As `delete_versioned`.
unsafe extern "C" fn delete_unversioned(managed: *mut Unversioned) {
    if !managed.is_null() {
        // SAFETY: `capsule` boxed both, and a consumer deletes once.
        unsafe { drop(Box::from_raw(Box::from_raw(managed).context.cast::<Holder>())) };
    }
}

/// The end of a capsule: its tensor goes if no consumer has taken it, which renames the capsule.
unsafe extern "C" fn end_versioned(capsule: *mut ffi::PyObject) {
    // SAFETY: the interpreter ends its own capsule; under this name it has our structure.
    unsafe { delete_versioned(content(capsule, VERSIONED).cast()) };
}

/// As `end_versioned`.
unsafe extern "C" fn end_unversioned(capsule: *mut ffi::PyObject) {
    // SAFETY: the interpreter ends its own capsule; under this name it has our structure.
    unsafe { delete_unversioned(content(capsule, UNVERSIONED).cast()) };
}

/// What a capsule holds, or null if it has another name.
///
/// # Safety
///
/// `capsule` is a capsule, and the interpreter is attached.
unsafe fn content(capsule: *mut ffi::PyObject, name: &CStr) -> *mut c_void {
    // SAFETY: as promised by the caller; a wrong name is asked for first, so no exception is set.
    unsafe {
        if ffi::PyCapsule_IsValid(capsule, name.as_ptr()) == 0 {
            return ptr::null_mut();
        }
        ffi::PyCapsule_GetPointer(capsule, name.as_ptr())
    }
}
