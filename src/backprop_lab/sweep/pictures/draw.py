"""Draws the pictures of a whole sweep, from the folders of its jobs."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.figure import Figure

from backprop_lab.experiment.left_out import LeftOut
from backprop_lab.figures.distribution import distribution_figure
from backprop_lab.figures.heat_map import heat_map_figure
from backprop_lab.figures.metric_by_parameter import MOST_LINES, metric_by_parameter_figure
from backprop_lab.figures.style import file_of
from backprop_lab.figures.success_rate import Rates, success_rate_figure
from backprop_lab.runs.status import Status
from backprop_lab.sweep import success
from backprop_lab.sweep.folder import Job, Sweep, config_of_first, distinct, parameters, readable, swept_keys, written
from backprop_lab.sweep.near_one import distance, is_near_one
from backprop_lab.sweep.pictures import boundaries, failures
from backprop_lab.sweep.pictures.predictions import task_of_first
from backprop_lab.sweep.table import settings
from backprop_lab.training.interruption import FAILURES, recognized


def draw(sweep: Sweep, jobs: Sequence[Job], left_out: LeftOut) -> None:
    """Draw those of ``PICTURES`` that apply to the sweep, without the jobs that cannot be read.

    Those that fail go to ``left_out``.
    """
    jobs = readable(jobs)
    if not any(job.status is Status.FINISHED for job in jobs):
        return
    kind = config_of_first(jobs).figure_format
    for picture, figure_of in PICTURES.items():
        name = f"{picture}.{kind}"
        try:
            with recognized():
                figure = figure_of(jobs)
                if figure is not None:
                    sweep.files.write(name, file_of(figure, kind))
        except FAILURES as failure:  # a damaged job, a full disk, or an option of the user's own
            left_out.add(name, failure)


def metric_by_parameter(jobs: Sequence[Job]) -> Figure | None:
    """None if only many seeds were swept, which ``distribution`` shows: a seed is not a parameter."""
    finished = [job for job in jobs if job.status is Status.FINISHED]
    keys = parameters(jobs)
    if not keys or _has_many_starts(jobs):
        return None
    return metric_by_parameter_figure(
        parameters={key: [job.values.get(key) for job in finished] for key in keys},
        metrics=dict(_shown_as(name, [job.metrics.get(name) for job in finished]) for name in _val_names(finished)),
    )


def _shown_as(name: str, values: list[float | None]) -> tuple[str, list[float | None]]:
    """A metric with its name, or its distance from 1."""
    if is_near_one(name, [value for value in values if value is not None]):
        return f"1 − {name}", list(map(distance, values))
    return name, values


def success_rate(jobs: Sequence[Job]) -> Figure | None:
    """If one numeric key was swept over many seeds; a second, categorical key gives one line per value."""
    keys = parameters(jobs)
    numeric = [key for key in keys if _is_numeric(jobs, key)]
    others = [key for key in keys if key not in numeric]
    ranked = settings(jobs)
    seeds = np.median([len(setting.jobs) for setting in ranked])
    if len(numeric) != 1 or len(others) > 1 or seeds < success.MANY or not success.can_be_judged(jobs):
        return None
    key = numeric[0]
    lines: dict[str, list[tuple[float, list[Job]]]] = {}
    for setting in ranked:
        name = ", ".join(f"{other}={written(setting.values[other])}" for other in others)
        if trained := success.ended(setting.jobs):
            lines.setdefault(name, []).append((setting.values[key], trained))
    if len(lines) > MOST_LINES:
        return None
    task = task_of_first([job for job in jobs if job.status is Status.FINISHED])
    if task is None:
        return None
    return success_rate_figure(
        {name: _rates(sorted(lines[name], key=lambda point: point[0])) for name in sorted(lines)},
        key, success.meaning(jobs, task),
    )  # fmt: skip


def _rates(line: Sequence[tuple[float, list[Job]]]) -> Rates:
    return Rates(
        values=np.array([value for value, _ in line]),
        successes=np.array([sum(map(success.succeeded, trained)) for _, trained in line]),
        runs=np.array([len(trained) for _, trained in line]),
    )


def heat_map(jobs: Sequence[Job]) -> Figure | None:
    """If two numeric keys were swept: the final ``val_loss``, with the key of more values across."""
    keys = parameters(jobs)
    if len(keys) != 2 or not all(_is_numeric(jobs, key) for key in keys):
        return None
    values = {key: distinct([job.values[key] for job in jobs]) for key in keys}
    down, across = sorted(keys, key=lambda key: len(values[key]))
    if len(values[down]) < 2:
        return None
    shape = (len(values[down]), len(values[across]))
    means, diverged, runs = np.full(shape, np.nan), np.zeros(shape, dtype=int), np.zeros(shape, dtype=int)
    for setting in settings(jobs):
        place = values[down].index(setting.values[down]), values[across].index(setting.values[across])
        trained = success.ended(setting.jobs)
        losses = setting.numbers("val_loss")
        means[place] = np.mean(losses) if losses else np.nan
        diverged[place] = sum(job.status is Status.DIVERGED for job in trained)
        runs[place] = len(trained)
    labels = ([written(value) for value in values[down]], [written(value) for value in values[across]])
    return heat_map_figure(means, diverged, runs, labels, (down, across), "val_loss")


def distribution(jobs: Sequence[Job]) -> Figure | None:
    """If only many seeds were swept: the final accuracy, or R²."""
    if not _has_many_starts(jobs):
        return None
    name = next(name for name in _val_names(jobs) if name != "val_loss")
    numbers = np.array([value for job in jobs if (value := job.metrics.get(name)) is not None])
    is_judged = success.can_be_judged(jobs)
    title = f"{len(numbers):,} runs that differ only in the seed"
    if diverged := sum(job.status is Status.DIVERGED for job in jobs):
        title += f"; {diverged:,} more diverged"
    task = task_of_first(jobs)
    if is_judged and task is not None:
        title += f"\nSuccess: {success.meaning(jobs, task)}"
    return distribution_figure(numbers, name, success.common_threshold(jobs) if is_judged else None, title)


def failed_boundaries(jobs: Sequence[Job]) -> Figure | None:
    return failures.figure(jobs) if _has_many_starts(jobs) and success.can_be_judged(jobs) else None


PICTURES: dict[str, Callable[[Sequence[Job]], Figure | None]] = {
    "decision_boundaries": boundaries.figure,
    "metric_by_parameter": metric_by_parameter,
    "success_rate": success_rate,
    "heat_map": heat_map,
    "distribution": distribution,
    "failures": failed_boundaries,
}


def _val_names(jobs: Sequence[Job]) -> list[str]:
    return list(dict.fromkeys(name for job in jobs for name in job.metrics if name.startswith("val_")))


def _is_numeric(jobs: Sequence[Job], key: str) -> bool:
    values = [job.values.get(key) for job in jobs]
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _has_many_starts(jobs: Sequence[Job]) -> bool:
    return swept_keys(jobs) == ["seed"] and len(jobs) >= success.MANY
