"""Trains members in a block of the kernel."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext

from backprop_lab.callbacks.watch import Stop
from backprop_lab.engines.kernel.block import Block
from backprop_lab.sweep.batch.history import History
from backprop_lab.training.film import Film
from backprop_lab.training.first_state import first_state
from backprop_lab.training.outcome import Stopped
from backprop_lab.training.state import State
from backprop_lab.training.task import Task

SECONDS = 0.1
"""About as long as one call of the compiled program, so that progress is seen and a signal is answered soon."""

_spans: dict[tuple[int | str, ...], int] = {}
"""How many epochs take so long, by the sizes of a block: a block that knows it needs fewer calls."""


def fit(
    tasks: Sequence[Task],
    frames: Collection[int],
    report: Callable[[int], None],
    computing: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> list[History]:
    """Train a member for each task, all of one shape; returns their histories in the same order.

    ``frames`` are the epochs to record. ``report`` is called from time to time with the number of steps that all
    members together took since; an exception that it raises ends the training. The program runs inside ``computing``.
    """
    task, starts = tasks[0], [first_state(task) for task in tasks]
    block = Block(tasks, starts, frames, computing)
    stops = [Stop(task.stop) for task in tasks]
    stopped: dict[int, Stopped] = {}
    steps, decides = task.steps_per_epoch * len(tasks), stops[0].decisions is not None
    form = (len(task.train), len(task.val), task.batch_size, block.members.state.size, str(task.dtype))
    span = _spans.get(form, 1)
    while block.epoch < task.epochs and block.members.alive[: len(tasks)].any():
        before, rest = block.epoch, task.epochs - block.epoch
        block.train(min(span, rest, _until_row(task, block.epoch) if decides else rest))
        if decides and task.is_logged(block.epoch):
            stopped |= _part_with_stopped(block, stops)
        report(steps * (block.epoch - before))
        if block.members.alive[: len(tasks)].any():  # else the last epochs took no time
            span = _spans[form] = max(1, int((block.epoch - before) * SECONDS / max(block.seconds, 1e-9)))
    report(steps * (task.epochs - block.epoch))
    return [_history(block, member, start, stopped.get(member), frames) for member, start in enumerate(starts)]


def _until_row(task: Task, epoch: int) -> int:
    """The number of epochs from ``epoch`` to the next one with a row."""
    return task.log_every_n_epochs - epoch % task.log_every_n_epochs


def _part_with_stopped(block: Block, stops: Sequence[Stop]) -> dict[int, Stopped]:
    """End the training of the members for which ``stop=`` says so, and keep the State that they have reached."""
    stopped: dict[int, Stopped] = {}
    for member, stop in enumerate(stops):
        row = block.last_row(member)
        if row is not None and block.members.alive[member] and stop.is_reached({"epoch": block.epoch, **row}):
            block.stop(member)
            stopped[member] = Stopped(block.state(member, block.members.last, block.epoch), stop.reason)
    return stopped


def _history(block: Block, member: int, start: State, stopped: Stopped | None, frames: Collection[int]) -> History:
    members, history = block.members, History(start)
    is_alive = bool(members.alive[member])
    last = block.epoch if is_alive else int(members.ended[member])
    history.state = block.state(member, members.state if is_alive else members.last, last)
    history.stopped, history.has_diverged = stopped, not is_alive and stopped is None
    if history.has_diverged and last == 0:
        history.state = start
    history.rows = block.rows(member, last)
    if best := int(members.best_epoch[member]):
        history.best = {"epoch": best, **history.rows[best]}
        history.best_state = block.state(member, members.best, best)
    if frames:
        history.film = block.film(member, last)
        if stopped is not None and history.film.epochs[-1] < last:
            history.film = Film.of([*history.film.states(), history.state])
    return history
