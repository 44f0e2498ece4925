"""The time of a step on every engine."""

import argparse

from backprop_lab.options.engine import ladder
from benchmarks.measuring import TRAIN, Contender, take_turns
from benchmarks.table import Section, compared

RUNG_EPOCHS = 10


def rungs(options: argparse.Namespace) -> Section:
    """The same steps of the circle on every engine, recording only metrics and checkpoints."""
    quiet = (f"epochs={RUNG_EPOCHS}", "logger=none", "callbacks=[]")
    contenders = {name: Contender((*TRAIN, f"engine={name}", *quiet)) for name in ladder()}
    results = take_turns("engines", contenders, options.rounds)
    steps = {
        name: [1e6 * run.receipt["fit_seconds"] / run.receipt["steps"] for run in runs]
        for name, runs in results.items()
    }
    hashes = {name: runs[0].receipt["weights_sha256"] for name, runs in results.items()}
    equal = [name for name, weights in hashes.items() if weights == hashes["module"]]
    lines = compared("a step", "us", steps, "module")
    return Section(f"engines, {RUNG_EPOCHS} epochs of the circle", lines, [f"equal weights: {', '.join(equal)}"])


PARTS = {"engines": rungs}
