"""Rebuilds a sweep's table and pictures from its folders; ``--complete`` first runs the missing jobs."""

import signal

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C during the imports, and after the work, prints no traceback

import argparse

from backprop_lab.config import own_options
from backprop_lab.experiment import printing
from backprop_lab.experiment.ending import leave, status_of
from backprop_lab.report.sweep.conclusion import conclude
from backprop_lab.runs.errors import InUse
from backprop_lab.sweep import jobs
from backprop_lab.sweep.folder import Sweep
from backprop_lab.training.interruption import Interrupted


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m backprop_lab.sweep", description=__doc__)
    parser.add_argument("folder", help="a sweep folder, such as outputs/sweeps/DATE/TIME")
    parser.add_argument("--complete", action="store_true", help="first run the missing, interrupted and failed jobs")
    own_options.add_flag(parser)
    given = parser.parse_args(arguments)
    printing.begin()
    return status_of(lambda: _carried_out(given))


def _carried_out(given: argparse.Namespace) -> int:
    own_options.use_given(given)
    sweep = Sweep.at(given.folder)
    try:
        with sweep.locked():
            return _conclude(sweep, given.complete)
    except InUse:
        if not given.complete:
            jobs.show(sweep)
        raise


def _conclude(sweep: Sweep, completes: bool) -> int:
    try:
        if completes:
            jobs.complete(sweep)
    except Interrupted:
        conclude(sweep)
        raise
    return conclude(sweep)


if __name__ == "__main__":
    leave(main())
