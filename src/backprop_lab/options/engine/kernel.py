"""The chain rule by hand, compiled: what a batched sweep trains its networks with."""

ALSO_CALLED = ("compiled", "numba")
RUNG = 3
DEVICES = ("cpu",)
IS_BATCHED = True
NEEDS_LAYERS = True
