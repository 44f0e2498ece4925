"""Named arrays as the bytes of an ``.npz`` file."""

import io
import zipfile
from collections.abc import Mapping

import numpy as np


def dump(arrays: Mapping[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def load(file: bytes, limit: int) -> dict[str, np.ndarray]:
    """The arrays in the bytes of a file; nothing is unpickled.

    Raises ``ValueError`` if it is not such a file, or contains more than ``limit`` bytes uncompressed.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(file)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > limit:
                raise ValueError("too large")
        with np.load(io.BytesIO(file), allow_pickle=False) as arrays:
            return dict(arrays)
    except Exception as error:  # zipfile and numpy raise many types for an invalid archive
        raise ValueError(type(error).__name__) from None
