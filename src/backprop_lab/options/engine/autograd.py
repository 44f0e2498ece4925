"""torch tensors and backward(); the rest by hand."""

RUNG = 3
DEVICES = ("cpu", "cuda")
IS_BATCHED = False
