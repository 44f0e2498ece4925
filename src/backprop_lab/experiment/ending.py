"""The one way in which a command ends: an exit status, and for an error one line."""

from collections.abc import Callable

from backprop_lab.config.errors import ConfigError
from backprop_lab.experiment.printing import error
from backprop_lab.options.discovery import OptionError
from backprop_lab.runs.errors import RunError
from backprop_lab.training import interruption
from backprop_lab.training.interruption import Interrupted


def status_of(work: Callable[[], int]) -> int:
    """Do the work of a command; returns its exit status.

    It is 2 for wrong input and refused folders, 1 for any other failure, and that of the signal after a signal.
    """
    try:
        return _status_of(work)
    except Interrupted as interrupted:
        return interrupted.exit_status


def _status_of(work: Callable[[], int]) -> int:
    try:
        return work()
    except Exception as failure:
        interruption.raise_if_received()
        return _said(failure)


def _said(failure: Exception) -> int:
    if isinstance(failure, RunError | ConfigError | OptionError):
        error(failure)
        return 2
    if isinstance(failure, OSError):  # a folder is not writable
        error(failure)
    else:  # whatever a folder of somebody else may cause
        from backprop_lab.experiment.conclusion import described  # loads torch

        error(described(failure))
    return 1
