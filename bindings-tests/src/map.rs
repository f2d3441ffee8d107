//! ARCHITECTURE.md names files; they have to be there.

use std::fs;
use std::path::Path;

pub(crate) fn check() -> Result<(), String> {
    let text = fs::read_to_string("ARCHITECTURE.md").map_err(|e| format!("ARCHITECTURE.md: {e}"))?;
    // Names in backquotes that hold a slash are paths of the repository.
    let paths: Vec<&str> = text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.contains('/') && !name.contains([' ', '<', '*', ':']) && !name.starts_with('/'))
        .collect();
    let missing: Vec<&str> = paths.iter().copied().filter(|path| !Path::new(path).exists()).collect();
    println!("{} paths looked at", paths.len());
    if paths.is_empty() {
        return Err("it names no paths; then the check is broken".into());
    }
    if missing.is_empty() { Ok(()) } else { Err(format!("not there: {}", missing.join(", "))) }
}
