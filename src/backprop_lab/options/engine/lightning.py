"""A PyTorch Lightning Trainer."""

RUNG = 5
DEVICES = ("cpu", "cuda")
IS_BATCHED = True
