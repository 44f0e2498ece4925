"""The only source of randomness: one generator per seed, purpose and epoch.

Nothing draws from a global generator, so a resumed run gets the same numbers as an uninterrupted one, and one of a
thousand runs the same as a single run.
"""

import hashlib

import numpy as np


def generator(seed: int, purpose: str, epoch: int = 0) -> np.random.Generator:
    """A fresh generator. Its 128-bit key is a hash, so neighbouring seeds and epochs are unrelated."""
    return np.random.Generator(np.random.PCG64(int.from_bytes(key_of(seed, purpose, epoch), "little")))


def key_of(seed: int, purpose: str, epoch: int) -> bytes:
    """The 16 bytes that seed the generator, the lowest first."""
    return hashlib.sha256(f"{seed}/{purpose}/{epoch}".encode()).digest()[:16]
