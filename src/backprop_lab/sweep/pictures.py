"""The pictures over a whole sweep, from the folders of its jobs."""

from collections.abc import Sequence

import numpy as np
import torch

from backprop_lab.callbacks.decision_boundary import can_be_drawn
from backprop_lab.figures.decision_boundary import plane
from backprop_lab.figures.grid import Cell, grid_figure
from backprop_lab.figures.metric_by_parameter import metric_by_parameter_figure
from backprop_lab.figures.style import png
from backprop_lab.metrics import predict
from backprop_lab.rules import shown
from backprop_lab.sweep.folder import Job, Sweep, swept_keys
from backprop_lab.sweep.table import Setting, settings

SIDE = 64
MOST_CELLS = 100
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
    """A cell for each setting: by rows and columns where two keys or fewer were swept, else best first."""
    cells = {str(setting.values): cell for setting in ranked[:MOST_CELLS] if (cell := _cell(setting)) is not None}
    if not cells:
        return None
    keys = list(ranked[0].values)
    axes = {key: _sorted([setting.values[key] for setting in ranked]) for key in keys}
    if len(keys) == 2 and len(ranked) <= MOST_CELLS:
        rows, columns = sorted(keys, key=lambda key: len(axes[key]))
        table = [[cells.get(str({key: {rows: row, columns: column}[key] for key in keys})) for column in axes[columns]]
                 for row in axes[rows]]  # fmt: skip
        return png(grid_figure(table, [f"{rows}={shown(row)}" for row in axes[rows]],
                               [f"{columns}={shown(column)}" for column in axes[columns]]))  # fmt: skip
    ordered = [cells[str(setting.values)] for setting in ranked[:MOST_CELLS] if str(setting.values) in cells]
    if len(keys) == 1:
        by_value = {str(setting.values): axes[keys[0]].index(setting.values[keys[0]]) for setting in ranked}
        ordered = [cells[name] for name in sorted(cells, key=lambda name: by_value[name])]
    width = min(len(ordered), 6 if len(ordered) > 5 else 5)
    return png(grid_figure([ordered[i : i + width] for i in range(0, len(ordered), width)], [], []))


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
    title = " ".join(f"{key}={shown(value)}" for key, value in setting.values.items())
    return Cell(answers, points, (low, high), (task.train.x, task.train.y), title, f"{name} {setting.mean(name):.3f}")


def _sorted(values: list[object]) -> list[object]:
    """Distinct values, numbers as numbers and before words."""
    distinct = list({str(value): value for value in values}.values())
    return sorted(distinct, key=lambda v: (0, v, "") if isinstance(v, int | float) else (1, 0, str(v)))
