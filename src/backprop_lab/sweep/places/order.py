"""What a place is told to train: jobs with their data, and how they are computed and kept."""

from dataclasses import dataclass, field
from pathlib import Path

from backprop_lab.config.types import Config
from backprop_lab.sweep.job_run import Outcome
from backprop_lab.sweep.plan import Batch, steps_of


@dataclass(frozen=True)
class Assignment:
    """The data needed to train one job."""

    config: Config
    overrides: list[str]


@dataclass(frozen=True)
class Order:
    """Jobs of a sweep by number, in ``chunks`` that are trained together.

    ``pack`` is the name of the file that gets all that they leave; without one each of them gets a folder. An order is
    carried out at least once: where ``may_repeat`` says so, jobs that have ended are left as they are.
    """

    sweep: Path
    batch: Batch
    chunks: list[list[int]]
    jobs: dict[int, Assignment]
    pack: str = ""
    may_repeat: bool = False

    @property
    def steps(self) -> int:
        """The total number of steps of all members."""
        return sum(steps_of(job.config) for job in self.jobs.values())


@dataclass
class Carried:
    """What has become of an order: outcomes of its jobs, a line for each problem that no receipt tells, and the names
    of callbacks that failed, with the reasons."""

    outcomes: dict[int, Outcome] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
