"""The tasks by which the networks of a setting are drawn."""

from backprop_lab.sweep.folder import Job
from backprop_lab.training.split import is_the_same_for_all_seeds
from backprop_lab.training.task import Task


class Tasks:
    """Those of jobs that differ only in what repeats a setting: each is made once for the same preparation of points.

    Of points that follow the seed and are not prepared by what they are, the first job's stand for all: a network gets
    the same for a place of the plane.
    """

    def __init__(self) -> None:
        self._kept: dict[int | None, Task] = {}

    def of(self, job: Job) -> Task:
        config = job.run.checked_config()
        which = config.dataset.fold
        if config.dataset.standardize and not is_the_same_for_all_seeds(config.dataset):
            which = config.seed
        if which not in self._kept:
            self._kept[which] = job.run.task_anew()
        return self._kept[which]
