"""The processor."""

DEVICE = "cpu"
BATCHED_DEVICES = ("cpu",)
