"""The predictions of a sweep's networks, as cells of a grid."""

from collections.abc import Sequence

import numpy as np

from backprop_lab.figures.decision_boundary import plane
from backprop_lab.figures.grid import Cell
from backprop_lab.sweep.folder import Job
from backprop_lab.training.evaluation import predict
from backprop_lab.training.task import Task

SIDE = 64


def cell(jobs: Sequence[Job], title: str, label: str) -> Cell | None:
    """The predictions of finished jobs that differ only in the seed, over the plane of the first one's points.

    Jobs whose files are damaged are left out. None if there is nothing to draw.
    """
    task = task_of_first(jobs)
    if task is None or not task.can_be_drawn:
        return None
    train, val = task.given.train, task.given.val
    points, corners = plane(np.concatenate([train.x, val.x]), SIDE)
    drawn = []
    for job in jobs:
        with job.left_out_if_damaged():
            drawn.append(predict(task, job.run.state(task), points))
    if not drawn:
        return None
    predictions = np.stack(drawn)
    if task.head.is_classification:
        predictions = task.head.shade(predictions)
    return Cell(predictions, points, corners, (train.x, train.y), title, label)


def task_of_first(jobs: Sequence[Job]) -> Task | None:
    """The task of the first job that has a readable one."""
    for job in jobs:
        with job.left_out_if_damaged():
            return job.run.task_anew()
    return None
