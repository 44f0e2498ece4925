"""What a place is told to train: jobs with their data, and how they are computed and kept."""

from collections.abc import Iterator, Mapping, Sequence
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


class Assignments(Mapping[int, Assignment]):
    """Those of jobs by number, each made when it is asked for: a hundred thousand of them take much memory."""

    def __init__(self, configs: Sequence[Config], overrides: Mapping[int, list[str]], numbers: Sequence[int]) -> None:
        self.configs, self.overrides, self.numbers = configs, overrides, numbers

    def __getitem__(self, number: int) -> Assignment:
        return Assignment(self.configs[number], self.overrides[number])

    def __iter__(self) -> Iterator[int]:
        return iter(self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def some(self, numbers: Sequence[int]) -> "Assignments":
        return Assignments(self.configs, self.overrides, numbers)

    def __reduce__(self) -> tuple[type, tuple[dict[int, Assignment]]]:
        """Elsewhere only those that are meant are needed."""
        return dict, (dict(self),)


@dataclass(frozen=True)
class Order:
    """Jobs of a sweep by number, in ``chunks`` that are trained together.

    ``pack`` is the name of the file that gets all that they leave; without one each of them gets a folder. An order is
    carried out at least once: where ``may_repeat`` says so, jobs that have ended are left as they are.
    """

    sweep: Path
    batch: Batch
    chunks: list[list[int]]
    jobs: Mapping[int, Assignment]
    pack: str = ""
    may_repeat: bool = False
    commit: str | None = None
    """Of the project, where the sweep was started: what is installed elsewhere may not know it."""

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
