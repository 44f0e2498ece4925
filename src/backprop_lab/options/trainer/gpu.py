"""The GPU."""

DEVICE = "cuda"
BATCHED_DEVICES = ("cuda",)
