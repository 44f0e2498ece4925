"""Many runs at once: a thousand circles compared with one run and with the alternatives, and how the cost grows.

The kernel is compiled once on a machine, so each part begins with a sweep on an empty cache that is not counted.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.measuring import TRAIN, Contender, Measured, Receipt, measure, peer, take_turns
from benchmarks.peers import EPOCHS
from benchmarks.table import Line, Section, compared

CIRCLE = (*TRAIN, "dataset=circle", "model.hidden=8", f"epochs={EPOCHS}")
MEMBERS = 1000
ONE = "one run"
LIGHTNING, SKLEARN = "Lightning's defaults, fit", "scikit-learn MLPClassifier, fit"
DEFAULTS = "Lightning's default script"
KERNEL = "the kernel"
JAX, JAX_NUMPY = "JAX jit(vmap(scan)), fit", "the same, orders by NumPy"
C, C_FAST_MATH = "C", "C with -ffast-math"
SIZES, FEW, LARGE = (1, 10, 100, 1000), 10, 10_000
BASIC = f"{FEW} members, basic launcher"
MOST_MEGABYTES, MOST_SECONDS = 1000.0, 50.0
SCALING_ROUNDS = 3
NEAR = 0.02


def batched(options: argparse.Namespace) -> Section:
    """A sweep against one run (whole process); time per run against the peers; training time against C."""
    members: int = options.members
    ours = f"{members:,} runs batched"
    alone = {
        ONE: Contender(CIRCLE),
        LIGHTNING: peer("circle_lightning", EPOCHS),
        SKLEARN: peer("circle_sklearn", EPOCHS),
    }
    many = {
        KERNEL: peer("circle_kernel", members),
        JAX: peer("circle_jax", members),
        JAX_NUMPY: peer("circle_jax_numpy_orders", members),
        C: peer("circle_c", members),
        C_FAST_MATH: peer("circle_c_fast_math", members),
    }
    with tempfile.TemporaryDirectory() as cache:
        sweep = _sweep(members, cache)
        cold = measure(sweep)
        results = take_turns("batched", {ours: sweep, **alone, **many}, options.rounds)
    accuracies = _accuracies(results)
    fits = {name: [run.receipt["fit_seconds"] for run in runs] for name, runs in results.items()}
    walls = {name: [run.seconds for run in runs] for name, runs in results.items()}
    each = {
        ours: _milliseconds(walls[ours], members),
        f"{ONE}, whole process": _milliseconds(walls[ONE], 1),
        **{name: _milliseconds(fits[name], 1) for name in (LIGHTNING, SKLEARN)},
        **{name: _milliseconds(fits[name], members) for name in (JAX, JAX_NUMPY)},
    }
    is_asked = members == MEMBERS  # the targets are for this number
    at_least = {LIGHTNING: 400.0, SKLEARN: 25.0, JAX: 3.0, JAX_NUMPY: 1.3} if is_asked else {}
    training = {name: fits[name] for name in (KERNEL, C, C_FAST_MATH)}
    whole = {ours: walls[ours], DEFAULTS: walls[LIGHTNING]}
    first = [cold.seconds - statistics.median(walls[ours])]
    lines = [
        *compared("whole process", "s", whole, DEFAULTS, {ours: 0.58} if is_asked else {}),
        *compared("beside", "s", {name: walls[name] for name in (ours, ONE)}, ONE, {ours: 1.3} if is_asked else {})[:1],
        Line("the first sweep of a machine takes more, by", "s", first, at_most=7.0),
        *compared("per run", "ms", each, ours, at_least=at_least),
        *compared("training", "s", training, C, {KERNEL: 0.6} if is_asked else {}),
    ]
    notes = [
        "wanted: whole process 0.42, beside one run 1.0, training 0.5",
        f"beside: the whole process, compared with that of {ONE}",
        "per run: batched is the whole process, divided by its runs; JAX its fit with compilation, without imports",
        "training: the kernel's is points, orders, steps and validation, a thread a core, loaded from its cache; C is",
        "  points, shuffling and steps: -O3 -march=native, a thread a core",
        "mean val_acc: " + ", ".join(f"{name.removesuffix(', fit')} {x:.4f}" for name, x in accuracies.items()),
    ]
    return Section(f"circles, {EPOCHS} epochs", lines, notes)


def jobs(options: argparse.Namespace) -> Section:
    """The cost of a job besides its training."""
    results = take_turns("jobs", {"jobs": peer("jobs", options.members)}, options.rounds)["jobs"]
    parts = {
        part: [1000 * run.receipt[f"{part}_seconds"] for run in results] for part in ("composed", "begun", "written")
    }
    before = [sum(both) for both in zip(parts["composed"], parts["begun"], strict=True)]
    lines = [
        Line("composed, checked and written", "ms", before, at_most=2.0),
        Line("of these: composed and checked", "ms", parts["composed"]),
        Line("what it leaves", "ms", parts["written"], at_most=1.0),
    ]
    notes = [
        "what it leaves: configuration, final metrics, rows, checkpoints, frames and receipt, with the disk; work of",
        "  Python, which one thread at a time executes while others train",
    ]
    return Section("one job of a sweep, besides its training", lines, notes)


def scaling(options: argparse.Namespace) -> Section:
    """Time and memory against the number of members, and the basic launcher for a small number."""
    rounds = min(options.rounds, SCALING_ROUNDS)
    with tempfile.TemporaryDirectory() as cache:
        contenders = {_members(n): _sweep(n, cache) for n in SIZES}
        for name, contender in contenders.items():
            print(f"scaling, not counted: {name}", file=sys.stderr, flush=True)
            measure(contender)
        basic = Contender((*CIRCLE, "-m", f"seed=range({FEW})"), has_children=True)
        results = take_turns("scaling", {**contenders, BASIC: basic}, rounds)
        if options.large:
            results |= take_turns("scaling", {_members(LARGE): _sweep(LARGE, cache)}, 1)
    sizes = [*SIZES, *([LARGE] if options.large else [])]
    walls = {name: [run.seconds for run in runs] for name, runs in results.items()}
    peaks = {name: [run.megabytes for run in runs] for name, runs in results.items()}
    few = compared("whole process", "s", {name: walls[name] for name in (_members(FEW), BASIC)}, _members(FEW),
                   at_least={BASIC: 3.0})  # fmt: skip
    names = [_members(n) for n in sizes]
    lines = [
        *(Line(f"whole process, {name}", "s", walls[name], at_most=MOST_SECONDS if name == _members(LARGE) else None)
          for name in names if name != _members(FEW)),
        *few,
        *(Line(f"peak memory, {name}", "MB", peaks[name], at_most=MOST_MEGABYTES if name == _members(LARGE) else None)
          for name in [*names, BASIC]),
    ]  # fmt: skip
    if options.plot:
        _plot(options.plot, {n: results[_members(n)] for n in sizes}, results[BASIC])
    notes = [
        "peak memory: all processes of a sweep together; pages that they share are counted in each",
        f"{BASIC}: it also draws the figures of each job and writes its TensorBoard events, as it does by default",
    ]
    return Section(f"members trained together, {EPOCHS} epochs of the circle", lines, notes)


def _members(n: int) -> str:
    return f"{n:,} {'member' if n == 1 else 'members'}"


def _sweep(members: int, cache: str) -> Contender:
    arguments = (*CIRCLE, "-m", "hydra/launcher=batched", f"seed=range({members})")
    environment = {"XDG_CACHE_HOME": cache}
    return Contender(arguments, environment=environment, receipt_of=_receipt_of_sweep, has_children=True)


def _receipt_of_sweep(folder: Path, said: str) -> Receipt:
    """``fit_seconds`` is the sum over all members."""
    if "kernel: " not in said:
        sys.exit(f"a batched sweep was not trained by the kernel: {said}")
    summaries = [json.loads(file.read_text()) for file in folder.glob("outputs/sweeps/*/*/*/summary.json")]
    return {
        "fit_seconds": sum(summary["fit_seconds"] for summary in summaries),
        "metrics": {"val_acc": statistics.fmean(summary["metrics"]["val_acc"] for summary in summaries)},
    }


def _accuracies(results: Mapping[str, list[Measured]]) -> dict[str, float]:
    """The mean of each contender. Exits if they differ too much to be compared."""
    means = {
        name: statistics.fmean(run.receipt["metrics"]["val_acc"] for run in runs) for name, runs in results.items()
    }
    ours = next(iter(means.values()))
    for name, mean in means.items():
        if abs(mean - ours) > NEAR:
            sys.exit(f"{name}: validation accuracy {mean:.3f} is not near {ours:.3f}, so there is nothing to compare")
    return means


def _milliseconds(seconds: list[float], runs: int) -> list[float]:
    return [1000 * x / runs for x in seconds]


def _plot(file: Path, batched: Mapping[int, list[Measured]], basic: list[Measured]) -> None:
    # Imported only after measuring: matplotlib would make this process larger than those that it measures.
    from backprop_lab.figures.style import png
    from benchmarks.scaling_figure import scaling_figure

    seconds = {n: statistics.median(run.seconds for run in runs) for n, runs in batched.items()}
    megabytes = {n: statistics.median(run.megabytes for run in runs) for n, runs in batched.items()}
    file.write_bytes(png(scaling_figure(seconds, megabytes, FEW, statistics.median(run.seconds for run in basic))))


PARTS = {"batched": batched, "jobs": jobs, "scaling": scaling}
