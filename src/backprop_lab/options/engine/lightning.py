"""A PyTorch Lightning Trainer."""

ALSO_CALLED = ("pl", "pytorch_lightning")
RUNG = 6
DEVICES = ("cpu", "cuda")
IS_BATCHED = True
