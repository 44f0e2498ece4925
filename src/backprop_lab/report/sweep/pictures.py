"""The predictions of a sweep's jobs as small pictures, of which a thousand fit into a page."""

import contextlib
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from backprop_lab.figures.decision_boundary import plane
from backprop_lab.figures.grid import MOST_POINTS
from backprop_lab.report.boundary import boundary_of
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.status import Status
from backprop_lab.sweep.folder import Job
from backprop_lab.sweep.table import Setting
from backprop_lab.sweep.tasks import Tasks
from backprop_lab.training.evaluation import predict
from backprop_lab.training.task import Task
from backprop_lab.training.view import View, view_of

SIDE = 40  # cells per side of a picture
PLACES = 64  # values along a line
MOST_PICTURES, MOST_SLICES = 4_000, 300


class Pictures:
    """The predictions of the finished jobs; for very many seeds, a sample from the best to the worst.

    All jobs of a setting use the view of the first one's points, and each its own preparation of them.
    ``unreadable`` lists the jobs that cannot be read.
    """

    def __init__(self, ranked: Sequence[Setting]) -> None:
        self.planes: list[dict[str, Any]] = []
        self.shades: list[dict[str, Any]] = []  # the colour scales of the fields, each with its two ends
        self.plane_of: dict[int, int] = {}  # by rank of the setting
        self.picture_of: dict[int, int] = {}  # by job number
        self.unreadable: list[str] = []
        self._given: list[np.ndarray] = []  # for each plane, the points [n, inputs] at the places of its predictions
        self._by_data: dict[str, int] = {}
        self._fields: list[np.ndarray] = []
        self._classes: list[np.ndarray] = []
        self._lines: list[np.ndarray] = []
        others: dict[str, Task] = {}
        for i, setting in enumerate(ranked):
            tasks = Tasks(others)
            finished = [job for job in setting.jobs if job.status is Status.FINISHED]
            first = _first_task(finished, tasks)
            if first is None:
                most = len(finished)  # each is said to be unreadable
            else:
                self._choose_plane(i, first)
                most = (MOST_PICTURES if len(first.meaning.inputs) <= 2 else MOST_SLICES) // len(ranked)
            for job in _sample(finished, most):
                try:
                    self._add(i, job, tasks.of(job))
                except RunError as damage:
                    self.unreadable.append(f"job {job.number}: {damage}")

    def arrays(self) -> dict[str, np.ndarray]:
        """``fields`` int8 [pictures, rows, columns] for classes, ``lines`` float32 [pictures, places] for values.

        Where there are more than two classes, ``classes`` uint8 [pictures, rows, columns] says which one is predicted.
        """
        arrays: dict[str, np.ndarray] = {}
        if self._fields:
            arrays["fields"] = np.array(self._fields, dtype=np.int8).reshape(-1, SIDE, SIDE)
        if any(plane["classes"] for plane in self.planes):
            arrays["classes"] = np.array(self._classes, dtype=np.uint8).reshape(-1, SIDE, SIDE)
        return arrays | ({"lines": np.array(self._lines, dtype=np.float32)} if self._lines else {})

    def _choose_plane(self, i: int, task: Task) -> None:
        """The plane of a setting: that of other settings with the same points, or a new one."""
        if task.data_sha256 not in self._by_data:
            self._by_data[task.data_sha256] = len(self.planes)
            self._begin_plane(view_of(task))
        self.plane_of[i] = self._by_data[task.data_sha256]

    def _add(self, i: int, job: Job, task: Task) -> None:
        of_plane = self.planes[self.plane_of[i]]
        predictions = predict(task, job.run.state(task), self._given[self.plane_of[i]])
        if of_plane["is_line"]:
            self.picture_of[job.number] = len(self._lines)
            self._lines.append(predictions.astype(np.float32))
            return
        self.picture_of[job.number] = len(self._fields)
        if of_plane["values"]:
            low, high = of_plane["values"]
            shade = ((predictions - low) / ((high - low) or 1.0)).clip(0.0, 1.0)
        else:
            shade = task.head.shade(predictions)
        has_classes = shade.ndim == 2
        self._classes.append(shade.argmax(axis=1) if has_classes else np.zeros(len(shade)))
        self._fields.append(_coded(shade.max(axis=1) if has_classes else shade))
        if not has_classes and (scale := _shade(task, of_plane["values"])) not in self.shades:
            self.shades.append(scale)

    def _begin_plane(self, view: View) -> None:
        """Store the points of a task and the positions of its predictions: cell centres, or places along a line."""
        task = view.task
        train, val = task.given.train, task.given.val
        low, high = plane(view.coordinates(np.concatenate([train.x, val.x])), 2)[1]
        shown = train[np.arange(min(len(train), MOST_POINTS))]
        has_values = not task.head.is_classification
        self.planes.append({
            "is_line": view.is_line,
            "axes": view.names,
            "is_slice": view.components is not None,
            "classes": task.head.outputs if task.head.outputs > 1 else None,
            "class_names": [task.meaning.class_name(label) for label in range(task.head.outputs)],
            "values": [float(train.y.min()), float(train.y.max())] if has_values else None,
            "low": low,
            "high": high,
            "x": np.round(view.coordinates(shown.x).astype(float), 4),
            "y": np.round(shown.y.astype(float), 4),
        })  # fmt: skip
        if view.is_line:
            places = np.linspace(low, high, PLACES)
        else:
            axes = [low[k] + (np.arange(SIDE) + 0.5) / SIDE * (high[k] - low[k]) for k in range(2)]
            places = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
        self._given.append(view.given(places))


def _shade(task: Task, values: Sequence[float] | None) -> dict[str, Any]:
    """The colour scale of a field: of classes it ends at 1, and extends equally far below the boundary."""
    if values:
        return {"label": task.head.prediction_label, "low": values[0], "high": values[1]}
    return {"label": task.in_names(task.head.prediction_label), "low": 2 * boundary_of(task.head) - 1, "high": 1.0}


def _first_task(finished: Sequence[Job], tasks: Tasks) -> Task | None:
    """By the order of the jobs, and not by how good they are, so that all settings show the same fold's points."""
    for job in finished:
        with contextlib.suppress(RunError):  # said where it is drawn
            return tasks.of(job)
    return None


def _sample(jobs: Sequence[Job], most: int) -> list[Job]:
    """At most ``most`` of some finished jobs, evenly by validation loss, including the best and the worst."""
    most = max(1, most)
    if len(jobs) <= most:
        return list(jobs)
    ranked = sorted(jobs, key=_loss)
    return [ranked[round(i * (len(ranked) - 1) / max(1, most - 1))] for i in range(most)]


def _loss(job: Job) -> float:
    loss = job.metrics.get("val_loss")
    return math.inf if loss is None else loss


def _coded(shades: np.ndarray) -> np.ndarray:
    """As int8: the signed root of twice the distance from one half, so that the 0.5 line stays smooth."""
    offset = 2 * (shades.astype(float) - 0.5)
    return np.rint(127 * np.sign(offset) * np.sqrt(np.abs(offset))).astype(np.int8)
