"""A State as the bytes of a ``.ckpt`` file.

The file is what ``torch.save`` writes for plain tensors and numbers, so ``torch.load(path, weights_only=True)`` reads
it, followed by its SHA-256: of 60 files with one flipped bit, torch alone loads 41 without an error. Neither writing
nor reading needs torch.
"""

import functools
import hashlib
import io
import itertools
import sys
import zipfile
from typing import Any

import numpy as np

from backprop_lab.runs import tensors_pickled
from backprop_lab.runs.tensors_pickled import Tensor
from backprop_lab.runs.zipped import archive
from backprop_lab.training.state import State

MARK = b"\nbackprop-lab sha256 "
TRAILER = len(MARK) + 64
ROOT = "archive"


def dump(state: State) -> bytes:
    parts = {"weights": state.weights, "optimizer": state.optimizer}
    if state.buffers:
        parts["buffers"] = state.buffers
    keys = itertools.count()
    tensors = {
        part: {name: Tensor(next(keys), _name(array.dtype), array.shape) for name, array in named.items()}
        for part, named in parts.items()
    }
    pickled = tensors_pickled.dump({"epoch": state.epoch, "step": state.step}, tensors)
    files = {"data.pkl": pickled, "byteorder": sys.byteorder.encode()}
    contents = [array.tobytes() for named in parts.values() for array in named.values()]
    files |= {f"data/{key}": content for key, content in enumerate(contents)}
    files["version"] = b"3\n"
    content = archive({f"{ROOT}/{name}": file for name, file in files.items()})
    return content + MARK + hashlib.sha256(content).hexdigest().encode()


@functools.cache
def _name(dtype: np.dtype) -> str:
    """NumPy makes it anew each time."""
    return dtype.name


def load(file: bytes, limit: int) -> State:
    """The State in the bytes of a file.

    Raises ``ValueError`` if the checksum does not match, if it contains more than ``limit`` bytes, or if it is not a
    State. Only arrays and numbers are read.
    """
    content, trailer = file[:-TRAILER], file[-TRAILER:]
    if trailer != MARK + hashlib.sha256(content).hexdigest().encode():
        raise ValueError("its checksum does not match its content")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archived:
            size = sum(entry.file_size for entry in archived.infolist())
            if size > limit:
                raise ValueError(f"contains {size:,} bytes, but this network's state needs less than {limit:,}")
            (root,) = {name.partition("/")[0] for name in archived.namelist()}
            if f"{root}/byteorder" in archived.namelist():
                order = archived.read(f"{root}/byteorder").decode()
                if order != sys.byteorder:
                    raise ValueError(f"written on a machine with {order} byte order")
            pickled = archived.read(f"{root}/data.pkl")
            stored = tensors_pickled.load(pickled, lambda key: archived.read(f"{root}/data/{key}"))
        return State(
            epoch=_count(stored["epoch"]),
            step=_count(stored["step"]),
            weights=_arrays(stored["weights"]),
            optimizer=_arrays(stored["optimizer"]),
            buffers=_arrays(stored.get("buffers", {})),
        )
    except ValueError:
        raise
    except Exception as error:  # an invalid archive or pickle raises many types
        raise ValueError(f"not a checkpoint ({type(error).__name__})") from None


def _count(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError("its epoch or step is not a count")
    return value


def _arrays(named: Any) -> dict[str, np.ndarray]:
    if type(named) is not dict or any(type(array) is not np.ndarray for array in named.values()):
        raise ValueError("its weights or optimizer state are no tensors")
    return named
