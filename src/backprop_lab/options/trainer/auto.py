"""The GPU for a batched sweep if there is one; the CPU for a single run, where it is faster."""

DEVICE = "cpu"
BATCHED_DEVICES = ("cuda", "cpu")
