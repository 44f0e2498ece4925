"""Jobs of a sweep that share files: each pack holds all that some jobs leave, byte by byte as their folders would.

A pack is a zip archive of zip archives: that of job 17 is called ``17``, and has its files. A hundred thousand folders
would be a million entries of a disk. A job's own folder, once it has a receipt, counts instead of its part of a pack,
and a later pack instead of an earlier one. A job is unpacked before anything is written to it.
"""

import contextlib
import functools
import io
import os
import re
import struct
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, TextIO

import numpy as np

from backprop_lab.runs import names
from backprop_lab.runs.directory import Kind
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.files import Files
from backprop_lab.runs.zipped import archive

FOLDER = "packed"
MOST_JOBS = 1_000_000  # of one pack
MAX_BYTES = names.MAX_ARRAY_BYTES  # of one job
REMEMBERED = 32  # jobs whose files were read last
_NAME = re.compile(r"[0-9]{6}_([0-9]{1,9})-([0-9]{1,9})\.zip")
_NUMBER = re.compile("0|[1-9][0-9]{0,8}")
_LENGTHS = struct.Struct("<26xHH")  # of name and extra field, in the header before the content of a file


def pack_name(number: int, first: int, last: int) -> str:
    """The name of a pack with jobs from ``first`` to ``last``, though not all of them; a later one has a higher
    ``number``."""
    return f"{number:06}_{first}-{last}.zip"


class _Index:
    """Where the jobs of a pack are in it. A million zipfile.ZipInfo would take half a gigabyte."""

    FIELDS = ("header_offset", "compress_size", "file_size", "CRC", "compress_type")

    def __init__(self, entries: list[zipfile.ZipInfo]) -> None:
        named = sorted((int(entry.filename), i) for i, entry in enumerate(entries) if _NUMBER.fullmatch(entry.filename))
        self.numbers = np.array([number for number, _ in named], dtype=np.int64)
        self._rows = np.array([[getattr(entries[i], name) for name in self.FIELDS] for _, i in named], dtype=np.int64)

    def find(self, number: int) -> tuple[int, int, int, int, int] | None:
        """The ``FIELDS`` of a job, or None; of several of the same number the last one counts, as in ``zipfile``."""
        place = int(np.searchsorted(self.numbers, number, "right")) - 1
        return tuple(self._rows[place].tolist()) if place >= 0 and self.numbers[place] == number else None


class Packs:
    """The packs of a sweep, whose folder is ``files``. Reads raise ``RunError``."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._indices: dict[str, _Index] = {}  # of the packs that were looked into
        self._read: OrderedDict[tuple[str, int], dict[str, bytes]] = OrderedDict()

    @functools.cached_property
    def names(self) -> list[str]:
        """The names of the packs, the latest first."""
        found = Files(self.files.folder / FOLDER, self.files.root).entries()
        return sorted((name for name in found if _NAME.fullmatch(name)), reverse=True)

    @functools.cached_property
    def _ranges(self) -> list[tuple[int, int, str]]:
        matches = [match for name in self.names if (match := _NAME.fullmatch(name))]
        return [(int(match[1]), int(match[2]), match[0]) for match in matches]

    @property
    def next_number(self) -> int:
        return int(self.names[0].partition("_")[0]) + 1 if self.names else 0

    def forget(self) -> None:
        """Look again at which packs there are."""
        for known in ("names", "_ranges"):
            vars(self).pop(known, None)
        self._read.clear()

    def jobs(self) -> dict[int, str]:
        """The pack of each job."""
        return {number: name for name in reversed(self.names) for number in self._index(name).numbers.tolist()}

    def pack_of(self, number: int) -> str | None:
        """The pack that holds a job. One that is damaged costs the jobs that no other has."""
        damage: RunError | None = None
        for low, high, name in self._ranges:
            if low <= number <= high:
                try:
                    if self._index(name).find(number) is not None:
                        return name
                except RunError as found:
                    damage = found
        if damage is not None:
            raise damage
        return None

    def path(self, pack: str) -> Path:
        return self.files.folder / FOLDER / pack

    def content(self, pack: str, number: int) -> dict[str, bytes]:
        """The files of a job in a pack, by name."""
        if (pack, number) not in self._read:
            self._read[pack, number] = self._content(pack, number)
            if len(self._read) > REMEMBERED:
                self._read.popitem(last=False)
        return self._read[pack, number]

    def write(self, name: str, jobs: Mapping[int, Mapping[str, bytes]]) -> None:
        """Write a pack with the files of jobs."""
        content = {str(number): archive(files) for number, files in jobs.items()}
        self.files.write(f"{FOLDER}/{name}", archive(content, is_compressed=True))

    def remove(self, pack: str) -> None:
        self.files.remove(f"{FOLDER}/{pack}")

    def _index(self, pack: str) -> _Index:
        if pack not in self._indices:
            with self._opened(pack) as file, zipfile.ZipFile(file) as packed:
                entries = packed.infolist()
                if len(entries) > MOST_JOBS:
                    raise RunError(f"{self.path(pack)}: {len(entries):,} jobs; at most {MOST_JOBS:,} are read")
                self._indices[pack] = _Index(entries)
        return self._indices[pack]

    def _content(self, pack: str, number: int) -> dict[str, bytes]:
        found = self._index(pack).find(number)
        assert found is not None
        offset, packed_size, size, checksum, method = found
        if size > MAX_BYTES:
            raise RunError(f"{self.path(pack)}: {size:,} bytes of job {number}; at most {MAX_BYTES:,} are read")
        with self._opened(pack) as file:
            # zipfile would read the list of all jobs again.
            file.seek(offset)
            file.seek(sum(_LENGTHS.unpack(file.read(_LENGTHS.size))), os.SEEK_CUR)
            content = file.read(packed_size)
            if method:
                content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, size + 1)
            if len(content) != size or zlib.crc32(content) != checksum:
                raise ValueError("its checksum does not match")
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                files = packed.infolist()
                if sum(file.file_size for file in files) > len(content):
                    raise ValueError("files that are compressed twice")
                return {one.filename: packed.read(one) for one in files}

    @contextlib.contextmanager
    def _opened(self, pack: str) -> Iterator[BinaryIO]:
        """A pack, opened for reading; whatever goes wrong inside is damage of the file."""
        try:
            with (
                self.files.opened_for_reading(f"{FOLDER}/{pack}") as descriptor,
                os.fdopen(descriptor, "rb", closefd=False) as file,
            ):
                yield file
        except RunError:
            raise
        except Exception as damage:  # zipfile, zlib and struct raise many types
            why = damage.strerror if isinstance(damage, OSError) and damage.strerror else type(damage).__name__
            raise RunError(f"{self.path(pack)}: damaged ({why})") from None


class PackedFiles(Files):
    """The files of a job, in its own folder or in a pack."""

    def __init__(self, folder: Path, root: Path | None, packs: Packs) -> None:
        super().__init__(folder, root)
        self.packs, self.number = packs, int(folder.name)

    def exists(self, name: str) -> bool:
        content = self._packed()
        return super().exists(name) if content is None else name in content

    def entries(self) -> dict[str, Kind]:
        content = self._packed()
        return super().entries() if content is None else _entries(content)

    def read(self, name: str, limit: int) -> bytes:
        content = self._packed()
        return super().read(name, limit) if content is None else _read(self.folder, content, name, limit)

    def unpack(self) -> bool:
        """Give the job a folder of its own, and say whether it had none; the receipt, which makes it count, last."""
        content = self._packed()
        if content is None:
            return False
        with super().held_open():
            for name in sorted(content, key=lambda name: name == names.RECEIPT):
                super().write(name, content[name])
        return True

    def write(self, name: str, content: bytes, keep: str | None = None) -> None:
        self.unpack()
        super().write(name, content, keep)

    def append(self, name: str) -> TextIO:
        self.unpack()
        return super().append(name)

    def remove(self, name: str) -> None:
        self.unpack()
        super().remove(name)

    def make(self) -> None:
        self.unpack()
        super().make()

    def folder_for_others(self, name: str) -> Path:
        self.unpack()
        return super().folder_for_others(name)

    @property
    def is_packed(self) -> bool:
        """Whether a pack, and not a folder of its own, has what the job left."""
        return self._pack() is not None

    def _packed(self) -> dict[str, bytes] | None:
        pack = self._pack()
        return None if pack is None else self.packs.content(pack, self.number)

    def _pack(self) -> str | None:
        return None if super().exists(names.RECEIPT) else self.packs.pack_of(self.number)


class Collected(Files):
    """The files of a job that will be packed: kept in memory, as ``content`` by name."""

    def __init__(self, folder: Path, root: Path) -> None:
        super().__init__(folder, root)
        self.content: dict[str, bytes] = {}

    def exists(self, name: str) -> bool:
        return name in self.content

    def entries(self) -> dict[str, Kind]:
        return _entries(self.content)

    def read(self, name: str, limit: int) -> bytes:
        return _read(self.folder, self.content, name, limit)

    def write(self, name: str, content: bytes, keep: str | None = None) -> None:
        if keep is not None and name in self.content:
            self.content[keep] = self.content[name]
        self.content[name] = content

    def append(self, name: str) -> TextIO:
        return _Appended(self, name)

    def remove(self, name: str) -> None:
        self.content.pop(name, None)

    @contextlib.contextmanager
    def held_open(self) -> Iterator[None]:
        yield

    def make(self) -> None:
        """Nothing has to be made."""

    def folder_for_others(self, name: str) -> Path:
        raise RunError(f"{self.folder / name}: a packed job has no folder; hydra.launcher.storage=folders makes one")

    file_for_others = folder_for_others


class _Appended(io.StringIO):
    """A text that is appended to a file of ``files`` when it is closed."""

    def __init__(self, files: Collected, name: str) -> None:
        super().__init__()
        self.files, self.name_of_file = files, name

    def close(self) -> None:
        if not self.closed:
            before = self.files.content.get(self.name_of_file, b"")
            self.files.content[self.name_of_file] = before + self.getvalue().encode()
        super().close()


def _entries(content: Mapping[str, bytes]) -> dict[str, Kind]:
    parts = [name.partition("/") for name in content]
    return {first: Kind.FOLDER if rest else Kind.FILE for first, _, rest in parts}


def _read(folder: Path, content: Mapping[str, bytes], name: str, limit: int) -> bytes:
    if name not in content:
        raise RunError(f"{folder / name}: missing")
    if len(content[name]) > limit:
        raise RunError(f"{folder / name}: {len(content[name]):,} bytes; at most {limit:,} are read")
    return content[name]


def files_of(folder: Path, root: Path | None) -> Files:
    """The files of a run folder, which may be a job of a sweep with packs."""
    sweep = folder.parent if root is None else root
    if _NUMBER.fullmatch(folder.name) and (sweep / FOLDER).is_dir():
        return PackedFiles(folder, sweep, Packs(Files(sweep)))
    return Files(folder, root)
