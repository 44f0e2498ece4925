"""The predictions and the units of failed runs."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from backprop_lab.figures.decision_boundary import field_of
from backprop_lab.figures.grid import Cell, grid_figure
from backprop_lab.report.run.unit_states import unit_states
from backprop_lab.runs.status import Status
from backprop_lab.sweep import success
from backprop_lab.sweep.folder import Job
from backprop_lab.sweep.pictures.predictions import cell
from backprop_lab.training.chain import layers_of
from backprop_lab.training.evaluation import outputs_of, sums_of
from backprop_lab.training.head import Classifier

COLUMNS = 6
MOST_CELLS = 24  # including the best run


def figure(jobs: Sequence[Job]) -> Figure | None:
    """The decision boundaries of the failed runs, worst first, after that of the best run."""
    ranked = success.ranked(jobs)
    failed = [job for job in reversed(ranked) if not success.succeeded(job)]
    if not failed:
        return None
    # If all have failed, the best one has, too; it has a cell of its own.
    shown = success.evenly([job for job in failed if job is not ranked[0]] or failed, MOST_CELLS - 1)
    cells: list[Cell] = []
    areas: Counter[str] = Counter()
    """The shapes of the areas of class 1, of two classes."""
    count = 0
    for job in [ranked[0], *shown]:
        drawn = cell([job], "", "")
        if drawn is None:  # its files are damaged
            continue
        shapes = [area(field_of(drawn.predictions[0]) > 0.5)] if drawn.predictions.ndim == 2 else []
        seed = f"seed={job.values.get('seed')}"
        title = f"the best run, {seed}" if job is ranked[0] else seed
        areas.update([] if job is ranked[0] else shapes)
        label = "\n".join([f"{success.METRIC} {job.metrics[success.METRIC]:.3f}", *shapes, *_mistakes(job)])
        count += job is not ranked[0]
        cells.append(Cell(drawn.predictions, drawn.points, drawn.corners, drawn.train, title, label))
    if not cells:
        return None
    rows = [cells[i : i + COLUMNS] for i in range(0, len(cells), COLUMNS)]
    return grid_figure(rows, [], [], _title(jobs, failed, count, areas))


def area(is_one: np.ndarray) -> str:
    """The shape of the class 1 area, [rows from the bottom, columns] bool, by the edges of the plane it reaches."""
    if not is_one.any() or is_one.all():
        return f"class {int(is_one.any())} everywhere"
    edges = {"left": is_one[:, 0], "right": is_one[:, -1], "bottom": is_one[0], "top": is_one[-1]}
    reached = [name for name, edge in edges.items() if edge.any()]
    if not reached:
        return "closed area"
    if len(reached) == 4:
        return "open on every side"
    for ends in (["left", "right"], ["bottom", "top"]):
        if reached == ends:
            return f"band, {ends[0]} to {ends[1]}"
    return f"open: {', '.join(reached)}"


def _mistakes(job: Job) -> list[str]:
    """Wrong predictions per class on the validation points, and units that act linearly."""
    task = job.run.task_anew()
    state = job.run.state(task)
    assert isinstance(task.head, Classifier)
    outputs, y = outputs_of(task, state, task.val.x), task.val.y
    is_wrong = ~task.head.is_right(outputs, y)
    lines = [
        f"class {label}: {is_wrong[y == label].sum():,} of {(y == label).sum():,} wrong"
        for label in reversed(range(max(2, task.head.outputs)))
    ]
    hidden = (layers_of(task) or [])[:-1]
    if any(hasattr(layer.option, "CAN_DIE") for layer in hidden):
        sums = sums_of(task, state, task.train.x)
        units = [unit_states(layer.option, z) for layer, z in zip(hidden, sums, strict=True)]
        off, on = sum(int(unit.dead.sum()) for unit in units), sum(int(unit.always_on.sum()) for unit in units)
        lines.append(f"{off} of {sum(layer.units for layer in hidden)} units off, {on} always on")
    return lines


def _title(jobs: Sequence[Job], failed: Sequence[Job], count: int, areas: Counter[str]) -> str:
    trained = success.ended(jobs)
    diverged = sum(job.status is Status.DIVERGED for job in trained)
    at = success.common_threshold(jobs)
    line = f"the {success.METRIC} of a success" if at is None else f"{success.METRIC} {at:.3g}"
    said = f"{len(failed):,} of {len(trained):,} runs stay below {line}"
    if diverged:
        said += f", {diverged:,} more diverged"
    if count < len(failed):
        said += f"; {count} are shown, at evenly spaced ranks from the worst"
    forms = ", ".join(f"{n} {form}" for form, n in areas.most_common())
    units = "Units off: 0 for every training point; always on: linear on all of them"
    return f"{said}.\n{f'Class 1 areas below: {forms}. ' if areas else ''}{units}."
