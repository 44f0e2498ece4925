"""``engine=``: how a training is computed. Here stands what a command line has to know of each; the engines themselves
are in ``backprop_lab.engines``, because they need NumPy or torch.

``RUNG`` is its place on the ladder, the lowest being 1. ``DEVICES`` are where it can compute. ``IS_BATCHED`` says that
a batched sweep trains the same networks with the same optimizers, ``NEEDS_LAYERS`` that it computes layers itself and
so needs a model that is layers in a row. An engine of one's own has its ``fit(task, start, watch) -> State`` in the
same module; on the ladder it comes last.
"""

import math

from backprop_lab.options import discovery


def ladder() -> list[str]:
    """The names of all engines, from the lowest rung up."""
    return sorted(discovery.names("engine"), key=_rung)


def _rung(name: str) -> float:
    rung: float = getattr(discovery.module("engine", name), "RUNG", math.inf)
    return rung
