"""Named arrays as the bytes of an ``.npz`` file."""

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from backprop_lab.runs.zipped import archive

MOST_ARRAYS = 10_000
DIRECTORY_ENTRY = b"PK\x01\x02"  # before each entry in a zip's list of its files


class Header(NamedTuple):
    """What an array says about itself."""

    shape: tuple[int, ...]
    dtype: np.dtype


Check = Callable[[Mapping[str, Header]], None]


def dump(arrays: Mapping[str, np.ndarray]) -> bytes:
    return archive({f"{name}.npy": _npy(array) for name, array in arrays.items()})


def _npy(array: np.ndarray) -> bytes:
    """The bytes of an ``.npy`` file, version 1.0, as ``np.save`` writes it."""
    array = np.ascontiguousarray(array).reshape(array.shape)
    head = f"{{'descr': {array.dtype.str!r}, 'fortran_order': False, 'shape': {array.shape}, }}".encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + array.tobytes()


def load(file: bytes, limit: int, check: Check) -> dict[str, np.ndarray]:
    """The arrays in the bytes of a file; nothing is unpickled.

    ``check`` gets their shapes and types before anything is unpacked: a small file may contain large arrays. Raises
    ``ValueError`` if it does, if it is not such a file, or if it contains more than ``limit`` bytes.
    """
    headers = _headers(file, limit)
    check(headers)
    try:
        with np.load(io.BytesIO(file), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in headers}
    except Exception as error:  # zipfile and numpy raise many types for an invalid archive
        raise ValueError(type(error).__name__) from None


def _headers(file: bytes, limit: int) -> dict[str, Header]:
    if file.count(DIRECTORY_ENTRY) > MOST_ARRAYS:
        raise ValueError(f"more than {MOST_ARRAYS:,} arrays")
    try:
        with zipfile.ZipFile(io.BytesIO(file)) as archived:
            entries = archived.infolist()
            headers = {entry.filename.removesuffix(".npy"): _header(archived, entry) for entry in entries}
    except Exception as error:
        raise ValueError(type(error).__name__) from None
    if len(headers) < len(entries):
        raise ValueError("two arrays of one name")
    size = sum(entry.file_size for entry in entries)
    if size > limit:
        raise ValueError(f"{size:,} bytes uncompressed; at most {limit:,} are read")
    return headers


def _header(archived: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Header:
    with archived.open(entry) as stream:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(stream)
        return Header(shape, dtype)
