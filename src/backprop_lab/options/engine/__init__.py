"""``engine=``: the implementation of the training. These modules hold what the command line needs to know; the engines
themselves are in ``backprop_lab.engines``, because they need NumPy or torch.

``RUNG`` is its position on the ladder, from 1. ``DEVICES`` are the devices it supports. ``IS_BATCHED`` says that a
batched sweep trains the same networks with the same optimizers, ``NEEDS_LAYERS`` that it computes layers itself and so
needs a sequential model. A custom engine has its ``fit(task, start, watch) -> State`` in the same module; it comes last
on the ladder.
"""

import math

from backprop_lab.options import discovery


def ladder() -> list[str]:
    """The names of all engines, lowest rung first."""
    return sorted(discovery.names("engine"), key=_rung)


def _rung(name: str) -> float:
    rung: float = getattr(discovery.module("engine", name), "RUNG", math.inf)
    return rung
