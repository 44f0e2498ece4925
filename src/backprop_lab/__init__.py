"""Backprop Lab: see how neural networks learn.

In a notebook::

    from backprop_lab import Run, train
    run = train("dataset=moons", "model.hidden=16")  # or Run("outputs/runs/...")
    run.page()
    run.network(), run.metrics(), run.config, run.predict(x)

    from backprop_lab import Sweep, train_many
    sweep = train_many("dataset=moons", {"optimizer.lr": [0.03, 0.1], "seed": range(50)})
    sweep.table(), sweep.run(17), sweep.page()  # as of Sweep("outputs/sweeps/...")
"""

TYPE_CHECKING = (
    False  # `python -m backprop_lab.report` imports this first, and until it is done Ctrl-C prints a traceback
)
if TYPE_CHECKING:
    from backprop_lab.notebook import compose, train, train_many
    from backprop_lab.runs.run import Run
    from backprop_lab.sweep.folder import Sweep

__version__ = "0.1.0"
__all__ = ["Run", "Sweep", "__version__", "compose", "train", "train_many"]


_HOMES = {
    "Run": "backprop_lab.runs.run",
    "Sweep": "backprop_lab.sweep.folder",
    **dict.fromkeys(("compose", "train", "train_many"), "backprop_lab.notebook"),
}


def __getattr__(name: str) -> object:
    # The command line imports this package to check a configuration, so NumPy is not imported until a run is opened.
    if name in _HOMES:
        import importlib

        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
