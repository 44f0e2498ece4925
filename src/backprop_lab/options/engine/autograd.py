"""torch tensors and backward(); the rest by hand."""

RUNG = 4
DEVICES = ("cpu", "cuda")
IS_BATCHED = False
