"""The tasks by which the networks of a sweep are drawn."""

from typing import Any

from backprop_lab.config.types import Config
from backprop_lab.sweep.folder import Job
from backprop_lab.training.split import is_the_same_for_all_seeds
from backprop_lab.training.task import Task, with_points_of


class Tasks:
    """Those of jobs that differ only in what repeats a setting: each is made once for the same preparation of points.

    Of points that follow the seed and are not prepared by what they are, the first job's stand for all: a network gets
    the same for a place of the plane. ``others`` has the tasks of other settings, with whose points those of this one
    are made.
    """

    def __init__(self, others: dict[str, Task] | None = None) -> None:
        self._others = {} if others is None else others
        self._config: Config | None = None
        self._kept: dict[Any, Task] = {}

    def of(self, job: Job) -> Task:
        if self._config is None:
            self._config = job.run.checked_config()
        dataset = self._config.dataset
        follows_seed = not is_the_same_for_all_seeds(dataset)
        which = job.values.get("dataset.fold"), job.values.get("seed") if dataset.standardize and follows_seed else None
        if which not in self._kept:
            self._kept[which] = job.run.task_anew() if follows_seed else self._with_points(job)
        return self._kept[which]

    def _with_points(self, job: Job) -> Task:
        config = job.run.checked_config()
        points = str((config.plain["dataset"], config.precision, config.loss.name))
        if points not in self._others:
            self._others[points] = job.run.task_anew()
        return with_points_of(self._others[points], config)
