"""One number at a time, on our own automatic differentiation."""

RUNG = 1
DEVICES = ("cpu",)
IS_BATCHED = False
NEEDS_LAYERS = True
