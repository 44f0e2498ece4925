"""The one way in which a command ends: an exit status, and for an error one line."""

from collections.abc import Callable

from backprop_lab.config.errors import ConfigError
from backprop_lab.experiment.printing import error
from backprop_lab.options.discovery import OptionError
from backprop_lab.runs.errors import RunError
from backprop_lab.training import interruption
from backprop_lab.training.interruption import Interrupted

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
            from backprop_lab.experiment.conclusion import described  # loads torch

            error(described(failure))
        return 1
