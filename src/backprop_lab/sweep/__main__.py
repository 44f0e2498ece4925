"""Rebuilds a sweep's table and pictures from its folders; ``--complete`` first runs the missing jobs."""

import signal

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C during the imports, and after the work, prints no traceback

import argparse

from backprop_lab.config import own_options
from backprop_lab.experiment import printing
from backprop_lab.experiment.console import count
from backprop_lab.experiment.ending import leave, status_of
from backprop_lab.experiment.printing import say
from backprop_lab.options.plain_yaml import typed_value
from backprop_lab.report.sweep.conclusion import conclude
from backprop_lab.runs.errors import InUse
from backprop_lab.sweep import jobs
from backprop_lab.sweep.folder import Sweep
from backprop_lab.sweep.places import place, queue
from backprop_lab.sweep.places.place import Place
from backprop_lab.sweep.unpack import unpack
from backprop_lab.training.interruption import Interrupted


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m backprop_lab.sweep", description=__doc__)
    parser.add_argument("folder", help="a sweep folder, such as outputs/sweeps/DATE/TIME")
    parser.add_argument("--complete", action="store_true", help="first run the missing, interrupted and failed jobs")
    parser.add_argument("--wait", action="store_true", help="before that, wait for the jobs that are still queued")
    parser.add_argument("--unpack", action="store_true", help="give packed jobs folders of their own")
    parser.add_argument("--where", default="local", help=f"where to run them: {', '.join(place.KNOBS)}")
    for where, knobs in place.KNOBS.items():
        for key, rule in knobs.items():
            parser.add_argument(f"--{key}", metavar="VALUE", help=f"with --where={where}: {rule.meaning}")
    own_options.add_flag(parser)
    given = parser.parse_args(arguments)
    printing.begin()
    return status_of(lambda: _carried_out(given))


def _carried_out(given: argparse.Namespace) -> int:
    own_options.use_given(given)
    knobs = {key: None if (text := getattr(given, key)) is None else typed_value(text) for key in place.all_keys()}
    place.check(given.where, knobs)
    sweep = Sweep.at(given.folder)
    try:
        with sweep.locked():
            if given.unpack:
                say(f"{count(unpack(sweep), 'job')} unpacked")
                return 0
            sweep.queued = queue.jobs_of(sweep, given.wait)
            if given.complete and sweep.queued:
                queue.refuse(sweep)
            return _conclude(sweep, place.place_at(given.where, knobs) if given.complete else None)
    except InUse:
        if not given.complete:
            jobs.show(sweep)
        raise


def _conclude(sweep: Sweep, to_complete_at: Place | None) -> int:
    try:
        if to_complete_at is not None:
            jobs.complete(sweep, to_complete_at)
    except Interrupted:
        conclude(sweep)
        raise
    return conclude(sweep)


if __name__ == "__main__":
    leave(main())
