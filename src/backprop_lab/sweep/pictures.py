"""The pictures over a whole sweep, from the folders of its jobs."""

import itertools
from collections.abc import Sequence

import numpy as np
import torch

from backprop_lab.callbacks.decision_boundary import can_be_drawn
from backprop_lab.figures.decision_boundary import plane
from backprop_lab.figures.grid import Cell, grid_figure
from backprop_lab.figures.metric_by_parameter import metric_by_parameter_figure
from backprop_lab.figures.style import png
from backprop_lab.metrics import predict
from backprop_lab.sweep.folder import Job, Sweep, distinct, swept_keys, written
from backprop_lab.sweep.table import Setting, settings

SIDE = 64
MOST_CELLS = 100
MOST_COLUMNS = 12
MOST_SEEDS = 50


def draw(sweep: Sweep, jobs: Sequence[Job]) -> None:
    """``decision_boundaries.png`` and ``metric_by_parameter.png``, where there is something to draw."""
    finished = [job for job in jobs if job.status == "finished"]
    if not finished:
        return
    grid = _grid(settings(jobs))
    if grid is not None:
        sweep.picture_file("decision_boundaries").write_bytes(grid)
    keys = swept_keys(jobs)
    if keys:
        figure = metric_by_parameter_figure(
            parameters={key: [job.values.get(key) for job in finished] for key in keys},
            metrics={name: [job.metrics.get(name) for job in finished] for name in _val_names(finished)},
        )
        sweep.picture_file("metric_by_parameter").write_bytes(png(figure))


def _val_names(jobs: Sequence[Job]) -> list[str]:
    return list(dict.fromkeys(name for job in jobs for name in job.metrics if name.startswith("val_")))


def _grid(ranked: list[Setting]) -> bytes | None:
    """A cell for each setting: a column for each value of one key, a row for each combination of the others.

    More settings than fit so are listed in rows of six: by value where one key was swept, else the best ones first.
    """
    cells = {str(setting.values): cell for setting in ranked[:MOST_CELLS] if (cell := _cell(setting)) is not None}
    if not cells:
        return None
    axes = {key: distinct([setting.values[key] for setting in ranked]) for key in ranked[0].values}
    if not axes or len(ranked) > MOST_CELLS or max(map(len, axes.values())) > MOST_COLUMNS:
        listed = list(cells.values())
        if len(axes) == 1:
            (key,) = axes
            listed = [cells[name] for value in axes[key] if (name := str({key: value})) in cells]
        return png(grid_figure([listed[i : i + 6] for i in range(0, len(listed), 6)], [], []))
    across = max(reversed(axes), key=lambda key: len(axes[key]))
    down = {key: values for key, values in axes.items() if key != across}
    rows = [dict(zip(down, values, strict=True)) for values in itertools.product(*down.values())]
    table = [[cells.get(str({key: ({across: column} | row)[key] for key in axes})) for column in axes[across]]
             for row in rows]  # fmt: skip
    labels = ["\n".join(f"{key.split('.')[-1]}={written(value)}" for key, value in row.items()) for row in rows]
    return png(grid_figure(table, labels, [f"{across}={written(column)}" for column in axes[across]]))


def _cell(setting: Setting) -> Cell | None:
    """The answers of every seed of a setting, over the plane of its first job's points."""
    jobs = [job for job in setting.jobs if job.status == "finished"]
    if not jobs or not can_be_drawn(jobs[0].run.task):
        return None
    task = jobs[0].run.task
    points, (low, high) = plane(np.concatenate([task.train.x, task.val.x]), SIDE)
    x = torch.from_numpy(points.astype(task.dtype))
    answers = np.stack([predict(job.run.task, job.run.state(), x).numpy() for job in jobs[:MOST_SEEDS]])
    name = f"val_{task.quality}"
    title = "\n".join(f"{key}={written(value)}" for key, value in setting.values.items())
    return Cell(answers, points, (low, high), (task.train.x, task.train.y), title, f"{name} {setting.mean(name):.3f}")
