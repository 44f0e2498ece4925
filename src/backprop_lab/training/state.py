"""The state of a training."""

import hashlib
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

Shape: TypeAlias = tuple[tuple[int, ...], np.dtype]
"""Shape and dtype of an array of a State."""


@dataclass
class State:
    """Everything that changes in a training: used both as a checkpoint and as a frame of the film.

    ``epoch`` and ``step`` count completed ones. The keys of ``weights`` and ``buffers`` are ``nn.Module`` names, those
    of ``optimizer`` are ``slot/weight name``.
    """

    epoch: int
    step: int
    weights: dict[str, np.ndarray]
    optimizer: dict[str, np.ndarray]
    buffers: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def weights_sha256(self) -> str:
        """Over the sorted names, dtypes, shapes and bytes of weights and buffers: equal only if every bit is."""
        named = self.weights | self.buffers
        return sha256({name: named[name] for name in sorted(named)})

    def is_finite(self) -> bool:
        return all(bool(np.isfinite(array).all()) for part in (self.weights, self.buffers) for array in part.values())


def sha256(arrays: dict[str, np.ndarray]) -> str:
    """The SHA-256 of named arrays, in order."""
    digest = hashlib.sha256()
    for name, array in arrays.items():
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
