"""The result of a multirun, for the command line."""

from typing import TYPE_CHECKING

from backprop_lab.experiment.printing import error
from backprop_lab.training import interruption

if TYPE_CHECKING:
    from backprop_lab.sweep.folder import Sweep


def conclude(sweep: "Sweep") -> int:
    """Write and print the result of a sweep; returns the exit status, which is that of its jobs.

    Never raises an ``Exception``: in a callback, Hydra would turn it into a warning and exit with 0.
    """
    try:
        with interruption.recognized():
            with interruption.importing():
                from backprop_lab.report.sweep.conclusion import conclude

            return conclude(sweep)
    except Exception as failure:  # not even the folders of the jobs can be read
        error(failure if isinstance(failure, ValueError | OSError) else f"{type(failure).__name__}: {failure}")
        return 1
