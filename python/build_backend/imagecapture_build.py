"""Build backend (PEP 517): maturin, after a look whether everything is there to compile with.

Without this look the first thing that goes wrong is a message of some build script hundreds of lines deep, or
no message at all: libjpeg-turbo without nasm compiles, and is slow.
"""

import re
import shutil
import subprocess
import sys

# rust-version of the workspace.
OLDEST_RUST = (1, 95)

# What it takes, what it is for, and the package of Debian and Ubuntu that has it.
TOOLS = (
    (("cmake",), "libjpeg-turbo", "cmake"),
    (("nasm", "yasm"), "libjpeg-turbo", "nasm"),
    (("cc", "gcc", "clang"), "libjpeg-turbo", "build-essential"),
)


def _problems():
    missing = [(names[0], purpose, package) for names, purpose, package in TOOLS if not any(map(shutil.which, names))]
    if missing and sys.platform.startswith("linux"):
        listing = ", ".join(f"{name} (for {purpose})" for name, purpose, _ in missing)
        packages = " ".join(package for _, _, package in missing)
        yield f"missing to build imagecapture: {listing}. Install with: sudo apt-get install {packages}"
    elif missing:
        yield "missing to build imagecapture: " + ", ".join(name for name, _, _ in missing)
    cargo = shutil.which("cargo")
    wanted = ".".join(map(str, OLDEST_RUST))
    if cargo is None:
        yield f"missing to build imagecapture: cargo {wanted} or newer. Install Rust from https://rustup.rs"
        return
    answer = subprocess.run([cargo, "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"cargo (\d+)\.(\d+)", answer.stdout)
    if version is None:
        yield f"{cargo} --version does not work: {answer.stderr.strip()}"
    elif tuple(map(int, version.groups())) < OLDEST_RUST:
        yield f"{cargo} is version {version[1]}.{version[2]}; imagecapture needs {wanted} or newer. See https://rustup.rs"


def check():
    problems = list(_problems())
    if problems:
        raise SystemExit("\n".join(f"error: {problem}" for problem in problems))


# Hooks that run before maturin is installed, or only describe: nothing of maturin's is needed for them.


def get_requires_for_build_wheel(config_settings=None):
    check()
    return []


def get_requires_for_build_editable(config_settings=None):
    check()
    return []


def get_requires_for_build_sdist(config_settings=None):
    return []


# Hooks of maturin. It is imported late, since the ones above run where it need not be installed.


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    import maturin

    return maturin.prepare_metadata_for_build_wheel(metadata_directory, config_settings)


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    import maturin

    return maturin.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    import maturin

    return maturin.build_editable(wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory, config_settings=None):
    import maturin

    return maturin.build_sdist(sdist_directory, config_settings)
