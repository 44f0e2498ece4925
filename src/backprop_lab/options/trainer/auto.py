"""The GPU for a batched sweep if there is one; a single run takes the processor, which is faster for it."""

DEVICE = "cpu"
BATCHED_DEVICES = ("cuda", "cpu")
