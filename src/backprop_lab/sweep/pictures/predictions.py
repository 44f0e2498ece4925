"""The predictions of a sweep's networks, as cells of a grid."""

from collections.abc import Sequence

import numpy as np

from backprop_lab.figures.decision_boundary import plane
from backprop_lab.figures.grid import Cell
from backprop_lab.sweep.folder import Job
from backprop_lab.sweep.tasks import Tasks
from backprop_lab.training.evaluation import predict
from backprop_lab.training.task import Task
from backprop_lab.training.view import view_of

SIDE, SIDE_OF_SLICE = 64, 32


def cell(jobs: Sequence[Job], title: str, label: str, over: Sequence[Job] = ()) -> Cell | None:
    """The predictions of finished jobs that differ only in seed and fold, over the view of the first one's points, or
    of the first of those ``over`` whose points they are drawn.

    Jobs whose files are damaged are left out. None if there is nothing to draw.
    """
    tasks = Tasks()
    first = task_of_first([*over, *jobs], tasks)
    if first is None:
        return None
    view = view_of(first)
    train, val = (view.coordinates(part.x) for part in (first.given.train, first.given.val))
    places, corners = plane(np.concatenate([train, val]), SIDE if view.components is None else SIDE_OF_SLICE)
    given = view.given(places)
    drawn = []
    for job in jobs:
        with job.left_out_if_damaged():
            task = tasks.of(job)
            drawn.append(predict(task, job.run.state(task), given))
    if not drawn:
        return None
    predictions, y = np.stack(drawn), first.given.train.y
    if first.head.is_classification:
        predictions = first.head.shade(predictions)
    ends = None if first.head.is_classification else (float(y.min()), float(y.max()))
    return Cell(predictions, places, corners, (train, y), title, label, ends)


def task_of_first(jobs: Sequence[Job], tasks: Tasks | None = None) -> Task | None:
    """The task of the first job that has a readable one, by ``tasks`` if that is given."""
    for job in jobs:
        with job.left_out_if_damaged():
            return job.run.task_anew() if tasks is None else tasks.of(job)
    return None
