//! The version of the library at run time; `version.h` has the one a program was compiled with.

use std::ffi::{CStr, c_char};

const fn number(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let (mut value, mut index) = (0, 0);
    while index < bytes.len() {
        value = value * 10 + (bytes[index] - b'0') as u32;
        index += 1;
    }
    value
}

const VERSION: u32 = number(env!("CARGO_PKG_VERSION_MAJOR")) * 1_000_000
    + number(env!("CARGO_PKG_VERSION_MINOR")) * 1_000
    + number(env!("CARGO_PKG_VERSION_PATCH"));

const VERSION_STRING: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(text) => text,
    Err(_) => panic!("a version has no NUL"),
};

/// The version of the library that the program runs with, as major × 1000000 + minor × 1000 + patch.
///
/// `IC_VERSION` is the version of the header that it was compiled with.
///
/// Returns: the number; it cannot fail.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ic_version() -> u32 {
    VERSION
}

/// The version of the library that the program runs with, as text: `"0.1.0"`.
///
/// Returns: a text that lives as long as the program.
/// Thread safety: may be called from any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ic_version_string() -> *const c_char {
    VERSION_STRING.as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_say_the_same() {
        let text = VERSION_STRING.to_str().unwrap();
        assert_eq!(text, imagecapture::VERSION);
        let numbers: Vec<u32> = text.split('.').map(|part| part.parse().unwrap()).collect();
        assert_eq!(VERSION, numbers[0] * 1_000_000 + numbers[1] * 1_000 + numbers[2]);
    }
}
