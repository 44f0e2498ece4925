"""One number at a time, with our own automatic differentiation."""

RUNG = 1
DEVICES = ("cpu",)
IS_BATCHED = False
NEEDS_LAYERS = True
