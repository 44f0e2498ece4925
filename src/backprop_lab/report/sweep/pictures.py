"""What the jobs of a sweep answer, in small pictures: a thousand of them fit into a page."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from backprop_lab.callbacks.decision_boundary import can_be_drawn
from backprop_lab.figures.decision_boundary import plane
from backprop_lab.figures.grid import MOST_POINTS
from backprop_lab.runs.run import Run, RunError
from backprop_lab.sweep.folder import Job
from backprop_lab.sweep.table import Setting
from backprop_lab.training.metrics import predict
from backprop_lab.training.task import Task

SIDE = 40  # cells of a picture each way
PLACES = 64  # values along a line
MOST_PICTURES = 4_000


class Pictures:
    """The answers of the finished jobs; of very many seeds a sample from the best to the worst.

    All seeds of a setting are asked over the plane of its first job's points. What cannot be read is named in
    ``unreadable``.
    """

    def __init__(self, ranked: Sequence[Setting]) -> None:
        self.planes: list[dict[str, Any]] = []
        self.plane_of: dict[int, int] = {}  # by place of the setting in the ranking
        self.picture_of: dict[int, int] = {}  # by number of the job
        self.unreadable: list[str] = []
        self._tasks: dict[int, Task] = {}
        self._places: list[np.ndarray] = []  # for each plane, [n, features]
        self._by_data: dict[str, int] = {}
        self._fields: list[np.ndarray] = []
        self._lines: list[np.ndarray] = []
        most = max(1, MOST_PICTURES // len(ranked))
        for i, setting in enumerate(ranked):
            for job in _sample([job for job in setting.jobs if job.status == "finished"], most):
                try:
                    self._add(i, job)
                except RunError as damage:
                    self.unreadable.append(f"job {job.number}: {damage}")

    def arrays(self) -> dict[str, np.ndarray]:
        """``fields`` int8 [pictures, rows, columns] for classes, ``lines`` float32 [pictures, places] for values."""
        arrays = {"fields": np.array(self._fields, dtype=np.int8).reshape(-1, SIDE, SIDE)} if self._fields else {}
        return arrays | ({"lines": np.array(self._lines, dtype=np.float32)} if self._lines else {})

    def _add(self, i: int, job: Job) -> None:
        if i not in self._tasks:  # the jobs of a setting differ in the seed alone
            self._tasks[i] = Run(job.run.folder).task
        task = self._tasks[i]
        if not can_be_drawn(task):
            return
        if i not in self.plane_of:
            if task.data_sha256 not in self._by_data:
                self._by_data[task.data_sha256] = len(self.planes)
                self._begin_plane(task)
            self.plane_of[i] = self._by_data[task.data_sha256]
        x = self._places[self.plane_of[i]].astype(task.dtype)
        answers = predict(task, job.run.state(task), torch.from_numpy(x)).numpy()
        pictures = self._lines if task.kind == "regression" else self._fields
        self.picture_of[job.number] = len(pictures)
        pictures.append(answers.astype(np.float32) if task.kind == "regression" else _coded(answers))

    def _begin_plane(self, task: Task) -> None:
        """Note the points of a task, and where its networks are asked: at the centres of cells, or along a line."""
        low, high = plane(np.concatenate([task.train.x, task.val.x]), 2)[1]
        shown = task.train[np.arange(min(len(task.train), MOST_POINTS))]
        self.planes.append({
            "is_line": task.kind == "regression",
            "low": low,
            "high": high,
            "x": np.round(shown.x.astype(float), 4),
            "y": np.round(shown.y.astype(float), 4),
        })  # fmt: skip
        if task.kind == "regression":
            self._places.append(np.linspace(low, high, PLACES))
        else:
            axes = [low[k] + (np.arange(SIDE) + 0.5) / SIDE * (high[k] - low[k]) for k in range(2)]
            self._places.append(np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2))


def _sample(jobs: Sequence[Job], most: int) -> list[Job]:
    """At most so many of some finished jobs: by their validation loss evenly, the best and the worst included."""
    if len(jobs) <= most:
        return list(jobs)
    ranked = sorted(jobs, key=_loss)
    return [ranked[round(i * (len(ranked) - 1) / max(1, most - 1))] for i in range(most)]


def _loss(job: Job) -> float:
    loss = job.metrics.get("val_loss")
    return math.inf if loss is None else loss


def _coded(probabilities: np.ndarray) -> np.ndarray:
    """As int8: the signed root of twice the distance from one half, so that the line there stays smooth."""
    offset = 2 * (probabilities.astype(float) - 0.5)
    return np.rint(127 * np.sign(offset) * np.sqrt(np.abs(offset))).astype(np.int8)
