"""torch.nn and torch.optim in a plain loop."""

RUNG = 4
DEVICES = ("cpu", "cuda")
IS_BATCHED = True
