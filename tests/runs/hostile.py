"""What somebody may have put into a folder in the place of a file, and an end to waiting for it."""

import contextlib
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

SECRET = b"the reader's own, and nobody else's\n"


def link(place: Path, outside: Path) -> None:
    place.symlink_to(outside / "secret")


def dangling_link(place: Path, outside: Path) -> None:
    place.symlink_to(outside / "new")


def link_to_a_folder(place: Path, outside: Path) -> None:
    place.symlink_to(outside)


def pipe(place: Path, outside: Path) -> None:
    os.mkfifo(place)


def unix_socket(place: Path, outside: Path) -> None:
    with contextlib.chdir(place.parent), socket.socket(socket.AF_UNIX) as there:  # the whole path may be too long
        there.bind(place.name)


def folder(place: Path, outside: Path) -> None:
    place.mkdir()


def sparse(place: Path, outside: Path) -> None:
    place.touch()
    os.truncate(place, 60_000_000_000)


Plant = Callable[[Path, Path], None]
LINKS: list[Plant] = [link, dangling_link, link_to_a_folder]
NO_FILES: list[Plant] = [*LINKS, pipe, unix_socket, folder]


def plant(kind: Plant, place: Path, outside: Path) -> None:
    """Put it where a file was, or none."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_dir() and not place.is_symlink():
        place.rename(place.with_name(f"{place.name}-before"))
    place.unlink(missing_ok=True)
    kind(place, outside)


def make_outside(folder: Path) -> Path:
    """A folder of the reader's, with a file in it."""
    folder.mkdir()
    (folder / "secret").write_bytes(SECRET)
    return folder


def is_untouched(outside: Path) -> bool:
    return {path.name: path.read_bytes() for path in outside.iterdir()} == {"secret": SECRET}


@contextlib.contextmanager
def soon(seconds: int = 60) -> Iterator[None]:
    """Fail what waits for ever."""

    def late(signum: int, frame: object) -> None:
        raise TimeoutError(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
