"""What is sent to a worker: a chunk to train, with all that has to be known of its jobs."""

from dataclasses import dataclass
from pathlib import Path

from backprop_lab.config.types import Config
from backprop_lab.runs.run import Run
from backprop_lab.sweep.failed import write_failed
from backprop_lab.sweep.plan import Chunk, steps_of


@dataclass(frozen=True)
class Assignment:
    """What has to be known of one job to train it."""

    run: Run
    config: Config
    overrides: list[str]

    def fail(self, reason: str) -> None:
        """Leave the receipt of a job that could not be trained."""
        write_failed(self.run, reason, seed=self.config.seed)


@dataclass(frozen=True)
class Order:
    """A chunk to train, with its jobs by number."""

    chunk: Chunk
    jobs: dict[int, Assignment]
    own_folders: list[Path]
    """Where options of the user's own are, as the command line of the sweep named them."""

    @property
    def steps(self) -> int:
        """Of all members together."""
        return sum(steps_of(job.config) for job in self.jobs.values())
