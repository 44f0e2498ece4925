"""Sixteen members that train together: their tasks as arrays, and what the compiled program makes of them.

Members share nothing but the time of their steps: a member's bits depend on its own task alone, neither on its
neighbours nor on their number.
"""

import functools
import itertools
import math
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np

from backprop_lab.engines.kernel import orders
from backprop_lab.engines.kernel.lanes import LANES
from backprop_lab.engines.kernel.network import TILE
from backprop_lab.engines.kernel.program import program
from backprop_lab.engines.kernel.training import (
    PENALTY,
    ROW,
    STRIP,
    TRAIN_LOSS,
    TRAIN_METRIC,
    VAL_LOSS,
    VAL_METRIC,
    Kinds,
    Members,
    Memory,
    Numbers,
    Randomness,
)
from backprop_lab.engines.kernel.training import Points as PointsOfAll
from backprop_lab.training import penalty
from backprop_lab.training.chain import Layer, layers_of
from backprop_lab.training.coefficients import Coefficients
from backprop_lab.training.epoch_end import Row
from backprop_lab.training.film import Film
from backprop_lab.training.first_state import parameters_of
from backprop_lab.training.points import Points
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from backprop_lab.training.updates import slots_of


class Block:
    """Up to ``LANES`` members in training, from ``starts``, which are at the same epoch.

    The tasks have one shape: layers, numbers of points, batch size, epochs, precision, and formulas. ``frames`` are the
    epochs whose States are kept. Missing members are copies of the first. The program runs inside ``computing``.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        starts: Sequence[State],
        frames: Collection[int] = (),
        computing: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._computing = computing
        self.seconds = 0.0  # of the last call of the program
        self.tasks, self.task, self.first = tasks, tasks[0], starts[0].epoch
        layers = layers_of(self.task)
        assert layers is not None
        self.epoch = self.first
        self.names = [(name, shape) for layer in layers for name, shape in parameters_of(layer).items()]
        padded = [*tasks, *[self.task] * (LANES - len(tasks))]
        self._program = program()
        self._layers = _table(layers, self._program.kind)
        self._kinds = self._kinds_of()
        hashes = [task.data_sha256 for task in padded]
        self._train, self._val = (
            _points([getattr(task, part) for task in padded], hashes) for part in ("train", "val")
        )
        self._seeds = [task.seed for task in padded]
        self._shuffles = np.array([task.shuffle for task in padded])
        self._coefficients = Coefficients(padded)
        shares = [layer.dropout for layer in layers]
        self._numbers = functools.partial(
            Numbers, loss=_arguments([task.loss.arguments for task in padded], self.task.dtype),
            penalty=_arguments([task.penalty.arguments for task in padded], self.task.dtype),
            cost=_arguments([task.penalty.arguments for task in padded], np.dtype(np.float64)),
            shares=np.array(shares), limits=_limits(padded), undecided=self.task.undecided,
        )  # fmt: skip
        self._drops = any(shares)
        self._memory = self._memory_of(layers)
        self._rows: list[tuple[list[int], np.ndarray]] = []  # the logged epochs of each call, and their rows
        self.recorded = sorted(epoch for epoch in frames if self.first < epoch <= self.task.epochs)
        self._frame_of = {epoch: frame for frame, epoch in enumerate(self.recorded, start=1)}
        self.members = self._members_of([*starts, *[starts[0]] * (LANES - len(starts))])

    def train(self, epochs: int, order: np.ndarray | None = None) -> None:
        """Train the next ``epochs`` epochs, of points in ``order`` if it is given, else in each member's own."""
        span = range(self.epoch + 1, self.epoch + epochs + 1)
        random, memory, points = self._random(span), self._memory, self._train
        if order is not None:
            in_order = np.ascontiguousarray(np.broadcast_to(order.astype(np.uint32), (LANES, len(order))))
            random = random._replace(shuffles=np.zeros(LANES, np.bool_))
            memory, points = memory._replace(order=in_order), points._replace(n=len(order))
        self._shown = points.n
        is_logged = np.array([self.task.is_logged(epoch) for epoch in span])
        rows = zeros(int(is_logged.sum()), ROW, LANES, dtype=np.dtype(np.float64))
        self._rows.append(([epoch for epoch in span if self.task.is_logged(epoch)], rows))
        arguments = (
            self._layers, self._kinds, self.task.batch_size, points, self._val, random,
            self._numbers(self._coefficients.of(span).astype(self.task.dtype)), memory,
            self.members._replace(rows=rows), self.epoch, np.where(is_logged, np.cumsum(is_logged) - 1, -1),
            np.array([self._frame_of.get(epoch, -1) for epoch in span]),
        )  # fmt: skip
        with self._computing():
            began = time.monotonic()
            self._program.run(*arguments)
            self.seconds = time.monotonic() - began
        self.epoch = span[-1]

    def stop(self, member: int) -> None:
        """End the training of a member here; its neighbours go on."""
        self.members.last[..., member] = self.members.state[..., member]
        self.members.alive[member], self.members.ended[member] = False, self.epoch

    def loss(self, member: int) -> float:
        """The mean loss of the last epoch as the steps saw it; NaN for a member that has diverged."""
        return float(self.members.losses[member]) / self._shown

    def rows(self, member: int, last: int) -> dict[int, Row]:
        """The rows up to epoch ``last``, by epoch, since they were last forgotten."""
        epochs = [epoch for of_call, _ in self._rows for epoch in of_call if epoch <= last]
        columns = np.concatenate([rows[:, :, member] for _, rows in self._rows])[: len(epochs)]
        return dict(zip(epochs, self._named_rows(member, columns), strict=True))

    def _named_rows(self, member: int, columns: np.ndarray) -> list[Row]:
        """Rows from what the program writes for a member, [rows, R]."""
        task, names = self.tasks[member], [f"_{name}" for name in ("loss", self.task.head.metric)]
        found = {
            f"train{names[0]}": columns[:, TRAIN_LOSS] / self._shown,
            f"train{names[1]}": task.head.metric_from(columns[:, TRAIN_METRIC], task.train.y),
            f"val{names[0]}": columns[:, VAL_LOSS] / len(task.val),
            f"val{names[1]}": task.head.metric_from(columns[:, VAL_METRIC], task.val.y),
        }
        if penalty.has_value(task.penalty):
            found[penalty.COLUMN] = columns[:, PENALTY]
        listed = zip(*(column.tolist() for column in found.values()), strict=True)
        return [dict(zip(found, row, strict=True)) for row in listed]

    def last_row(self, member: int) -> Row | None:
        """The row of the last epoch; None if it is not logged."""
        if not self.task.is_logged(self.epoch):
            return None
        return self._named_rows(member, self._rows[-1][1][-1:, :, member])[0]

    def forget_rows(self) -> None:
        """Those of a single run go to its callbacks, and there may be millions."""
        self._rows.clear()

    def state(self, member: int, values: np.ndarray, epoch: int) -> State:
        """A copy of the State of one member from ``values`` [S + 1, P, LANES], at the end of ``epoch``."""
        weights, optimizer = self._parts(member, np.ascontiguousarray(values[..., member]))
        return State(epoch, epoch * self.task.steps_per_epoch, weights, optimizer)

    def film(self, member: int, last: int) -> Film:
        """The recorded States of one member from the first to that of epoch ``last``."""
        epochs = np.array([self.first, *(epoch for epoch in self.recorded if epoch <= last)])
        values = self._frames_by_member[member, : len(epochs)]
        weights, optimizer = self._parts(member, np.moveaxis(values, 1, 0))
        return Film(epochs, epochs * self.task.steps_per_epoch, weights, optimizer, {})

    @functools.cached_property
    def _frames_by_member(self) -> np.ndarray:
        """[LANES, frames, S + 1, P]"""
        return np.ascontiguousarray(np.moveaxis(self.members.frames, -1, 0))

    def _parts(self, member: int, values: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Weights and optimizer state by name, from one member's ``values`` [S + 1, ..., P]."""
        slots = slots_of(self.tasks[member].optimizer)
        all_slots: tuple[str, ...] = getattr(self.task.optimizer.option, "SLOTS", ())
        optimizer = {
            f"{slot}/{name}": array
            for slot, part in zip(all_slots, values[1:], strict=True)
            if slot in slots
            for name, array in self._named(part).items()
        }
        return self._named(values[0]), optimizer

    def _named(self, flat: np.ndarray) -> dict[str, np.ndarray]:
        named, first = {}, 0
        for name, shape in self.names:
            last = first + math.prod(shape)
            named[name] = flat[..., first:last].reshape(*flat.shape[:-1], *shape)
            first = last
        return named

    # -- arrays for the program ---------------------------------------------------------------------------------------

    def _kinds_of(self) -> Kinds:
        task, kind = self.task, self._program.kind
        return Kinds(
            kind("loss", task.loss.name, task.task_type), kind("optimizer", task.optimizer.name),
            kind("penalty", task.penalty.name), task.head.is_classification,
        )  # fmt: skip

    def _random(self, epochs: range) -> Randomness:
        nothing = np.empty((len(epochs), 0, 0), np.uint64)
        return Randomness(
            orders.seeded(self._seeds, "order", epochs) if self._shuffles.any() else nothing,
            orders.seeded(self._seeds, "dropout", epochs) if self._drops else nothing,
            self._shuffles,
        )

    def _memory_of(self, layers: Sequence[Layer]) -> Memory:
        dtype, points = self.task.dtype, len(self.task.train)
        units = layers[0].inputs + sum(layer.units for layer in layers)
        masked = sum(layer.units for layer in layers if layer.dropout)
        widest = max(layer.units for layer in layers)
        order = zeros(LANES, points, dtype=np.dtype(np.uint32))
        order[:] = np.arange(points)
        return Memory(
            v=zeros(units, TILE, LANES, dtype=dtype),
            s=zeros(units, TILE, LANES, dtype=dtype),
            d=zeros(units, TILE, LANES, dtype=dtype),
            y=zeros(TILE, LANES, dtype=dtype),
            strip=zeros(layers[0].inputs + 1, STRIP, LANES, dtype=dtype),
            gradients=zeros(sum(math.prod(shape) for _, shape in self.names), LANES, dtype=dtype),
            # Behind the last point come up to TILE - 1 missing ones, which have to be finite.
            masks=zeros(masked * self.task.batch_size + (TILE * widest if masked else 0), LANES, dtype=dtype),
            order=order,
            sums=zeros(ROW, LANES, dtype=np.dtype(np.float64)),
            choice=zeros(1, LANES, dtype=dtype),
            factors=zeros(1, LANES, dtype=np.dtype(np.float64)),
            scale=zeros(1, LANES, dtype=dtype),
        )

    def _members_of(self, starts: Sequence[State]) -> Members:
        slots: tuple[str, ...] = getattr(self.task.optimizer.option, "SLOTS", ())
        shape = (len(slots) + 1, sum(math.prod(shape) for _, shape in self.names), LANES)
        state, before, last, best = (zeros(*shape, dtype=self.task.dtype) for _ in range(4))
        for lane, start in enumerate(starts):
            for part, prefix in enumerate(("", *(f"{slot}/" for slot in slots))):
                named = start.optimizer if part else start.weights
                first = 0
                for name, of in self.names:
                    size = math.prod(of)
                    if prefix + name in named:
                        state[part, first : first + size, lane] = named[prefix + name].ravel()
                    first += size
        frames = zeros(len(self.recorded) + 1, *shape, dtype=self.task.dtype)
        frames[0] = state
        return Members(
            state, before, last, best, np.ones(LANES, np.bool_), np.zeros(LANES, np.int64),
            np.full(LANES, np.inf), np.zeros(LANES, np.int64), np.zeros(LANES),
            zeros(0, ROW, LANES, dtype=np.dtype(np.float64)), frames,
        )  # fmt: skip


def zeros(*shape: int, dtype: np.dtype) -> np.ndarray:
    """An array at the beginning of a memory page: each vector in one cache line, and no line in two threads.

    NumPy's own lie anywhere, and a step takes up to half as long again.
    """
    size = math.prod(shape) * dtype.itemsize
    memory = np.zeros(size // 4096 * 4096 + 8192, np.uint8)
    first = -memory.ctypes.data % 4096
    return memory[first : first + size].view(dtype).reshape(shape)


def _table(layers: Sequence[Layer], kind: Callable[[str, str], int]) -> np.ndarray:
    """``layers`` of ``network``: whole numbers [layers, 6]."""
    sizes = [[math.prod(shape) for shape in parameters_of(layer).values()] for layer in layers]
    firsts = itertools.accumulate((sum(size) for size in sizes), initial=0)
    masked = itertools.accumulate((layer.units if layer.dropout else 0 for layer in layers), initial=0)
    return np.array([
        [
            layer.inputs, layer.units, first, first + size[0] if layer.bias is not None else -1,
            kind("activation", layer.activation), before if layer.dropout else -1,
        ]
        for layer, size, first, before in zip(layers, sizes, firsts, masked, strict=False)
    ])  # fmt: skip


def _points(of_members: Sequence[Points], hashes: Sequence[str]) -> PointsOfAll:
    """The points of all members; those that several members share, as their hashes say, are there once."""
    distinct = dict(zip(hashes, of_members, strict=True))
    places = dict(zip(distinct, itertools.accumulate(map(len, distinct.values()), initial=0), strict=False))
    return PointsOfAll(
        np.concatenate([np.column_stack((points.x, points.y)) for points in distinct.values()]),
        np.array([places[own] for own in hashes]),
        len(of_members[0]),
    )


def _limits(tasks: Sequence[Task]) -> np.ndarray:
    """Each member's longest gradient, [LANES], infinite for one without a limit; empty if none has one."""
    if all(task.clip_norm is None for task in tasks):
        return np.empty(0)
    limits = zeros(LANES, dtype=np.dtype(np.float64))
    limits[:] = [np.inf if task.clip_norm is None else task.clip_norm for task in tasks]
    return limits


def _arguments(of_members: Sequence[Sequence[float]], dtype: np.dtype) -> np.ndarray:
    """The arguments of a formula, each member's own: [K, LANES]."""
    return np.ascontiguousarray(np.array(of_members, dtype=np.float64).reshape(LANES, -1).T.astype(dtype))
