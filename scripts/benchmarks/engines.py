"""The time of a step on every engine."""

import argparse

from backprop_lab.options.engine import ladder
from benchmarks.measuring import TRAIN, Contender, measure, peer, take_turns
from benchmarks.table import Section, compared

RUNG_EPOCHS, LATE = 10, 1000


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


def whole(options: argparse.Namespace) -> Section:
    """The whole process of the circle on the two ends, without logger and page."""
    quiet = ("logger=none", "report=false")
    contenders = {name: Contender((*TRAIN, f"engine={name}", *quiet)) for name in ("kernel", "module", "lightning")}
    measure(contenders["kernel"])  # compiles, if nobody has
    results = take_turns("whole", contenders, options.rounds)
    walls = {name: [run.seconds for run in runs] for name, runs in results.items()}
    lines = compared("whole process", "s", walls, "lightning", {"kernel": 0.35})
    return Section("the circle, with logger=none report=false", lines, ["wanted of the kernel: 0.2"])


def late(options: argparse.Namespace) -> Section:
    """Whether subnormal numbers slow down a long training: each costs a hundred cycles."""
    results = take_turns("late", {"kernel": peer("kernel_late", LATE)}, options.rounds)["kernel"]
    names = {"first": "the first 50 epochs", "last": f"the last 50 of {LATE:,}"}
    numbers = {name: [1000 * run.receipt[part] for run in results] for part, name in names.items()}
    lines = compared("a circle", "ms", numbers, names["first"], {names["last"]: 1.15})
    return Section("the kernel on one core, with orders and validation", lines, [])


PARTS = {"engines": rungs, "whole": whole, "late": late}
