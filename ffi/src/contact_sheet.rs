//! `ic_contact_sheet`: many small pictures with their labels in one.

use std::ffi::c_char;
use std::time::Duration;

use imagecapture::{ContactSheet, ContactSheetOptions, Sweep};

use crate::error::{Failure, ic_error};
use crate::frame::ic_frame;
use crate::handle::{self, Handle, Out, Owned, get, get_mut};
use crate::photo::{self, ic_photo};
use crate::sized::{self, Stamped};
use crate::status::ic_status;
use crate::string::{NUL_TERMINATED, text, texts};
use crate::track::ic_track;

/// Small pictures with labels on one sheet, to choose settings by looking.
///
/// Owned: end it with ic_contact_sheet_free().
#[derive(Debug)]
pub struct ic_contact_sheet {
    _private: [u8; 0],
}

impl Handle for ic_contact_sheet {
    type Ownership = Owned;
    type Inner = ContactSheet;
    const TAG: [u8; 8] = *b"ic:sheet";
}

/// How a contact sheet looks, and how its pictures are taken. Begin with `IC_CONTACT_SHEET_OPTIONS_INIT`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ic_contact_sheet_options {
    /// The size of this struct, set by `IC_CONTACT_SHEET_OPTIONS_INIT`.
    pub struct_size: usize,
    /// The large line at the top, in UTF-8 with a NUL at its end; NULL or empty for the name of the camera that is swept.
    pub title: *const c_char,
    /// Pictures in a row; 0 for as many as look well. A sweep of several properties has its own rows.
    pub columns: u32,
    /// The width of a picture in pixels, 64 to 1920; 0 is the default, 320.
    pub width: u32,
    /// How many milliseconds a sweep waits at most, after a value was set, until the picture does not change any more;
    /// 0 is the default, 1500.
    pub settle_ms: u32,
    /// Not used.
    pub reserved: u32,
}

// SAFETY: repr(C), the stamp first, numbers and a raw pointer only.
unsafe impl Stamped for ic_contact_sheet_options {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// What C wants of a sheet.
///
/// # Safety
/// `given` is NULL or was stamped with its size, and its title is NULL or ends with a NUL.
unsafe fn options(given: *const ic_contact_sheet_options) -> Result<ContactSheetOptions, Failure> {
    let mut options = ContactSheetOptions::default();
    // SAFETY: the contract is the same.
    let Some(given) = (unsafe { sized::read(given, "options")? }) else { return Ok(options) };
    if !given.title.is_null() {
        // SAFETY: not NULL, so it ends with a NUL.
        options.title = unsafe { text(given.title, NUL_TERMINATED, "options->title")? }.to_owned();
    }
    options.columns = given.columns;
    if given.width != 0 {
        options.width = given.width;
    }
    if given.settle_ms != 0 {
        options.settle = Duration::from_millis(given.settle_ms.into());
    }
    Ok(options)
}

/// Makes a sheet without pictures.
///
/// `options` may be NULL. `sheet` receives the sheet.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT for an impossible width; #IC_STATUS_INVALID_UTF8; #IC_STATUS_STRUCT_SIZE;
/// #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the sheet is the caller's; end it with ic_contact_sheet_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_contact_sheet_new(
    options: *const ic_contact_sheet_options,
    sheet: *mut *mut ic_contact_sheet,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the struct stamped with its size.
        let (options, out) = unsafe { (self::options(options)?, Out::new(sheet, "sheet")?) };
        out.set(handle::new_owned(ContactSheet::new(options)?));
        Ok(())
    })
}

/// Takes a picture for each value of a sweep, each labelled with the settings that were really in force, and puts the track
/// back to how it was; values that the camera chooses by itself go on from where they were.
///
/// `sweeps` points to `count` texts in UTF-8, each with a NUL at its end: `"zoom=100:400:100"` (start, stop and step),
/// `"white_balance_mode=manual,continuous"`, or a name alone for values over the whole range. Two sweeps give every
/// combination, more a row each; at most 256 pictures. `options` may be NULL. `sheet` receives the sheet. It takes as long as the
/// pictures take.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT for values that the camera does not take, before anything is set, no or too many of
/// them, or a handle of another type; #IC_STATUS_NOT_SUPPORTED for properties that it does not have; #IC_STATUS_NOT_ALLOWED for those
/// without a permission; #IC_STATUS_INVALID_STATE if the track has ended or is disabled; the errors of
/// ic_track_apply_constraints() and ic_image_capture_grab_frame(); #IC_STATUS_INVALID_UTF8; #IC_STATUS_STRUCT_SIZE; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the sheet is the caller's; end it with ic_contact_sheet_free().
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_contact_sheet_sweep(
    track: *mut ic_track,
    sweeps: *const *const c_char,
    count: usize,
    options: *const ic_contact_sheet_options,
    sheet: *mut *mut ic_contact_sheet,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, the struct stamped with its size.
        let (track, sweeps, options, out) = unsafe {
            (get(track.cast_const(), "track")?, texts(sweeps, count, "sweeps")?, self::options(options)?, Out::new(sheet, "sheet")?)
        };
        let sweeps = sweeps.into_iter().map(str::parse::<Sweep>).collect::<Result<Vec<_>, _>>()?;
        out.set(handle::new_owned(ContactSheet::sweep(&track.track, &sweeps, &options)?));
        Ok(())
    })
}

/// Adds a picture to a sheet. The first line of its label is the strong one.
///
/// `label` is UTF-8 of `len` bytes, or #IC_NUL_TERMINATED.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_ARGUMENT if the sheet is full (256 pictures) or for a handle of another type; #IC_STATUS_UNKNOWN if
/// the compressed data are broken; #IC_STATUS_INVALID_UTF8; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the frame and the label are not needed any more afterwards.
/// Thread safety: not together with other functions of the same sheet.
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_contact_sheet_add(
    sheet: *mut ic_contact_sheet,
    frame: *const ic_frame,
    label: *const c_char,
    len: usize,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type, and nobody else uses the sheet meanwhile.
        let (sheet, frame, label) = unsafe { (get_mut(sheet, "sheet")?, get(frame, "frame")?, text(label, len, "label")?) };
        Ok(sheet.add(frame, label)?)
    })
}

/// How many pictures a sheet has.
///
/// Returns: the number; 0 if `sheet` is NULL.
/// Thread safety: not together with ic_contact_sheet_add().
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_contact_sheet_count(sheet: *const ic_contact_sheet) -> usize {
    guard_or!(0, {
        // SAFETY: the C contract: NULL or a live handle.
        Ok(unsafe { get(sheet, "sheet")? }.len())
    })
}

/// The sheet as a PNG file.
///
/// `photo` receives it.
///
/// Returns: #IC_STATUS_OK; #IC_STATUS_INVALID_STATE for a sheet without pictures; #IC_STATUS_INVALID_ARGUMENT if it would be too large or for a
/// handle of another type; #IC_STATUS_NULL_ARGUMENT.
/// Ownership: the photo is the caller's; end it with ic_photo_free().
/// Thread safety: not together with ic_contact_sheet_add().
/// Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_contact_sheet_png(
    sheet: *const ic_contact_sheet,
    photo: *mut *mut ic_photo,
    error: *mut *mut ic_error,
) -> ic_status {
    guard!(error, {
        // SAFETY: the C contract: each pointer is NULL or valid for its type.
        let (sheet, out) = unsafe { (get(sheet, "sheet")?, Out::new(photo, "photo")?) };
        out.set(photo::new(sheet.to_png()?));
        Ok(())
    })
}

/// Ends a contact sheet. NULL is fine.
///
/// Ownership: `sheet` is gone afterwards; files that it gave out are not.
/// Thread safety: no other thread may use the sheet any more.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ic_contact_sheet_free(sheet: *mut ic_contact_sheet) {
    guard_or!((), {
        // SAFETY: the C contract: NULL or a live handle, given away here.
        unsafe { handle::free(sheet) }
    })
}
