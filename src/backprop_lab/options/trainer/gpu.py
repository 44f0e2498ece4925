"""The GPU."""

ALSO_CALLED = ("cuda",)
DEVICE = "cuda"
BATCHED_DEVICES = ("cuda",)
