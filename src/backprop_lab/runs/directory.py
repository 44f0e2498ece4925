"""An open folder in which no links are followed and only regular files are opened.

If the platform has ``dir_fd``, names are looked up relative to the folder's descriptor, so that concurrent changes of
the path cannot redirect them. Otherwise the path is rebuilt and checked each time.
"""

import ctypes
import errno
import os
import stat
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from types import TracebackType

from backprop_lab.runs.errors import RunError

_NEEDED: set[Callable] = {os.open, os.stat, os.mkdir, os.link, os.unlink, os.rename}
BY_DESCRIPTOR = os.supports_dir_fd >= _NEEDED and os.scandir in os.supports_fd

# Flags that a platform lacks are not needed there: on Windows open() never blocks, and only text mode is left.
_ONLY_A_FOLDER = getattr(os, "O_DIRECTORY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_JUNCTION = getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", 0)  # a link on Windows that looks like a folder


class Kind(StrEnum):
    """The kind of a directory entry."""

    FILE = "a file"
    FOLDER = "a folder"
    LINK = "a link, which is not followed"
    OTHER = "a pipe, socket or device"


class Directory:
    """One level of a file tree. Its methods raise ``OSError``, and ``RunError`` for entries of the wrong kind."""

    def __init__(self, path: Path, descriptor: int | None) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def at(cls, path: Path) -> "Directory":
        """The folder at a path given by the user, which may contain links."""
        if BY_DESCRIPTOR:
            return cls(path, os.open(path, os.O_RDONLY | _ONLY_A_FOLDER))
        if not stat.S_ISDIR(path.stat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
        return cls(path, None)

    def __enter__(self) -> "Directory":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    # -- looking ------------------------------------------------------------------------------------------------------

    def kind(self, name: str) -> Kind | None:
        """The kind of the entry with this name; None if there is none."""
        try:
            return _kind(os.stat(self._at(name), dir_fd=self._descriptor, follow_symlinks=False))
        except FileNotFoundError:
            return None

    def entries(self) -> dict[str, Kind]:
        """The kind of each entry, by name."""
        with os.scandir(self.path if self._descriptor is None else self._descriptor) as found:
            return {entry.name: _kind(entry.stat(follow_symlinks=False)) for entry in found}

    def require(self, name: str, wanted: Kind) -> None:
        """Raise ``RunError`` if an entry of another kind has this name; it need not exist."""
        kind = self.kind(name)
        if kind not in (None, wanted):
            raise RunError(f"{self.path / name}: {kind} instead of {wanted}")

    # -- opening ------------------------------------------------------------------------------------------------------

    def enter(self, name: str) -> "Directory":
        """Open a subfolder; the caller closes it."""
        path = self.path / name
        if self._descriptor is not None:
            try:
                return Directory(path, os.open(name, os.O_RDONLY | _ONLY_A_FOLDER | _NO_LINK, dir_fd=self._descriptor))
            except OSError:
                self.require(name, Kind.FOLDER)
                raise
        self.require(name, Kind.FOLDER)
        path.lstat()  # raises if it does not exist
        return Directory(path, None)

    def open(self, name: str, flags: int) -> int:
        """The descriptor of a regular file. Never blocks, for example on a pipe."""
        self.require(name, Kind.FILE)
        flags |= _NO_LINK | _NO_WAITING | _BINARY
        descriptor = os.open(self._at(name), flags, 0o666, dir_fd=self._descriptor)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # replaced since it was checked
            os.close(descriptor)
            raise RunError(f"{self.path / name}: no longer {Kind.FILE}")
        return descriptor

    def create(self, name: str) -> int:
        """The descriptor of a new file. Raises ``FileExistsError`` if there is anything of this name."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK | _BINARY
        return os.open(self._at(name), flags, 0o666, dir_fd=self._descriptor)

    # -- changing -----------------------------------------------------------------------------------------------------

    def make(self, name: str) -> None:
        """Create a subfolder unless it exists."""
        try:
            os.mkdir(self._at(name), dir_fd=self._descriptor)
        except FileExistsError:
            self.require(name, Kind.FOLDER)

    def replace(self, name: str, other: str) -> None:
        """Atomically rename ``name`` to ``other``, replacing any existing file."""
        os.replace(self._at(name), self._at(other), src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    def link(self, name: str, second: str) -> None:
        """Create a hard link."""
        follows = os.link not in os.supports_follow_symlinks  # True if follow_symlinks=False is not supported
        places = {"src_dir_fd": self._descriptor, "dst_dir_fd": self._descriptor}
        os.link(self._at(name), self._at(second), **places, follow_symlinks=follows)

    def remove(self, name: str) -> None:
        """Remove a file if it exists."""
        try:
            os.unlink(self._at(name), dir_fd=self._descriptor)
        except FileNotFoundError:
            return

    def sync_disk(self) -> None:
        """Bring everything to disk that was written to the file system of this folder, or to all of them."""
        syncfs = getattr(ctypes.CDLL(None), "syncfs", None) if os.name == "posix" else None
        if syncfs is not None and self._descriptor is not None:
            syncfs(self._descriptor)
        elif hasattr(os, "sync"):
            os.sync()

    def _at(self, name: str) -> str:
        return name if self._descriptor is not None else str(self.path / name)


def _kind(status: os.stat_result) -> Kind:
    if stat.S_ISREG(status.st_mode):
        return Kind.FILE
    if stat.S_ISDIR(status.st_mode):
        return Kind.LINK if getattr(status, "st_reparse_tag", None) == _JUNCTION else Kind.FOLDER
    return Kind.LINK if stat.S_ISLNK(status.st_mode) else Kind.OTHER
