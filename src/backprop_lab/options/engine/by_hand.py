"""NumPy, with the chain rule written out."""

RUNG = 2
DEVICES = ("cpu",)
IS_BATCHED = False
NEEDS_LAYERS = True
