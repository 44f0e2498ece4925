"""The only source of randomness: a generator for each seed, purpose and epoch.

Nothing draws from a global generator, so a resumed run sees the numbers that an uninterrupted one would have seen, and
one of a thousand runs sees those that it would have seen alone.
"""

import hashlib

import numpy as np


def generator(seed: int, purpose: str, epoch: int = 0) -> np.random.Generator:
    """A fresh generator. Its 128-bit key is a hash, so neighbouring seeds and epochs have nothing in common."""
    key = hashlib.sha256(f"{seed}/{purpose}/{epoch}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(key[:16], "little")))
