"""The only place that reads and writes files in run and sweep folders.

Such a folder may be untrusted: links in it are not followed, only regular files are opened, and no more is read than
the caller allows. Writes are atomic: a reader finds the complete old or new file, even after a power failure or with
concurrent writers.
"""

import contextlib
import functools
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TextIO

from backprop_lab.runs.directory import Directory, Kind
from backprop_lab.runs.errors import RunError

_NAME = re.compile(r"\.?\w[\w. -]*")  # on no platform a different folder, a drive or a stream
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{16}\.tmp")
_are_synced_together = False  # inside ``synced_at_end``


class Files:
    """The files below ``folder``, by names such as ``checkpoints/last.ckpt``.

    Links are allowed on the way to ``root``, which the user named, but not below it; by default it is the folder
    itself. Queries and reads raise ``RunError``; writes raise it for entries that must not be overwritten, and
    ``OSError`` with the file's name if the system refuses.
    """

    def __init__(self, folder: Path, root: Path | None = None) -> None:
        self.folder = folder
        self.root = folder if root is None else root
        self._held: dict[tuple[str, ...], Directory] | None = None

    @functools.cached_property
    def _below(self) -> tuple[str, ...]:
        return self.folder.relative_to(self.root).parts

    # -- looking ------------------------------------------------------------------------------------------------------

    def exists(self, name: str) -> bool:
        """Whether an entry of this name exists; it need not be a readable file."""
        with _as_run_error(self.folder / name, "looked at"):
            try:
                with self._folder_of(name) as (directory, last):
                    return directory.kind(last) is not None
            except (FileNotFoundError, NotADirectoryError):
                return False

    def entries(self) -> dict[str, Kind]:
        """The entries of the folder itself, by name; empty if the folder does not exist."""
        with _as_run_error(self.folder, "looked at"):
            try:
                with self._opened() as directory:
                    return directory.entries()
            except (FileNotFoundError, NotADirectoryError):
                return {}

    def refuse_links(self) -> None:
        """Raise ``RunError`` if there is anything but files and folders, here or in the subfolders.

        Called before long work in the folder, so that it fails now and not at the first affected file.
        """
        with _as_run_error(self.folder, "looked at"), contextlib.suppress(FileNotFoundError):
            for _, name, kind in self._walk():
                if kind not in (Kind.FILE, Kind.FOLDER):
                    raise RunError(f"{self.folder / name}: {kind}; nothing is written to a folder that contains one")

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

    @contextlib.contextmanager
    def opened_for_reading(self, name: str) -> Iterator[int]:
        """The descriptor of a file, for a lock."""
        with _naming(self.folder / name), self._folder_of(name) as (directory, last):
            descriptor = directory.open(last, os.O_RDONLY)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    # -- writing ------------------------------------------------------------------------------------------------------

    def write(self, name: str, content: bytes, keep: str | None = None) -> None:
        """Write a file, and create the folders above it: to a temporary file on disk first, which is then renamed.

        The previous file is kept as ``keep``, in the same folder, once the new one is on disk.
        """
        if self._held is not None and self._is_new(name, content):
            return
        with self._writing(name) as (directory, last):
            _replace(directory, last, content, None if keep is None else PurePosixPath(keep).name)

    @contextlib.contextmanager
    def held_open(self) -> Iterator[None]:
        """Inside, the folder and its subfolders stay open, for the many small files that one thread writes.

        New files are written in place: until the last one, the receipt, is there, none of them counts.
        """
        with _naming(self.folder), contextlib.ExitStack() as levels:
            self._held = {(): levels.enter_context(self._opened(makes=True))}
            levels.callback(self._let_go)
            yield

    def _is_new(self, name: str, content: bytes) -> bool:
        """Write a file that does not exist yet; False if it does."""
        folders, last = _parts(name)
        if len(folders) > 1:
            return False
        try:
            _fill(self._held_below(folders, makes=True), last, content)
        except FileExistsError:
            return False
        except OSError as problem:
            raise _named(problem, self.folder / name) from None
        return True

    def _let_go(self) -> None:
        held, self._held = self._held or {}, None
        for below, directory in held.items():
            if below:
                directory.__exit__(None, None, None)

    def append(self, name: str) -> TextIO:
        """A text file, opened for appending."""
        with self._writing(name) as (directory, last):
            descriptor = directory.open(last, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            if os.fstat(descriptor).st_nlink > 1:  # the file has hard links, whose content must not change
                os.close(descriptor)
                _replace(directory, last, _content(directory, last))
                descriptor = directory.open(last, os.O_WRONLY | os.O_APPEND)
            return os.fdopen(descriptor, "a", encoding="utf-8", newline="")

    def remove(self, name: str) -> None:
        """Remove a file if it exists."""
        with self._writing(name) as (directory, last):
            directory.require(last, Kind.FILE)
            directory.remove(last)

    def make(self) -> None:
        """Create the folder itself unless it exists."""
        with _naming(self.folder), self._opened(makes=True):
            pass

    def remove_empty(self) -> None:
        """Remove the folder, and those between it and the current one, as far as they are empty."""
        here, own = Path.cwd(), self.folder.absolute()
        for folder in [own, *(above for above in own.parents if here in above.parents)]:
            try:
                folder.rmdir()
            except OSError:  # it is not empty
                return

    def remove_leftovers(self) -> None:
        """Remove the temporary files of a killed process. Call this only if no other process writes here."""
        with _naming(self.folder), contextlib.suppress(FileNotFoundError):  # there may be no folder yet
            for directory, name, kind in self._walk():
                last = PurePosixPath(name).name
                if kind is Kind.FILE and _TEMPORARY.fullmatch(last):
                    directory.remove(last)

    # -- for others, who open files by path ---------------------------------------------------------------------------

    def file_for_others(self, name: str) -> Path:
        """The path of a file that need not exist yet. Raises ``RunError`` if it is something else."""
        with (
            _as_run_error(self.folder / name, "looked at"),
            contextlib.suppress(FileNotFoundError),
            self._folder_of(name) as (directory, last),
        ):
            directory.require(last, Kind.FILE)
        return self.folder / name

    def folder_for_others(self, name: str) -> Path:
        """The path of a subfolder, created if necessary."""
        with self._writing(f"{name}/_"):
            return self.folder / name

    # -- the way there ------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _opened(self, below: tuple[str, ...] = (), makes: bool = False) -> Iterator[Directory]:
        """The folder, or the subfolder ``below`` it."""
        if self._held is not None and len(below) <= 1:
            yield self._held_below(below, makes)
            return
        with contextlib.ExitStack() as levels:
            directory = levels.enter_context(self._root(makes))
            for part in (*self._below, *below):
                if makes:
                    directory.make(part)
                directory = levels.enter_context(directory.enter(part))
            yield directory

    def _root(self, makes: bool) -> Directory:
        try:
            return Directory.at(self.root)
        except FileNotFoundError:
            if not makes:
                raise
        self.root.mkdir(parents=True, exist_ok=True)
        return Directory.at(self.root)

    def _held_below(self, below: tuple[str, ...], makes: bool) -> Directory:
        assert self._held is not None
        if below not in self._held:
            if makes:
                self._held[()].make(below[0])
            self._held[below] = self._held[()].enter(below[0])
        return self._held[below]

    @contextlib.contextmanager
    def _folder_of(self, name: str, makes: bool = False) -> Iterator[tuple[Directory, str]]:
        """The folder that contains a file, and the file's name in it."""
        folders, last = _parts(name)
        with self._opened(folders, makes) as directory:
            yield directory, last

    @contextlib.contextmanager
    def _writing(self, name: str) -> Iterator[tuple[Directory, str]]:
        with _naming(self.folder / name), self._folder_of(name, makes=True) as found:
            yield found

    def _walk(self) -> Iterator[tuple[Directory, str, Kind]]:
        """Location, name and kind of each entry in the folder and its subfolders, the deepest level we write to."""
        with self._opened() as top:
            for name, kind in top.entries().items():
                yield top, name, kind
                if kind is Kind.FOLDER:
                    with top.enter(name) as below:
                        for inner, its_kind in below.entries().items():
                            yield below, f"{name}/{inner}", its_kind


@functools.lru_cache(maxsize=1024)
def _parts(name: str) -> tuple[tuple[str, ...], str]:
    """The folders on the way to a file, and its name in the last one."""
    *folders, last = name.split("/")
    if not all(_NAME.fullmatch(part) for part in (*folders, last)):
        raise RunError(f"{name!r}: not the name of a file in a folder")
    return tuple(folders), last


@contextlib.contextmanager
def synced_at_end(folder: Path) -> Iterator[None]:
    """Inside, files are brought to disk together with all others on the disk of ``folder``, when the block ends.

    For the thousands of small files of a sweep: syncing one after the other takes longer than its training. A killed
    process loses nothing; after a power failure the lost jobs are run again.
    """
    global _are_synced_together
    _are_synced_together = True
    try:
        yield
    finally:
        _are_synced_together = False
        with contextlib.suppress(FileNotFoundError), Directory.at(folder) as opened:
            opened.sync_disk()


def bring_to_disk(file: TextIO) -> None:
    """Bring what was written to a file to the disk."""
    file.flush()
    os.fsync(file.fileno())


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
    """A name that no other writer uses."""
    return f".{name}.{os.urandom(8).hex()}.tmp"


def _fill(directory: Directory, name: str, content: bytes) -> None:
    """Write a new file and sync it to disk; remove it on failure."""
    descriptor = directory.create(name)
    try:
        with io.FileIO(descriptor, "wb") as file:
            rest = memoryview(content)
            while rest:
                rest = rest[file.write(rest) :]
            if not _are_synced_together:
                os.fsync(descriptor)
    except BaseException:
        directory.remove(name)
        raise


def _content(directory: Directory, name: str, limit: int | None = None) -> bytes:
    with os.fdopen(directory.open(name, os.O_RDONLY), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if limit is not None and size > limit:
            raise RunError(f"{directory.path / name}: {size:,} bytes; at most {limit:,} are read")
        return file.read(size)  # without what another process has appended since


def _keep(directory: Directory, name: str, second: str) -> None:
    """Hard-link or copy a file to ``second``, so that ``name`` exists at every moment."""
    directory.require(second, Kind.FILE)
    temporary = _temporary(second)
    try:
        try:
            directory.link(name, temporary)
        except OSError:  # no hard links, as on many memory cards and network shares
            _fill(directory, temporary, _content(directory, name))
        directory.replace(temporary, second)
    finally:
        directory.remove(temporary)  # also after success: renaming onto a hard link to the same file does nothing


@contextlib.contextmanager
def _naming(file: Path) -> Iterator[None]:
    """Let system errors name the full path, not the name relative to a descriptor."""
    try:
        yield
    except OSError as problem:
        raise _named(problem, file) from None


def _named(problem: OSError, file: Path) -> OSError:
    return OSError(problem.errno, problem.strerror, str(file))


@contextlib.contextmanager
def _as_run_error(file: Path, done: str) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise RunError(f"{file}: cannot be {done} ({problem.strerror})") from None
