//! Chores of the repository: `cargo xtask <chore>`.

use std::process::{Command, ExitCode};

mod licences;
mod map;
mod unsafe_map;

/// Name, what it does, and how.
type Chore = (&'static str, &'static str, fn(&[String]) -> Result<(), String>);

const CHORES: &[Chore] = &[
    ("header", "write the C headers; with --check only compare them", header),
    ("unsafe-map", "fail when unsafe code is where it may not be, or lacks its proof", |_| unsafe_map::check()),
    ("licences", "fail when a dependency's licence is not permissive", |_| licences::check()),
    ("map", "fail when ARCHITECTURE.md names a file that is not there", |_| map::check()),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let chore = arguments.first().and_then(|name| CHORES.iter().find(|chore| chore.0 == name));
    let Some((name, _, run)) = chore else {
        eprintln!("usage: cargo xtask <chore>");
        for (name, what, _) in CHORES {
            eprintln!("  {name:<12} {what}");
        }
        return ExitCode::from(2);
    };
    match run(&arguments[1..]) {
        Ok(()) => {
            println!("ok {name}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            println!("FAIL {name}: {why}");
            ExitCode::FAILURE
        }
    }
}

/// The files that git knows of, or would know of if they were added.
fn files(pattern: &str) -> Result<Vec<String>, String> {
    let list = output(Command::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard", pattern]))?;
    Ok(list.lines().map(str::to_owned).collect())
}

fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn header(arguments: &[String]) -> Result<(), String> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "-q", "-p", "imagecapture-header-gen", "--"]).args(arguments);
    let status = command.status().map_err(|e| format!("{command:?}: {e}"))?;
    if status.success() { Ok(()) } else { Err("the headers are stale; run: cargo xtask header".into()) }
}
