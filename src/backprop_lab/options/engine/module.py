"""torch.nn and torch.optim in a plain loop."""

RUNG = 5
DEVICES = ("cpu", "cuda")
IS_BATCHED = True
