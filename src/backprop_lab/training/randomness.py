"""The only source of randomness: one generator per seed, purpose and epoch.

Nothing draws from a global generator, so a resumed run gets the same numbers as an uninterrupted one, and one of a
thousand runs the same as a single run.
"""

import hashlib

import numpy as np


def generator(seed: int, purpose: str, epoch: int = 0) -> np.random.Generator:
    """A fresh generator. Its 128-bit key is a hash, so neighbouring seeds and epochs are unrelated."""
    key = hashlib.sha256(f"{seed}/{purpose}/{epoch}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(key[:16], "little")))
