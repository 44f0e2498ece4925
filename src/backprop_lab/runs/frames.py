"""Recorded States as the bytes of ``frames.npz``: the first axis of each array is the frame."""

from collections.abc import Sequence

import numpy as np

from backprop_lab.runs import arrays
from backprop_lab.training.state import State


def dump(frames: Sequence[State]) -> bytes:
    first = frames[0]
    return arrays.dump({
        "epoch": np.array([frame.epoch for frame in frames]),
        "step": np.array([frame.step for frame in frames]),
        **{f"weights/{name}": np.stack([frame.weights[name] for frame in frames]) for name in first.weights},
        **{f"optimizer/{name}": np.stack([frame.optimizer[name] for frame in frames]) for name in first.optimizer},
        **{f"buffers/{name}": np.stack([frame.buffers[name] for frame in frames]) for name in first.buffers},
    })  # fmt: skip


def load(file: bytes, limit: int) -> list[State]:
    """The States. Raises ``ValueError`` if it is not such a file, or contains more than ``limit`` bytes."""
    stored = arrays.load(file, limit)
    parts: dict[str, dict[str, np.ndarray]] = {"weights": {}, "optimizer": {}, "buffers": {}}
    for key, array in stored.items():
        part, _, name = key.partition("/")
        if part in parts:
            parts[part][name] = array
    try:
        return [
            State(int(e), int(s), *({name: array[i, ...] for name, array in part.items()} for part in parts.values()))
            for i, (e, s) in enumerate(zip(stored["epoch"], stored["step"], strict=True))
        ]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ValueError(type(error).__name__) from None
