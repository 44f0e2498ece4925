"""The message to a worker: a chunk to train, with the data of its jobs."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from backprop_lab.config.types import Config
from backprop_lab.runs.run import Run
from backprop_lab.sweep.failed import write_failed
from backprop_lab.sweep.plan import Chunk, steps_of


@dataclass(frozen=True)
class Assignment:
    """The data needed to train one job."""

    run: Run
    config: Config
    overrides: list[str]

    def fail(self, reason: str) -> None:
        """Write the receipt of a job that could not be trained."""
        write_failed(self.run, reason, seed=self.config.seed)


@dataclass(frozen=True)
class Order:
    """A chunk to train, with its jobs by number."""

    chunk: Chunk
    jobs: dict[int, Assignment]
    own_folders: list[Path]
    """The folders with custom options, from the command line of the sweep."""

    @property
    def steps(self) -> int:
        """The total number of steps of all members."""
        return sum(steps_of(job.config) for job in self.jobs.values())

    @property
    def rest(self) -> "Order":
        """The jobs without a receipt."""
        return self._of([number for number, job in self.jobs.items() if not job.run.has_begun])

    @property
    def halves(self) -> list["Order"]:
        numbers = [*self.jobs]
        middle = len(numbers) // 2
        return [self._of(numbers[:middle]), self._of(numbers[middle:])]

    def _of(self, numbers: Collection[int]) -> "Order":
        chunk = replace(self.chunk, numbers=list(numbers))
        return replace(self, chunk=chunk, jobs={number: self.jobs[number] for number in numbers})
