"""How a training is computed: one file for each rung of the ladder, named as in ``engine=``, with a ``fit``."""

import importlib

from backprop_lab.task import Fit


def load(name: str) -> Fit:
    fit: Fit = importlib.import_module(f"{__name__}.{name}").fit
    return fit
