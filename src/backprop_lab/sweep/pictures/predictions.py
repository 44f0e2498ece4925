"""The predictions of a sweep's networks, as cells of a grid."""

from collections.abc import Sequence

import numpy as np
import torch

from backprop_lab.figures.decision_boundary import plane
from backprop_lab.figures.grid import Cell
from backprop_lab.runs.run import Run
from backprop_lab.sweep.folder import Job
from backprop_lab.training.metrics import predict

SIDE = 64


def cell(jobs: Sequence[Job], title: str, label: str) -> Cell | None:
    """The predictions of finished jobs that differ only in the seed, over the plane of the first one's points.

    None if there is nothing to draw.
    """
    if not jobs:
        return None
    task = Run(jobs[0].run.folder).task
    if not task.can_be_drawn:
        return None
    points, corners = plane(np.concatenate([task.train.x, task.val.x]), SIDE)
    x = torch.from_numpy(points.astype(task.dtype))
    predictions = np.stack([predict(task, job.run.state(task), x).numpy() for job in jobs])
    if task.head.is_classification:
        predictions = task.head.shade(predictions)
    return Cell(predictions, points, corners, (task.train.x, task.train.y), title, label)
