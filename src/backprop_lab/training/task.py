"""The contract that all engines share: a Task goes in, States come out.

A ``Task`` is everything that decides the numbers; a ``State`` is everything that changes. An engine is a function
``fit(task, start, watch) -> State``, which calls ``watch`` with a ``Moment`` at the end of each epoch. NumPy arrays on
both sides, so that an engine may do without torch.
"""

import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np

from backprop_lab.config.check import Choice, Config, Dataset
from backprop_lab.options import dataset as datasets
from backprop_lab.training.randomness import generator

Row: TypeAlias = dict[str, float]


@dataclass(frozen=True)
class Points:
    """``x`` of shape [n, features] and targets ``y`` of shape [n]."""

    x: np.ndarray
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, index: np.ndarray) -> "Points":
        return Points(self.x[index], self.y[index])

    def astype(self, dtype: np.dtype) -> "Points":
        return Points(self.x.astype(dtype), self.y.astype(dtype))


@dataclass(frozen=True)
class Task:
    """Everything that decides the numbers of a training. The points have the dtype in which it computes."""

    train: Points
    val: Points
    data_sha256: str
    kind: str
    model: Choice
    loss: str
    optimizer: Choice
    epochs: int
    log_every_n_epochs: int
    batch_size: int
    shuffle: bool
    seed: int
    device: str

    @property
    def in_features(self) -> int:
        return self.train.x.shape[1]

    @property
    def dtype(self) -> np.dtype:
        return self.train.x.dtype

    @property
    def quality(self) -> str:
        """What stands beside the loss: ``acc``, the share of right answers, or ``r2`` for a regression."""
        return "r2" if self.kind == "regression" else "acc"

    @property
    def steps_per_epoch(self) -> int:
        return -(-len(self.train) // self.batch_size)

    def batches(self, epoch: int) -> list[np.ndarray]:
        """The index arrays of the steps of ``epoch``, counted from 1: a function of the seed and the epoch alone."""
        return np.split(self.order(epoch), range(self.batch_size, len(self.train), self.batch_size))

    def order(self, epoch: int) -> np.ndarray:
        """The indices of all training points in the order in which ``epoch`` takes them."""
        n = len(self.train)
        return generator(self.seed, "order", epoch).permutation(n) if self.shuffle else np.arange(n)

    def is_logged(self, epoch: int) -> bool:
        """Whether ``epoch`` is validated and gets a row: every n-th is, and the last."""
        return epoch % self.log_every_n_epochs == 0 or epoch == self.epochs


@dataclass
class State:
    """Everything that changes in a training: at once a checkpoint and a frame of the film.

    ``epoch`` and ``step`` count what is completed. ``weights`` go by their ``nn.Module`` names, ``optimizer`` by
    ``slot/weight name``.
    """

    epoch: int
    step: int
    weights: dict[str, np.ndarray]
    optimizer: dict[str, np.ndarray]

    @property
    def weights_sha256(self) -> str:
        """Over the sorted names, dtypes, shapes and bytes of the weights: equal only where every bit is."""
        return _sha256({name: self.weights[name] for name in sorted(self.weights)})

    def is_finite(self) -> bool:
        return all(bool(np.isfinite(weight).all()) for weight in self.weights.values())


@dataclass(frozen=True)
class Moment:
    """The end of an epoch, as an engine reports it.

    ``loss`` is the mean over the epoch's points as the steps saw them. ``row`` has the metrics where the task logs this
    epoch. ``state`` is copied when first asked for, which must be before ``watch`` returns.
    """

    epoch: int
    step: int
    loss: float
    row: Row | None
    copy_state: Callable[[], State]

    @functools.cached_property
    def state(self) -> State:
        return self.copy_state()


Watch: TypeAlias = Callable[[Moment], None]


class Fit(Protocol):
    """An engine. What ``watch`` raises passes through it."""

    def __call__(self, task: Task, start: State, watch: Watch) -> State: ...


class Diverged(Exception):
    """The loss or a weight is no longer a finite number. ``state`` is the last finite one."""

    def __init__(self, epoch: int, state: State) -> None:
        super().__init__(f"the loss is not a finite number from epoch {epoch} on; try a lower optimizer.lr")
        self.epoch = epoch
        self.state = state


def draw(dataset: Dataset, seed: int, purpose: str = "points") -> Points:
    """All points of a data set, in float64, with its noise.

    Noise moves the points after labelling; for a regression it moves y.
    """
    random = generator(seed, purpose)
    x, y = datasets.load(dataset.name)(dataset.n_samples, random, **dataset.knobs)
    if dataset.noise:
        if dataset.task == "regression":
            y = y + dataset.noise * random.standard_normal(y.shape)
        else:
            x = x + dataset.noise * random.standard_normal(x.shape)
    return Points(x, y)


def points_of(config: Config) -> tuple[Points, Points]:
    """The training and the validation points of a configuration, in float64.

    A data set's own few points (``n_samples`` null) are both.
    """
    dataset = config.dataset
    points = draw(dataset, config.seed)
    if dataset.n_samples is None:
        return points, points
    order = generator(config.seed, "split").permutation(len(points))
    n_val = held_back(len(points), dataset.val_fraction)
    return points[order[n_val:]], points[order[:n_val]]


def held_back(n: int, val_fraction: float) -> int:
    """How many of ``n`` points are for validation: at least one, and all but one at most."""
    return min(max(round(n * val_fraction), 1), n - 1)


def build_task(config: Config, train: Points, val: Points) -> Task:
    """The task of a configuration and its points, which are hashed here and then cast to the precision of the run."""
    dtype = np.dtype(f"float{config.precision}")
    return Task(
        train=train.astype(dtype),
        val=val.astype(dtype),
        data_sha256=_sha256({"train/x": train.x, "train/y": train.y, "val/x": val.x, "val/y": val.y}),
        kind=config.dataset.task,
        model=config.model,
        loss=config.loss,
        optimizer=config.optimizer,
        epochs=config.epochs,
        log_every_n_epochs=config.log_every_n_epochs,
        batch_size=min(config.dataset.batch_size or len(train), len(train)),
        shuffle=config.dataset.shuffle,
        seed=config.seed,
        device="cuda" if config.trainer == "gpu" else "cpu",
    )


def _sha256(arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name, array in arrays.items():
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
