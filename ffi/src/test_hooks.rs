//! Functions for the tests of this library only; released libraries do not have them.

use crate::error::ic_error;
use crate::status::ic_status;

/// Panics inside the library.
///
/// Returns: #IC_STATUS_PANIC, always.
/// Thread safety: may be called from any thread.
/// Since 0.1.0, in builds with the feature `test-hooks`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn ic_test_panic(error: *mut *mut ic_error) -> ic_status {
    guard!(error, { panic!("asked for by ic_test_panic") })
}
