//! Where unsafe code may be.

use std::fs;

/// Files that may contain unsafe code; a path that ends in `/` stands for all files below it.
const ALLOWED: &[&str] = &[
    // Nothing of the library: a peer of the bench behind a C interface.
    "bindings-tests/bench/peers/src/",
    "core/src/backend/nokhwa/windows.rs",
    "core/src/backend/v4l2/sys/",
    "core/src/backend/v4l2/capture.rs",
    "core/src/frame/pool.rs",
    "core/tests/counts/allocator.rs",
    "ffi/src/",
    "ffi/artifact/src/",
    "python/src/dlpack.rs",
    "python/src/frame.rs",
];

pub(crate) fn check() -> Result<(), String> {
    let mut problems = Vec::new();
    for file in super::files("*.rs")? {
        let text = fs::read_to_string(&file).map_err(|e| format!("{file}: {e}"))?;
        let allowed = ALLOWED.iter().any(|path| file == *path || (path.ends_with('/') && file.starts_with(path)));
        for (index, line) in text.lines().enumerate() {
            if is_unsafe(line) && !allowed {
                problems.push(format!("{file}:{}: unsafe code may not be here: {}", index + 1, line.trim()));
            }
        }
    }
    // That each block has its proof is a lint (clippy::undocumented_unsafe_blocks), denied in the workspace.
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// Whether the line opens unsafe code.
fn is_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let opens = |rest: &str| ["{", "fn ", "impl ", "trait ", "extern "].iter().any(|word| rest.trim_start().starts_with(word));
    code.match_indices("unsafe ").any(|(at, word)| opens(&code[at + word.len()..]) && !in_string(&code[..at]))
}

/// Whether a line is inside of a string behind this part of it.
fn in_string(before: &str) -> bool {
    before.replace("\\\"", "").matches('"').count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_code_is_seen_and_talk_of_it_is_not() {
        for line in ["let x = unsafe { f() };", "unsafe impl Send for T {}", "pub unsafe fn f() {", "unsafe extern \"C\" {"] {
            assert!(is_unsafe(line), "{line}");
        }
        for line in ["// unsafe { f() }", "\"unsafe code is here\"", "#![deny(unsafe_code)]", "unsafe_map::check()"] {
            assert!(!is_unsafe(line), "{line}");
        }
    }
}
