"""The one way in which a command ends: an exit status, and for an error one line."""

import os
import sys
import threading
from collections.abc import Callable

from backprop_lab.config.errors import ConfigError
from backprop_lab.experiment.failure import described
from backprop_lab.experiment.printing import error, flush
from backprop_lab.options.discovery import OptionError
from backprop_lab.runs.errors import RunError
from backprop_lab.training import interruption
from backprop_lab.training.interruption import Interrupted

WORKER = "backprop-lab-worker"
"""The name of a thread that trains."""
WRONG_INPUT = (RunError, ConfigError, OptionError)


def status_of(
    work: Callable[[], int],
    wrong_input: tuple[type[Exception], ...] = WRONG_INPUT,
    explained: Callable[[Exception], str] = str,
    shows_traceback: bool = False,
) -> int:
    """Do the work of a command, which signals end; returns its exit status.

    It is 2 for wrong input and refused folders, 1 for any other failure, and that of the signal after a signal.
    ``explained`` gives the line for wrong input. With ``shows_traceback`` failures are raised instead.
    """
    try:
        with interruption.handled():
            return work()
    except Interrupted as interrupted:  # out here, where a second signal finds nothing left to interrupt
        return interrupted.exit_status
    except Exception as failure:
        if shows_traceback:
            raise
        if isinstance(failure, wrong_input):
            error(explained(failure))
            return 2
        if isinstance(failure, OSError):  # a folder is not writable
            error(failure)
        else:  # whatever a folder of somebody else may cause
            error(described(failure))
        return 1


def leave(status: int) -> None:
    """End the process.

    At once, if an interrupted sweep has left a thread behind that is inside the compiler, which Python's own end would
    pull the ground from under.
    """
    if status and any(thread.daemon and thread.name == WORKER for thread in threading.enumerate()):
        flush()
        os._exit(status)
    sys.exit(status)
