"""The page of a sweep: the predictions of all jobs, laid out by the swept keys, with metrics and failures."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from backprop_lab.experiment import commands
from backprop_lab.experiment.paths import short
from backprop_lab.report.document import D3, PLOT, document
from backprop_lab.report.sweep import sentences as words
from backprop_lab.report.sweep.curves import Curves, curves_of
from backprop_lab.report.sweep.listed import Listed, listed, whole
from backprop_lab.report.sweep.pictures import Pictures
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.status import Status
from backprop_lab.sweep import tested
from backprop_lab.sweep.folder import (
    PAGE,
    REPEATS,
    Job,
    Sweep,
    config_of_first,
    distinct,
    numbers_of,
    parameters,
    readable,
    repeats,
    score_names,
    written,
)
from backprop_lab.sweep.near_one import is_near_one
from backprop_lab.sweep.table import Setting, by_problem, settings
from backprop_lab.training.head import LOWER_IS_BETTER, METRIC_LABELS, SCORE_LABELS

STYLES = ["common/page.css", "sweep/sweep.css"]
SCRIPTS = [
    *(f"common/{name}.js" for name in ("parts", "data", "format", "dom", "colour", "print", "chart")),
    "lab/student.js",
    *(f"sweep/{name}.js" for name in (
        "sweep", "picture", "grid", "setting", "learning", "parameters", "paths", "table", "main",
    )),
]  # fmt: skip
MOST_FAILURES = 100  # listed per reason


def write(sweep: Sweep, jobs: Sequence[Job] | None = None) -> Path:
    """Write ``report.html`` of a sweep, replacing an earlier one; returns its path. Raises ``RunError`` if damaged.

    ``jobs`` are the sweep's jobs if they have been read already.
    """
    sweep.files.write(PAGE, page(sweep, sweep.jobs() if jobs is None else jobs).encode())
    return sweep.report_file


def page(sweep: Sweep, jobs: Sequence[Job]) -> str:
    """The HTML of the page; a job whose folder is damaged is only listed."""
    every, jobs = jobs, readable(jobs)
    if not jobs:
        raise RunError(every[0].reason)
    ranked = settings(jobs)
    pictures = Pictures(ranked)
    shown = listed(jobs, ranked, pictures.picture_of)
    config = config_of_first(jobs)
    return document(
        "sweep/sweep.html",
        styles=STYLES,
        scripts=SCRIPTS,
        libraries=[D3, PLOT],
        data=_data(sweep, jobs, ranked, pictures, shown),
        arrays=pictures.arrays(),
        context={
            "title": words.title(jobs, config.dataset.name),
            "verdict": words.verdict(ranked, every),
            "tested": _tested(sweep, jobs),
            "listed": shown.said,
            "failures": words.failures(every),
            "unreadable": pictures.unreadable,
            "most_failures": MOST_FAILURES,
            "has_settings": len(ranked) > 1,
            "is_drawn": bool(pictures.planes),
            "repeats": " and ".join(REPEATS[key] for key in repeats(jobs)) or "seed",
            "has_seeds": any(len(setting.jobs) > 1 for setting in ranked),
            "keys": len(ranked[0].values),
            "has_finished": any(job.status is Status.FINISHED for job in jobs),
            "command": words.command(jobs, sweep.is_batched),
            "complete": commands.verb("sweep", short(sweep.folder), "--complete"),
            "can_complete": any(job.status.is_missing for job in jobs),
            "page_of_job": commands.verb("report", short(jobs[0].run.folder)),
            "job_command": lambda job: commands.train(*job.overrides),
            "configuration": yaml.safe_dump(config.plain, sort_keys=False),
            "receipt": words.receipt(sweep, jobs),
        },
    )


def _tested(sweep: Sweep, jobs: Sequence[Job]) -> list[str]:
    """What is known of the test points; a damaged file costs its own sentences only."""
    try:
        lines = tested.said(jobs, tested.read(sweep))
    except RunError as damage:
        lines = [str(damage)]
    return [f"{line[0].upper()}{line[1:]}." for line in lines]


def _data(
    sweep: Sweep, jobs: Sequence[Job], ranked: Sequence[Setting], pictures: Pictures, shown: Listed
) -> dict[str, Any]:
    """The numbers: every list has one entry per listed job, in the order of their folders, or per setting."""
    keys = parameters(jobs)
    named = words.labels(keys)
    curves = curves_of(ranked)
    position = {job.number: i for i, job in enumerate(shown.jobs)}
    scores = score_names(jobs)
    numbers = numbers_of(jobs)
    are_scores = {f"val_{score}" for score in SCORE_LABELS}
    names = [*sorted((name for name in numbers if name not in are_scores), key=_order), *scores]
    nothing = np.full(len(jobs), math.nan)  # where a score is known of unfinished jobs alone
    numbers = {name: numbers.get(name, nothing) for name in names}
    near = {name for name, found in numbers.items() if is_near_one(name, found[~np.isnan(found)])}
    place = {job.number: i for i, job in enumerate(jobs)}
    losses = {name for name in names if name.partition("_")[2] in LOWER_IS_BETTER or name in near}

    def values(of: Sequence[Job]) -> dict[str, np.ndarray]:
        rows = [place[job.number] for job in of]
        return {name: 1.0 - found[rows] if name in near else found[rows] for name, found in numbers.items()}

    def of_all(setting: Setting) -> dict[str, Any]:
        return whole(setting, {name: of[~np.isnan(of)] for name, of in values(setting.jobs).items()}, losses)

    return {
        "page_of_job": commands.verb("report", f"{short(sweep.folder)}/"),  # before the number of a job
        "keys": [{"name": key, "label": named[key], **_values(key, jobs)} for key in keys],
        "metrics": [
            {
                "name": name,
                "label": _label(name, name in near),
                "is_loss": name in losses,
                "is_distance": name in near,
                "is_score": name in scores,
            }
            for name in names
        ],
        "settings": [
            {
                "values": [None if key not in s.jobs[0].values else written(s.values[key]) for key in keys],
                "jobs": [position[job.number] for job in s.jobs if job.number in position],
                "whole": None if shown.has_all(s) else of_all(s),
                "problem": s.problem,
                "plane": pictures.plane_of.get(i),
                "curves": _curves(curves[i]),
            }
            for i, s in enumerate(ranked)
        ],
        "jobs": {
            "number": [job.number for job in shown.jobs],
            **{REPEATS[key]: [job.values.get(key) for job in shown.jobs] for key in repeats(jobs)},
            "status": [job.status for job in shown.jobs],
            "seconds": [job.summary.get("seconds") for job in shown.jobs],
            "epochs": [job.summary.get("epochs") for job in shown.jobs],
            "picture": [pictures.picture_of.get(job.number) for job in shown.jobs],
            "has_page": [job.run.has_page for job in shown.jobs],
            "is_sample": [job.number in shown.sample for job in shown.jobs],
            "metrics": values(shown.jobs),  # what is not a number becomes null
        },
        "is_ranked": len(by_problem(ranked)) == 1,
        "planes": pictures.planes,
        "shades": pictures.shades,
    }


def _curves(curves: Curves | None) -> dict[str, Any] | None:
    if curves is None:
        return None
    # Four digits are more than a curve shows.
    rounded = {
        name: [[float(f"{value:.4g}") for value in row] for row in band.tolist()] for name, band in curves.bands.items()
    }
    return {"epochs": curves.epochs, "bands": rounded, "jobs": curves.jobs}


def _values(key: str, jobs: Sequence[Job]) -> dict[str, Any]:
    """The values of a key in order, as typed; ``numbers`` if all are numbers."""
    values = distinct([job.values[key] for job in jobs if key in job.values])
    are_numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    return {"values": [written(value) for value in values], "numbers": values if are_numbers else None}


def _label(name: str, is_distance: bool) -> str:
    part, _, metric = name.partition("_")
    said = {"train": "training", "val": "validation"}[part]
    return f"{said} {'1 − ' if is_distance else ''}{(METRIC_LABELS | SCORE_LABELS).get(metric, metric)}"


def _order(name: str) -> tuple[bool, bool, str]:
    """Sort key: validation before training, accuracy before loss."""
    return not name.startswith("val_"), name.endswith("loss"), name
