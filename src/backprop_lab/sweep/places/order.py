"""What a thread trains: a chunk with the data of its jobs."""

from dataclasses import dataclass

from backprop_lab.config.types import Config
from backprop_lab.sweep.failed import write_failed
from backprop_lab.sweep.job_run import JobRun
from backprop_lab.sweep.plan import Batch, steps_of


@dataclass(frozen=True)
class Assignment:
    """The data needed to train one job."""

    run: JobRun
    config: Config
    overrides: list[str]

    def fail(self, reason: str) -> None:
        """Write configuration and receipt of a job that could not be trained."""
        self.run.write_config(self.config.plain, self.overrides)
        write_failed(self.run, reason, seed=self.config.seed)


@dataclass(frozen=True)
class Order:
    """Jobs to train together, by number, and how."""

    batch: Batch
    jobs: dict[int, Assignment]

    @property
    def steps(self) -> int:
        """The total number of steps of all members."""
        return sum(steps_of(job.config) for job in self.jobs.values())
