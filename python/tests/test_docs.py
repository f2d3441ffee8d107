"""README, doc strings and examples are run, so that they stay true."""

from __future__ import annotations

import doctest
import os
import pathlib
import re
import subprocess
import sys

import pytest

import imagecapture
from imagecapture import aio

ROOT = pathlib.Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def execute(arguments, cwd):
    environment = os.environ | {"IC_BACKEND": "none", "IC_VIRTUAL_CAMERA": "default"}
    return subprocess.run(arguments, cwd=cwd, env=environment, capture_output=True, text=True, timeout=9)


def blocks(language, readme=ROOT / "README.md"):
    text = readme.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("index", range(len(blocks("python"))))
def test_readme(index, tmp_path):
    done = execute([sys.executable, "-X", "dev", "-c", blocks("python")[index]], tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_readme_of_the_project(tmp_path):
    (block,) = blocks("python", ROOT.parent / "README.md")
    done = execute([sys.executable, "-X", "dev", "-c", block], tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "photo.jpg").read_bytes().startswith(b"\xff\xd8")


def test_readme_shows_python():
    assert len(blocks("python")) >= 3


def test_readme_commands(tmp_path):
    """The lines that call the command, with the one of this environment."""
    folder = os.path.dirname(sys.executable)
    lines = [line for block in blocks("console") for line in block.splitlines() if line.startswith("$ imagecapture")]
    assert lines
    for line in lines:
        done = execute(["sh", "-c", f'PATH="{folder}:$PATH"; {line[2:]}'], tmp_path)
        assert done.returncode == 0, (line, done.stderr)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples(path, tmp_path):
    done = execute([sys.executable, "-X", "dev", path], tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout


def test_the_walkthrough_prints_what_it_prints_in_every_language(tmp_path):
    done = execute([sys.executable, ROOT / "examples" / "walkthrough.py"], tmp_path)
    expected = ROOT.parent / "bindings-tests" / "cases" / "walkthrough.txt"
    assert done.stdout == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("module", [imagecapture, aio], ids=lambda module: module.__name__)
def test_doc_strings(module):
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0


def test_everything_public_says_what_it_is():
    missing = []
    for name in imagecapture.__all__:
        item = getattr(imagecapture, name)
        if name.startswith("_"):
            continue
        if not item.__doc__:
            missing.append(name)
        if isinstance(item, type) and not issubclass(item, Exception):
            for member, value in vars(item).items():
                if not member.startswith("_") and not getattr(value, "__doc__", None):
                    missing.append(f"{name}.{member}")
    assert missing == []


def test_all_is_sorted_and_complete():
    assert imagecapture.__all__ == sorted(imagecapture.__all__)
    for name in imagecapture.__all__:
        assert hasattr(imagecapture, name)
