"""Files that appear complete or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["Target", "write"]


def _default_mode() -> int:
    # The mask can only be read by setting it; a moment with a stricter one harms nobody.
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask


class Target:
    """A place to write to. Entering it proves that writing will be possible, before any work is done."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        # Through a symbolic link: replacing the link itself would surprise.
        self._path = os.path.realpath(os.fspath(path))
        self._descriptor = -1
        self._temporary: str | None = None
        self._mode = 0

    def __enter__(self) -> Target:
        try:
            status = os.stat(self._path)
        except FileNotFoundError:
            self._mode = _default_mode()
        else:
            if not stat.S_ISREG(status.st_mode):
                # A pipe or a device (or a directory, which fails here) is written to, never replaced.
                self._descriptor = os.open(self._path, os.O_WRONLY)
                return self
            # To replace a file only the folder has to be writable; a read-only file means "hands off" all the same.
            with open(self._path, "r+b"):
                pass
            self._mode = stat.S_IMODE(status.st_mode)
        folder, name = os.path.split(self._path)
        self._descriptor, self._temporary = tempfile.mkstemp(prefix=f".{name}.", suffix=".part", dir=folder)
        return self

    def write(self, data: Buffer) -> int:
        """Writes everything; the file has its name afterwards. Returns the number of bytes."""
        rest = memoryview(data).cast("B")
        size = len(rest)
        while len(rest) > 0:
            rest = rest[os.write(self._descriptor, rest) :]
        if self._temporary is not None:
            # mkstemp makes files for the owner alone.
            os.chmod(self._temporary, self._mode)
            self._close()
            os.replace(self._temporary, self._path)
            self._temporary = None
        return size

    def _close(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        if self._temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._temporary)
            self._temporary = None


def write(path: str | os.PathLike[str], data: Buffer) -> None:
    """Writes a whole file, or leaves things as they were."""
    with Target(path) as target:
        target.write(data)
