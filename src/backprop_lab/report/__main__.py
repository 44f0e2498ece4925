"""Rebuilds the page of a run or a sweep from its folder alone."""

import signal

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C during the imports, and after the work, prints no traceback

import argparse
import sys
from pathlib import Path

import torch

from backprop_lab.config import own_options
from backprop_lab.experiment import printing
from backprop_lab.experiment.ending import status_of
from backprop_lab.experiment.paths import short
from backprop_lab.experiment.printing import doing, say
from backprop_lab.report.run import page as run_page
from backprop_lab.report.sweep import page as sweep_page
from backprop_lab.runs.run import Run
from backprop_lab.sweep.folder import Sweep


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m backprop_lab.report", description=__doc__)
    parser.add_argument("folder", help="a run folder or a sweep folder, such as outputs/runs/DATE/TIME")
    own_options.add_flag(parser)
    given = parser.parse_args(arguments)
    printing.begin()
    torch.set_num_threads(1)  # as in a training: several threads only slow down steps of this size
    return status_of(lambda: _carried_out(given))


def _carried_out(given: argparse.Namespace) -> int:
    own_options.use_given(given)
    with doing("writing the page"):
        page = _write(given.folder)
    say(short(page))
    return 0


def _write(folder: str) -> Path:
    if Sweep(folder).runs():
        return sweep_page.write(Sweep.at(folder))
    return run_page.write(Run.at(folder))


if __name__ == "__main__":
    sys.exit(main())
