"""What the networks of a sweep answer, as cells of a grid."""

from collections.abc import Sequence

import numpy as np
import torch

from backprop_lab.callbacks.decision_boundary import can_be_drawn
from backprop_lab.figures.decision_boundary import plane
from backprop_lab.figures.grid import Cell
from backprop_lab.metrics import predict
from backprop_lab.run import Run
from backprop_lab.sweep.folder import Job

SIDE = 64


def cell(jobs: Sequence[Job], title: str, label: str) -> Cell | None:
    """The answers of finished jobs over the plane of the first one's points; None where there is nothing to draw."""
    if not jobs:
        return None
    task = Run(jobs[0].run.folder).task
    if not can_be_drawn(task):
        return None
    points, corners = plane(np.concatenate([task.train.x, task.val.x]), SIDE)
    answers = np.stack([_answers(job, points) for job in jobs])
    return Cell(answers, points, corners, (task.train.x, task.train.y), title, label)


def _answers(job: Job, points: np.ndarray) -> np.ndarray:
    run = Run(job.run.folder)  # a fresh one: it keeps its points, and hundreds together would fill the memory
    return predict(run.task, run.state(), torch.from_numpy(points.astype(run.task.dtype))).numpy()
