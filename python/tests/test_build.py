"""What a person reads who lacks a tool to compile with."""

from __future__ import annotations

import importlib.metadata
import pathlib
import subprocess
import sys

import pytest

BACKEND = pathlib.Path(__file__).parent.parent / "build_backend"


def hook(name, path):
    code = f"import sys; sys.path.insert(0, {str(BACKEND)!r}); import imagecapture_build as b; b.{name}()"
    return subprocess.run([sys.executable, "-c", code], env={"PATH": str(path)}, capture_output=True, text=True)


def tool(folder, name, text="echo"):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def tools(tmp_path):
    for name in ("cmake", "nasm", "cc"):
        tool(tmp_path, name)
    tool(tmp_path, "cargo", "echo 'cargo 1.95.0 (f2d3ce0bd 2026-03-21)'")
    return tmp_path


def test_everything_is_there(tools):
    done = hook("get_requires_for_build_wheel", tools)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="names packages of Debian")
@pytest.mark.parametrize(
    ("missing", "packages"),
    [(["cmake"], "cmake"), (["nasm"], "nasm"), (["cmake", "nasm"], "cmake nasm"), (["cc"], "build-essential")],
)
def test_missing_tools_are_named_with_their_packages(tools, missing, packages):
    for name in missing:
        (tools / name).unlink()
    done = hook("get_requires_for_build_wheel", tools)
    assert done.returncode == 1
    assert done.stderr.startswith("error: missing to build imagecapture: ")
    assert done.stderr.endswith(f"Install with: sudo apt-get install {packages}\n")
    assert "Traceback" not in done.stderr


def test_no_rust(tools):
    (tools / "cargo").unlink()
    done = hook("get_requires_for_build_editable", tools)
    assert done.returncode == 1
    assert "cargo 1.95 or newer" in done.stderr and "https://rustup.rs" in done.stderr


def test_old_rust(tools):
    tool(tools, "cargo", "echo 'cargo 1.63.0'")
    done = hook("get_requires_for_build_wheel", tools)
    assert done.returncode == 1
    assert "version 1.63; imagecapture needs 1.95 or newer" in done.stderr


def test_the_oldest_rust_is_that_of_the_workspace():
    manifest = BACKEND.parent.parent / "Cargo.toml"
    if not manifest.exists():
        pytest.skip("not in a checkout")
    sys.path.insert(0, str(BACKEND))
    try:
        import imagecapture_build
    finally:
        sys.path.remove(str(BACKEND))
    wanted = ".".join(map(str, imagecapture_build.OLDEST_RUST))
    assert f'rust-version = "{wanted}"' in manifest.read_text()


def test_licences_travel_with_the_package():
    files = {pathlib.PurePath(str(file)).name: file for file in importlib.metadata.files("imagecapture") or ()}
    for name, words in {
        "LICENSE-MIT": "Permission is hereby granted",
        "LICENSE-APACHE": "Apache License",
        "libjpeg-turbo-LICENSE.md": "libjpeg-turbo",
        "NotoSansMono-OFL.txt": "SIL OPEN FONT LICENSE",
    }.items():
        assert words in files[name].read_text(), name
