"""The predictions of a sweep in a grid: a cell per setting, or a sample of many seeds."""

import itertools
from collections.abc import Sequence

from matplotlib.figure import Figure

from backprop_lab.figures.grid import Cell, grid_figure
from backprop_lab.runs.status import Status
from backprop_lab.sweep import success
from backprop_lab.sweep.folder import REPEATS, Job, distinct, written
from backprop_lab.sweep.pictures.predictions import cell, task_of_first
from backprop_lab.sweep.table import Setting, settings

MOST_CELLS = 100
MOST_COLUMNS = 12
COLUMNS = 6  # if the cells are simply listed
SAMPLED = 17  # seeds with their own cell, after the cell with all of them
MOST_SEEDS = 50  # in one cell
# In all cells together: each prediction takes some milliseconds, with many classes for each class.
MOST_PREDICTIONS, MOST_OF_SLICES = 200, 60
FEW_CLASSES = 5


def figure(jobs: Sequence[Job]) -> Figure | None:
    """A column per value of one key, a row per combination of the others.

    If the settings do not fit, they are listed: by value if one key was swept, else best first. For a single setting
    with many seeds, the best, the worst and seeds at evenly spaced ranks between them are listed.
    """
    ranked = settings(jobs)
    if len(ranked) == 1 and len(jobs) >= success.MANY:
        return _sample(ranked[0])
    first = task_of_first([job for job in jobs if job.status is Status.FINISHED])
    classes = 1 if first is None else first.head.outputs
    is_slice = first is not None and len(first.meaning.inputs) > 2  # whose lines tell less
    in_all = (MOST_OF_SLICES if is_slice else MOST_PREDICTIONS) // classes
    most = max(3 if classes <= FEW_CLASSES else 1, min(MOST_SEEDS, in_all // min(len(ranked), MOST_CELLS)))
    cells = {str(setting.values): made for setting in ranked[:MOST_CELLS] if (made := _cell(setting, most)) is not None}
    if not cells:
        return None
    drawn, of = (max(numbers) for numbers in zip(*((min(most, n), n) for n in map(_finished, ranked)), strict=True))
    title = f"each cell: at most {drawn} of {of:,} seeds, at evenly spaced ranks" if drawn < of else ""
    axes = {key: distinct([setting.values[key] for setting in ranked]) for key in ranked[0].values}
    if not axes or len(ranked) > MOST_CELLS or max(map(len, axes.values())) > MOST_COLUMNS:
        listed = list(cells.values())
        if len(axes) == 1:
            (key,) = axes
            listed = [cells[name] for value in axes[key] if (name := str({key: value})) in cells]
        return grid_figure(_in_rows(listed), [], [], title)
    across = max(reversed(axes), key=lambda key: len(axes[key]))
    down = {key: values for key, values in axes.items() if key != across}
    rows = [dict(zip(down, values, strict=True)) for values in itertools.product(*down.values())]
    table = [[cells.get(str({key: ({across: column} | row)[key] for key in axes})) for column in axes[across]]
             for row in rows]  # fmt: skip
    labels = ["\n".join(f"{key.split('.')[-1]}={written(value)}" for key, value in row.items()) for row in rows]
    return grid_figure(table, labels, [f"{across}={written(column)}" for column in axes[across]], title)


def _sample(setting: Setting) -> Figure | None:
    ranked = success.ranked(setting.jobs)
    seeds = success.evenly(ranked, MOST_SEEDS)
    overlay = cell(seeds, f"{len(seeds)} of {len(ranked):,} seeds\noverlaid", _mean(setting))
    if overlay is None:
        return None
    cells = [overlay]
    rank = {job.number: place for place, job in enumerate(ranked, start=1)}
    for job in success.evenly(ranked, SAMPLED):
        said = ", ".join(f"{name}={job.values[key]}" for key, name in REPEATS.items() if key in job.values)
        title = f"rank {rank[job.number]:,}\n{said}"
        name = _metric(job)
        made = cell([job], title, f"{name} {job.metrics[name]:.3f}")
        cells += [made] if made is not None else []
    title = f"Best, worst, and seeds at evenly spaced ranks between them, of {len(ranked):,}"
    return grid_figure(_in_rows(cells), [], [], title)


def _cell(setting: Setting, most: int) -> Cell | None:
    """The predictions of the seeds of a setting, at most ``most``."""
    jobs = success.evenly(success.ranked(setting.jobs), most)
    title = "\n".join(f"{key}={written(value)}" for key, value in setting.values.items())
    # By the order of the jobs, and not by how good they are, so that all cells show the same fold's points.
    finished = [job for job in setting.jobs if job.status is Status.FINISHED]
    return cell(jobs, title, _mean(setting), over=finished) if jobs else None


def _mean(setting: Setting) -> str:
    name = _metric(next(job for job in setting.jobs if job.status is Status.FINISHED))
    of_several = "mean " if _finished(setting) > 1 else ""
    return f"{of_several}{name} {setting.mean(name):.3f}"


def _metric(job: Job) -> str:
    """``val_acc`` or ``val_r2``."""
    return next(name for name in job.metrics if name.startswith("val_") and name != "val_loss")


def _finished(setting: Setting) -> int:
    return sum(job.status is Status.FINISHED for job in setting.jobs)


def _in_rows(cells: Sequence[Cell]) -> list[Sequence[Cell]]:
    return [cells[i : i + COLUMNS] for i in range(0, len(cells), COLUMNS)]
