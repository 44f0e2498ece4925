"""Backprop Lab: see how neural networks learn.

In a notebook::

    from backprop_lab import Run
    run = Run("outputs/runs/...")
    run.network(), run.metrics(), run.config, run.predict(x)
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backprop_lab.runs.run import Run

__version__ = "0.1.0"
__all__ = ["Run", "__version__"]


def __getattr__(name: str) -> Any:
    # The command line imports this package to check a configuration; NumPy can wait until a run is opened.
    if name == "Run":
        from backprop_lab.runs.run import Run

        return Run
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
