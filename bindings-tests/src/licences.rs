//! Licences of everything that is built, from cargo's own metadata.

use std::process::Command;

/// Licences that ask for nothing but their notice.
const PERMISSIVE: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Programs that run while the project is built or tested, of which nothing ends up in what is handed out.
const TOOLS: &[(&str, &str)] = &[("cbindgen", "MPL-2.0")];

pub(crate) fn check() -> Result<(), String> {
    let text = super::output(Command::new(env!("CARGO")).args(["metadata", "--format-version=1", "--locked"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata lists no packages")?;
    let mut problems = Vec::new();
    for package in packages {
        let (name, licence) = (package["name"].as_str().unwrap_or("?"), package["license"].as_str().unwrap_or("none stated"));
        if !permissive(licence) && !TOOLS.contains(&(name, licence)) {
            problems.push(format!("{name}: {licence}"));
        }
    }
    println!("{} packages looked at", packages.len());
    if packages.len() < 10 {
        return Err("so few packages cannot be all".into());
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// Whether an SPDX expression can be met with permissive licences alone.
fn permissive(expression: &str) -> bool {
    // A slash is the old way to write OR. Parentheses appear only around a part of an AND.
    let flat = expression.replace('/', " OR ").replace(['(', ')'], " ");
    if expression.contains(" AND ") {
        return expression.split(" AND ").all(|part| permissive(part.trim().trim_matches(['(', ')'])));
    }
    flat.split(" OR ").any(|licence| PERMISSIVE.contains(&licence.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_as_spdx_means_them() {
        for good in
            ["MIT", "MIT OR GPL-2.0", "Unlicense/MIT", "(MIT OR Apache-2.0) AND Unicode-3.0", "Apache-2.0 WITH LLVM-exception OR MIT"]
        {
            assert!(permissive(good), "{good}");
        }
        for bad in ["GPL-3.0", "LGPL-2.1-only", "MIT AND GPL-2.0", "none stated", "(MIT OR Apache-2.0) AND LGPL-2.1", "MPL-2.0"] {
            assert!(!permissive(bad), "{bad}");
        }
    }
}
