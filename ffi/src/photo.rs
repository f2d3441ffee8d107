//! `ic_photo`: a photo as the bytes of an image file.

use std::ffi::{CString, c_char};
use std::ptr;

use imagecapture::Photo;

use crate::error::{Failure, ic_error};
use crate::frame::nanoseconds;
use crate::handle::{self, Handle, Out, Owned, get};
use crate::settings::{self, ic_settings};
use crate::status::ic_status;
use crate::string::c_string;

/// A photo: the bytes of an image file and what they are. It stands for the W3C `Blob`.
///
/// Owned: end it with ic_photo_free(). It never changes.
#[derive(Debug)]
pub struct ic_photo {
    _private: [u8; 0],
}

#[derive(Debug)]
pub(crate) struct PhotoInner {
    photo: Photo,
    mime_type: CString,
    report: CString,
}

impl Handle for ic_photo {
    type Ownership = Owned;
    type Inner = PhotoInner;
    const TAG: [u8; 8] = *b"ic:photo";
}

pub(crate) fn new(photo: Photo) -> *mut ic_photo {
    let (mime_type, report) = (c_string(photo.mime_type()), c_string(&photo.report().to_json()));
    handle::new_owned(PhotoInner { photo, mime_type, report })
}

/// The photos of a burst or a bracket, in the order in which they were taken.
///
/// Owned: end it with ic_photo_list_free(). It never changes.
#[derive(Debug)]
pub struct ic_photo_list {
    _private: [u8; 0],
}

#[derive(Debug)]
pub(crate) struct PhotoListInner(Vec<Photo>);

impl Handle for ic_photo_list {
    type Ownership = Owned;
    type Inner = PhotoListInner;
    const TAG: [u8; 8] = *b"ic:phots";
}

pub(crate) fn new_list(photos: Vec<Photo>) -> *mut ic_photo_list {
    handle::new_owned(PhotoListInner(photos))
}

/// How many photos a list has.
///
/// Returns: the number; 0 if `photos` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_photo_list_count(photos: *const ic_photo_list) -> usize {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(photos, "photos")? }.0.len())
    })
}

/// A photo of a list. It shares its bytes with the list and outlives it.
///
/// `index` counts from 0; `photo` receives the photo.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NOT_PRESENT if there are not so many; #IC_STATUS_NULL_ARGUMENT;
/// #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: the photo is the caller's; end it with ic_photo_free().
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_photo_list_photo(
    photos: *const ic_photo_list,
    index: usize,
    photo: *mut *mut ic_photo,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(photos, "photos")?, Out::new(photo, "photo")?) };
        let Some(photo) = inner.0.get(index) else { return Err(Failure::not_present(format!("there are {} photos", inner.0.len()))) };
        out.set(new(photo.clone()));
        Ok(())
    })
}

/// Ends a list of photos. NULL is fine.
///
/// Ownership: `photos` is gone afterwards; photos that it gave out are not.
/// Thread safety: no other thread may use the list any more.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_photo_list_free(photos: *mut ic_photo_list) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, given away here.
        unsafe { handle::free(photos) }
    })
}

/// The MIME type of a photo: `"image/jpeg"`.
///
/// Returns: a text that lives until the photo is freed; NULL if `photo` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_photo_mime_type(photo: *const ic_photo) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(photo, "photo")? }.mime_type.as_ptr())
    })
}

/// The bytes of a photo, a whole image file.
///
/// Returns: ic_photo_len() bytes that live until the photo is freed; NULL if `photo` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_photo_data(photo: *const ic_photo) -> *const u8 {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(photo, "photo")? }.photo.bytes().as_ptr())
    })
}

/// How many bytes a photo has.
///
/// Returns: the number; 0 if `photo` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_photo_len(photo: *const ic_photo) -> usize {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(photo, "photo")? }.photo.bytes().len())
    })
}

/// The width of a photo in pixels.
///
/// Returns: the width; 0 if `photo` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_photo_width(photo: *const ic_photo) -> u32 {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(photo, "photo")? }.photo.width())
    })
}

/// The height of a photo in pixels.
///
/// Returns: the height; 0 if `photo` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_photo_height(photo: *const ic_photo) -> u32 {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(photo, "photo")? }.photo.height())
    })
}

/// When a photo was taken, in nanoseconds of the system's monotonic clock.
///
/// Returns: the time; 0 if `photo` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_photo_timestamp_ns(photo: *const ic_photo) -> u64 {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(nanoseconds(unsafe { get(photo, "photo")? }.photo.timestamp()))
    })
}

/// The number of the camera's frame that a photo is, counted by its driver; 0 of a still that the camera took by itself.
///
/// Returns: the number; 0 if `photo` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_photo_sequence(photo: *const ic_photo) -> u64 {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(photo, "photo")? }.photo.sequence())
    })
}

/// What was done for a photo, and how long it took, as JSON. Times are in seconds.
///
/// Its members: `mode` (`width`, `height` and `pixelFormat` in which the camera delivered the picture, or null),
/// `reconfigured` (it was switched to another mode and back), `settled` (whether exposure, white balance and focus came to
/// rest within the time for that; null when nothing had changed), `settleFrames` (how many frames were looked at to tell),
/// `changes` (what was done to the camera's bytes: `"encoded"`, `"huffman-tables"`, `"padding"`, `"metadata"`,
/// `"location"`), and the times `waiting`, `switching`, `settling`, `exposing`, `encoding`, `restoring` and `total`. Of a
/// burst or a bracket the last two are those of all its photos.
///
/// Returns: a text that lives until the photo is freed; NULL if `photo` is NULL.
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_photo_report_json(photo: *const ic_photo) -> *const c_char {
    guard_or!(ptr::null(), {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(photo, "photo")? }.report.as_ptr())
    })
}

/// The settings of the track that were in force when a photo was taken.
///
/// `settings` receives a snapshot.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_NULL_ARGUMENT; #IC_STATUS_INVALID_ARGUMENT for a handle of another type.
/// Ownership: the settings are the caller's; end them with ic_settings_free().
/// Thread safety: may be called from several threads.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_photo_track_settings(
    photo: *const ic_photo,
    settings: *mut *mut ic_settings,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (inner, out) = unsafe { (get(photo, "photo")?, Out::new(settings, "settings")?) };
        out.set(settings::new(inner.photo.settings().clone()));
        Ok(())
    })
}

/// Ends a photo. NULL is fine.
///
/// Ownership: `photo` and the bytes and texts it gave out are gone afterwards.
/// Thread safety: no other thread may use the photo any more.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_photo_free(photo: *mut ic_photo) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, given away here.
        unsafe { handle::free(photo) }
    })
}
