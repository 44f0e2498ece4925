"""Arrays by name as the bytes of an ``.npz`` file."""

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

    Raises ``ValueError`` where it is no such file, or where there is more inside than ``limit`` bytes.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(file)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > limit:
                raise ValueError("too large")
        with np.load(io.BytesIO(file), allow_pickle=False) as arrays:
            return dict(arrays)
    except Exception as error:  # zipfile and numpy raise many types for what is not an archive of arrays
        raise ValueError(type(error).__name__) from None
