"""What limits a sweep: the process that plans and concludes it, the places where its jobs are trained, and the disk.

``places`` needs Ray (the extra ``ray``), and measures Slurm too if ``SLURM_CONF`` names a cluster of this machine.
"""

import argparse
import importlib.util
import os
import shutil
import sys
from pathlib import Path

from benchmarks.measuring import TRAIN, Contender, Receipt, measure, peer, take_turns
from benchmarks.table import Line, Section, compared

SIZES = (10_000, 50_000)
PER_JOB, BEGIN_SECONDS, MEGABYTES = 0.2, 8.0, 450.0
"""At most: milliseconds of a job in the driver; seconds until 50,000 jobs begin, and the memory for them."""
PARTS_OF_DRIVER = ("composed", "begun", "planned", "table", "pictures", "page")
SERIAL_ONCE = ("pictures", "page")
CIRCLES, OWN_SHARE = 10_240, 1.05
LARGE, EPOCHS = 100_000, 5
MILLION, WANTED_SECONDS = 1_000_000, 120
CORES_OF_A_MACHINE = 2


def driver(options: argparse.Namespace) -> Section:
    """The work of the process that plans and concludes, for jobs whose training takes next to nothing."""
    lines, notes = [], []
    for jobs in SIZES:
        results = take_turns("driver", {f"{jobs:,}": peer("scale_driver", jobs)}, min(options.rounds, 3))[f"{jobs:,}"]
        of = {part: [run.receipt[part] for run in results] for part in PARTS_OF_DRIVER}
        before = [sum(parts) for parts in zip(*(of[part] for part in ("composed", "begun", "planned")), strict=True)]
        each = [1000 * (start + rows) / jobs for start, rows in zip(before, of["table"], strict=True)]
        is_last = jobs == SIZES[-1]
        lines += [
            Line(f"{jobs:,} jobs: until they begin", "s", before, at_most=BEGIN_SECONDS if is_last else None),
            Line(f"{jobs:,} jobs: table and result", "s", of["table"]),
            Line(f"{jobs:,} jobs: pictures", "s", of["pictures"]),
            Line(f"{jobs:,} jobs: page", "s", of["page"]),
            Line(f"{jobs:,} jobs: a job, without pictures and page", "ms", each, at_most=PER_JOB),
            Line(f"{jobs:,} jobs: memory when they begin", "MB", [run.receipt["megabytes"] for run in results],
                 at_most=MEGABYTES if is_last else None),
            Line(f"{jobs:,} jobs: peak memory", "MB", [run.megabytes for run in results]),
        ]  # fmt: skip
    notes.append(
        "processor time of one process; the jobs are 20 rates and as many seeds, packed; 10,000 are trained, and\n"
        "  the others are given what these leave"
    )
    return Section("what the driver does", lines, notes)


def places(options: argparse.Namespace) -> Section:
    """The same circles on two cores of this machine, of Ray and of Slurm, whose cluster runs already."""
    contenders = {"this process": peer("scale_local", CIRCLES)}
    if importlib.util.find_spec("ray") is not None:
        contenders["Ray"] = peer("scale_ray", CIRCLES)
    if shutil.which("sbatch") and os.environ.get("SLURM_CONF"):
        contenders["Slurm"] = peer("scale_slurm", CIRCLES)
    results = take_turns("places", contenders, min(options.rounds, 3))
    seconds = {name: [run.receipt["seconds"] for run in runs] for name, runs in results.items()}
    limits = {name: OWN_SHARE for name in contenders if name != "this process"}
    lines = compared(f"{CIRCLES:,} circles, packed", "s", seconds, "this process", limits)
    weights = {run.receipt["weights"] for runs in results.values() for run in runs}
    if len(weights) != 1:
        sys.exit(f"the places have trained different weights: {weights}")
    return Section("places, two cores each", lines, ["all weights are equal; this process uses two threads here"])


def packed(options: argparse.Namespace) -> Section:
    """A hundred thousand circles in one command."""
    circles = ("dataset=circle", "model.hidden=8", f"epochs={EPOCHS}", f"seed=range({LARGE})")
    run = measure(
        Contender((*TRAIN, "-m", "hydra/launcher=batched", *circles), receipt_of=_disk_of_sweep, has_children=True)
    )
    lines = [
        Line("whole process", "s", [run.seconds]),
        Line("jobs a second", "", [LARGE / run.seconds]),
        Line("peak memory", "MB", [run.megabytes]),
        Line("on disk", "MB", [run.receipt["bytes"] / 1e6]),
        Line("on disk, a job", "kB", [run.receipt["bytes"] / 1e3 / LARGE]),
    ]
    return Section(f"{LARGE:,} circles of {EPOCHS} epochs, packed", lines, [f"{run.receipt['files']:,.0f} files"])


def million(options: argparse.Namespace) -> Section:
    """On paper: a million circles of 50 epochs, from the figures of ``driver`` and ``places``."""
    planned = measure(peer("scale_driver", SIZES[-1])).receipt
    trained = measure(peer("scale_local", CIRCLES)).receipt["seconds"]
    a_job = sum(planned[part] for part in PARTS_OF_DRIVER if part not in SERIAL_ONCE) / SIZES[-1]
    once = sum(planned[part] for part in SERIAL_ONCE)
    core_seconds = trained * CORES_OF_A_MACHINE / CIRCLES
    serial = MILLION * a_job + once
    lines = [
        Line(f"{machines:,} machine{'s' * (machines > 1)}", "s",
             [serial + MILLION * core_seconds / (CORES_OF_A_MACHINE * machines)],
             at_most=WANTED_SECONDS if machines == 100 else None)
        for machines in (1, 10, 100, 1000)
    ]  # fmt: skip
    saturated = MILLION * core_seconds / serial
    notes = [
        f"computed from {1000 * core_seconds:.2f} ms of a core for a job, {1000 * a_job:.3f} ms of the driver, and",
        f"  {once:.1f} s for pictures and page; with {saturated:,.0f} cores the driver takes as long as the training",
    ]
    return Section("a million circles, on machines of two cores, on paper", lines, notes)


def _disk_of_sweep(folder: Path, said: str) -> Receipt:
    files = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
    if f"{LARGE:,} jobs in" not in said:
        sys.exit(said)
    return {"bytes": float(sum(files)), "files": float(len(files))}


PARTS = {"driver": driver, "places": places, "packed": packed, "million": million}
