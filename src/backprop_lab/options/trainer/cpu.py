"""The CPU."""

DEVICE = "cpu"
BATCHED_DEVICES = ("cpu",)
