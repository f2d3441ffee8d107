//! ARCHITECTURE.md and SPEC.md name files and tests; they have to be there.

use std::fs;
use std::path::Path;

pub(crate) fn check() -> Result<(), String> {
    let mut missing = paths_of_architecture()?;
    missing.extend(tests_of_spec()?);
    if missing.is_empty() { Ok(()) } else { Err(format!("not there: {}", missing.join(", "))) }
}

fn read(path: &str) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))
}

/// What stands in backquotes, with what comes before it since the last of them.
fn quoted(text: &str) -> Vec<(&str, &str)> {
    let parts: Vec<&str> = text.split('`').collect();
    parts.as_chunks::<2>().0.iter().map(|[before, name]| (*before, *name)).collect()
}

fn paths_of_architecture() -> Result<Vec<String>, String> {
    let text = read("ARCHITECTURE.md")?;
    // Names that hold a slash are paths of the repository.
    let is_path = |name: &&str| name.contains('/') && !name.contains([' ', '<', '*', ':']) && !name.starts_with('/');
    let paths: Vec<&str> = quoted(&text).into_iter().map(|(_, name)| name).filter(is_path).collect();
    println!("ARCHITECTURE.md: {} paths looked at", paths.len());
    if paths.is_empty() {
        return Err("ARCHITECTURE.md names no paths; then the check is broken".into());
    }
    Ok(paths.into_iter().filter(|path| !Path::new(path).exists()).map(str::to_owned).collect())
}

/// `file::test` and `folder::file::test` are tests of `core/tests`, `file.rs` such a file, and a name after a path and a colon a test in that file.
/// `c::file::test` is one of `bindings-tests/c/test_file.c`, `python::file::test` is `test_test` of `python/tests/test_file.py`.
fn tests_of_spec() -> Result<Vec<String>, String> {
    let text = read("SPEC.md")?;
    let word = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let holds = |path: &str, text: &str| fs::read_to_string(path).is_ok_and(|source| source.contains(text));
    let has = |path: &str, test: &str| holds(path, &format!("fn {test}("));
    let (mut looked, mut missing, mut before_last) = (0, Vec::new(), "");
    for (before, name) in quoted(&text) {
        let found =
            if let Some((modules, test)) = name.rsplit_once("::").filter(|(modules, test)| modules.split("::").all(word) && word(test)) {
                // A module is a file, or a folder with a file of that name.
                let path = format!("core/tests/{}", modules.replace("::", "/"));
                Some(match modules.split_once("::") {
                    // A test of C that is not in the list of its file never runs.
                    Some(("c", file)) => holds(&format!("bindings-tests/c/test_{file}.c"), &format!("TEST({test})")),
                    Some(("python", file)) => holds(&format!("python/tests/test_{file}.py"), &format!("def test_{test}(")),
                    _ => has(&format!("{path}.rs"), test) || has(&format!("{path}/mod.rs"), test),
                })
            } else if before == ": " && before_last.ends_with(".rs") && before_last.contains('/') && word(name) {
                Some(has(before_last, name))
            } else if name.contains('/') && [".rs", ".c", ".py", ".json"].iter().any(|end| name.ends_with(end)) {
                Some(Path::new(name).exists())
            } else {
                name.strip_suffix(".rs").filter(|file| word(file)).map(|file| Path::new(&format!("core/tests/{file}.rs")).exists())
            };
        looked += usize::from(found.is_some());
        if found == Some(false) {
            missing.push(name.to_owned());
        }
        before_last = name;
    }
    println!("SPEC.md: {looked} tests and files looked at");
    if looked == 0 {
        return Err("SPEC.md names no tests; then the check is broken".into());
    }
    Ok(missing)
}
