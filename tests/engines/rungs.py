"""A training on a rung by its name, or in a batch."""

from collections.abc import Collection, Sequence

from backprop_lab import engines
from backprop_lab.engines.kernel.lanes import LANES
from backprop_lab.sweep.batch import blocks, chunk
from backprop_lab.sweep.batch.history import History
from backprop_lab.training.epoch_end import EpochEnd, Row
from backprop_lab.training.first_state import first_state
from backprop_lab.training.state import State
from backprop_lab.training.task import Fit, Task
from conftest import chosen


def load(engine: str) -> Fit:
    return engines.load(chosen("engine", engine))


def fitted(engine: str, task: Task, start: State | None = None) -> tuple[State, list[Row]]:
    """The last State and all rows."""
    rows: list[Row] = []

    def watch(end: EpochEnd) -> None:
        if end.row is not None:
            rows.append(end.row)

    return load(engine)(task, start or first_state(task), watch), rows


def batched(tasks: Sequence[Task], frames: Collection[int] = ()) -> list[History]:
    """As one tensor program."""
    return chunk.fit(tasks, frames, "cpu", lambda steps: None)


def in_blocks(tasks: Sequence[Task], frames: Collection[int] = ()) -> list[History]:
    """By the kernel."""
    blocks_of = [tasks[i : i + LANES] for i in range(0, len(tasks), LANES)]
    return [history for block in blocks_of for history in blocks.fit(block, frames, lambda steps: None)]


TOGETHER = {"vmap": batched, "kernel": in_blocks}
