"""The one place through which everything below a run or sweep folder is read and written.

Such a folder may be somebody else's. No link in it is followed, only regular files are opened, and no more of them is
read than the caller allows. A reader finds the old file or the new one, whole, whenever the power goes and whoever else
writes.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TextIO

from backprop_lab.runs.directory import Directory, Kind
from backprop_lab.runs.errors import RunError

_NAME = re.compile(r"\.?\w[\w. -]*")  # on no platform another folder, a drive or a device's stream
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{16}\.tmp")
_syncs_each = True  # False inside ``synced_at_end``


class Files:
    """The files below ``folder``, by names such as ``checkpoints/last.ckpt``.

    Links may lead to ``root``, which the user named, and nowhere behind it; by default that is the folder itself.
    Looking and reading raise ``RunError``; writing does for what is not to be written over, and ``OSError`` with the
    file's name where the system refuses.
    """

    def __init__(self, folder: Path, root: Path | None = None) -> None:
        self.folder = folder
        self.root = folder if root is None else root
        self._below = folder.relative_to(self.root).parts

    # -- looking ------------------------------------------------------------------------------------------------------

    def exists(self, name: str) -> bool:
        """Whether there is something of this name; it need not be a file that can be read."""
        with _as_run_error(self.folder / name, "looked at"):
            try:
                with self._folder_of(name) as (directory, last):
                    return directory.kind(last) is not None
            except (FileNotFoundError, NotADirectoryError):
                return False

    def entries(self) -> dict[str, Kind]:
        """What is in the folder itself, by name; nothing where there is no folder."""
        with _as_run_error(self.folder, "looked at"):
            try:
                with self._opened() as directory:
                    return directory.entries()
            except (FileNotFoundError, NotADirectoryError):
                return {}

    def refuse_links(self) -> None:
        """Raise ``RunError`` where there is anything but files and folders, here or in the sub-folders.

        For who is about to work in the folder for long: better to say so now than at the first file that is affected.
        """
        with _as_run_error(self.folder, "looked at"), contextlib.suppress(FileNotFoundError):
            for _, name, kind in self._walk():
                if kind not in (Kind.FILE, Kind.FOLDER):
                    raise RunError(f"{self.folder / name}: {kind}; nothing is written in a folder with such in it")

    # -- reading ------------------------------------------------------------------------------------------------------

    def read(self, name: str, limit: int) -> bytes:
        """The content of a file of at most ``limit`` bytes."""
        file = self.folder / name
        with _as_run_error(file, "read"):
            try:
                with self._folder_of(name) as (directory, last):
                    return _content(directory, last, limit)
            except FileNotFoundError:
                raise RunError(f"{file}: missing") from None

    # -- writing ------------------------------------------------------------------------------------------------------

    def write(self, name: str, content: bytes, keep: str | None = None) -> None:
        """A file, and the folders above it: on the disk under a name of its own first, then renamed.

        What ``name`` was before gets the name ``keep``, in the same folder, once its successor is on the disk.
        """
        with self._writing(name) as (directory, last):
            _replace(directory, last, content, None if keep is None else PurePosixPath(keep).name)

    def append(self, name: str) -> TextIO:
        """A file of text, open at its end."""
        with self._writing(name) as (directory, last):
            descriptor = directory.open(last, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            if os.fstat(descriptor).st_nlink > 1:  # a copy of the folder made of second names: that must not grow too
                os.close(descriptor)
                _replace(directory, last, _content(directory, last))
                descriptor = directory.open(last, os.O_WRONLY | os.O_APPEND)
            return os.fdopen(descriptor, "a", encoding="utf-8", newline="")

    def make(self) -> None:
        """The folder itself, unless there is one."""
        with _naming(self.folder), self._opened(makes=True):
            pass

    def remove_empty(self) -> None:
        """The folder, and those between it and the current one, as far as there is nothing in them."""
        here, own = Path.cwd(), self.folder.absolute()
        for folder in [own, *(above for above in own.parents if here in above.parents)]:
            try:
                folder.rmdir()
            except OSError:  # there is something in it
                return

    def remove_leftovers(self) -> None:
        """What a killed process had not renamed yet. Only for who knows that no other writes here."""
        with _naming(self.folder):
            for directory, name, kind in self._walk():
                last = PurePosixPath(name).name
                if kind is Kind.FILE and _TEMPORARY.fullmatch(last):
                    directory.remove(last)

    # -- for others, who open files by path ---------------------------------------------------------------------------

    def file_for_others(self, name: str) -> Path:
        """The path of a file, which need not be there yet. Raises ``RunError`` where something else is."""
        with (
            _as_run_error(self.folder / name, "looked at"),
            contextlib.suppress(FileNotFoundError),
            self._folder_of(name) as (directory, last),
        ):
            directory.require(last, Kind.FILE)
        return self.folder / name

    def folder_for_others(self, name: str) -> Path:
        """The path of a sub-folder, which is made where it is not there yet."""
        with self._writing(f"{name}/_"):
            return self.folder / name

    # -- the way there ------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _opened(self, below: tuple[str, ...] = (), makes: bool = False) -> Iterator[Directory]:
        """The folder, or the one so far below it."""
        if makes:
            self.root.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as levels:
            directory = levels.enter_context(Directory.at(self.root))
            for part in (*self._below, *below):
                if makes:
                    directory.make(part)
                directory = levels.enter_context(directory.enter(part))
            yield directory

    @contextlib.contextmanager
    def _folder_of(self, name: str, makes: bool = False) -> Iterator[tuple[Directory, str]]:
        """The folder that holds a file, and the file's name there."""
        *folders, last = name.split("/")
        if not all(_NAME.fullmatch(part) for part in (*folders, last)):
            raise RunError(f"{name!r}: not the name of a file in a folder")
        with self._opened(tuple(folders), makes) as directory:
            yield directory, last

    @contextlib.contextmanager
    def _writing(self, name: str) -> Iterator[tuple[Directory, str]]:
        with _naming(self.folder / name), self._folder_of(name, makes=True) as found:
            yield found

    def _walk(self) -> Iterator[tuple[Directory, str, Kind]]:
        """What is in the folder and in its sub-folders, which is as deep as we write: where, its name, its kind."""
        with self._opened() as top:
            for name, kind in top.entries().items():
                yield top, name, kind
                if kind is Kind.FOLDER:
                    with top.enter(name) as below:
                        for inner, its_kind in below.entries().items():
                            yield below, f"{name}/{inner}", its_kind


@contextlib.contextmanager
def synced_at_end() -> Iterator[None]:
    """Inside, files reach the disk only when the block ends, all together.

    For the thousands of small files of a sweep, which would wait for the disk, some milliseconds each, longer than they
    train. A process that is killed loses nothing by it; what the power takes is run again.
    """
    global _syncs_each
    _syncs_each = False
    try:
        yield
    finally:
        _syncs_each = True
        if hasattr(os, "sync"):  # Windows has none, and brings files to disk by itself
            os.sync()


def _replace(directory: Directory, name: str, content: bytes, keep: str | None = None) -> None:
    directory.require(name, Kind.FILE)
    temporary = _temporary(name)
    _fill(directory, temporary, content)
    try:
        if keep is not None and directory.kind(name) is not None:
            _keep(directory, name, keep)
        directory.replace(temporary, name)
    except BaseException:
        directory.remove(temporary)
        raise


def _temporary(name: str) -> str:
    """A name that no other writer has."""
    return f".{name}.{os.urandom(8).hex()}.tmp"


def _fill(directory: Directory, name: str, content: bytes) -> None:
    """A new file, brought to disk; none where that fails."""
    descriptor = directory.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if _syncs_each:
                file.flush()
                os.fsync(file.fileno())
    except BaseException:
        directory.remove(name)
        raise


def _content(directory: Directory, name: str, limit: int | None = None) -> bytes:
    with os.fdopen(directory.open(name, os.O_RDONLY), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if limit is not None and size > limit:
            raise RunError(f"{directory.path / name}: {size:,} bytes; at most {limit:,} are read")
        return file.read(size)  # and not what another process has added since


def _keep(directory: Directory, name: str, second: str) -> None:
    """Give a file a second name, so that it has one at every moment; or that to a copy of it."""
    directory.require(second, Kind.FILE)
    temporary = _temporary(second)
    try:
        try:
            directory.link(name, temporary)
        except OSError:  # a file system without second names, as of many memory cards and network shares
            _fill(directory, temporary, _content(directory, name))
        directory.replace(temporary, second)
    finally:
        directory.remove(temporary)  # even then: renaming a name of a file over another one of the same does nothing


@contextlib.contextmanager
def _naming(file: Path) -> Iterator[None]:
    """Errors of the system name the file as the user knows it, and not as it is called below a descriptor."""
    try:
        yield
    except OSError as problem:
        raise OSError(problem.errno, problem.strerror, str(file)) from None


@contextlib.contextmanager
def _as_run_error(file: Path, done: str) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise RunError(f"{file}: cannot be {done} ({problem.strerror})") from None
