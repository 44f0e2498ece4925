"""The interface that all engines share: a Task in, States out.

A ``Task`` is everything that determines the numbers; a ``State`` is everything that changes. An engine is a function
``fit(task, start, watch) -> State``, which calls ``watch`` with an ``EpochEnd`` at the end of each epoch. Both hold
NumPy arrays, so that an engine need not use torch.
"""

import functools
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from backprop_lab.config.types import Choice, Config
from backprop_lab.config.upgrade import COUNTS_UNDECIDED
from backprop_lab.options.class_form import ClassForm
from backprop_lab.options.loss import Form
from backprop_lab.options.table import Meaning
from backprop_lab.training.epoch_end import Watch
from backprop_lab.training.head import UNDECIDED, Head, Units, head_of
from backprop_lab.training.points import Points, count_outputs, meaning_of
from backprop_lab.training.preparation import Preparation, preparation_of
from backprop_lab.training.randomness import generator
from backprop_lab.training.split import Split
from backprop_lab.training.state import State, sha256
from backprop_lab.training.success import Bar, bar_of


@dataclass(frozen=True)
class Task:
    """Everything that determines the numbers of a training. The points have the dtype of the computation."""

    train: Points
    val: Points
    given: Split
    """The same points, and those of a test, as the data set gives them: before ``preparation``."""
    preparation: Preparation
    meaning: Meaning
    """Of the inputs as given."""
    data_sha256: str
    task_type: str
    model: Choice
    loss: Choice
    penalty: Choice
    optimizer: Choice
    schedule: Choice
    stop: Choice
    epochs: int
    log_every_n_epochs: int
    batch_size: int
    shuffle: bool
    seed: int
    device: str
    bar: Bar
    outputs: int = 1
    """Of a point: one for each of several classes."""
    undecided: float = UNDECIDED

    @property
    def in_features(self) -> int:
        return int(self.train.x.shape[1])

    @property
    def dtype(self) -> np.dtype:
        return self.train.x.dtype

    @property
    def form(self) -> Form | ClassForm:
        """The formula of the loss for this type of task."""
        form: Form | ClassForm = self.loss.option.FORMS[self.task_type]
        return form

    @functools.cached_property
    def head(self) -> Head:
        """The interpretation of the network's outputs."""
        units = Units(self.preparation.target_mean, self.preparation.target_scale)
        return head_of(self.task_type, self.form.output, self.outputs, self.undecided, units)

    @property
    def sees_a_plane(self) -> bool:
        """Whether the network gets two coordinates, so that a unit of its first layer draws a straight line."""
        return self.in_features == 2 and self.preparation.features is None

    def in_names(self, label: str) -> str:
        """A label of the head, such as probability of class 1, with the name of the class."""
        return label.replace("class 1", self.meaning.class_name(1))

    def inputs(self, x: np.ndarray) -> np.ndarray:
        """What the network gets for points ``x`` [n, inputs as given], in the precision of the run."""
        inputs: np.ndarray = self.preparation.inputs(x).astype(self.dtype)
        return inputs

    @property
    def clip_norm(self) -> float | None:
        """The longest gradient over all weights; None for any length."""
        limit = self.optimizer.knobs.get("clip_norm")
        return None if limit is None else float(limit)

    @property
    def steps_per_epoch(self) -> int:
        return -(-len(self.train) // self.batch_size)

    def batches(self, epoch: int) -> list[np.ndarray]:
        """The index arrays of the steps of ``epoch``, counted from 1: a function of seed and epoch alone."""
        return np.split(self.order(epoch), range(self.batch_size, len(self.train), self.batch_size))

    def order(self, epoch: int) -> np.ndarray:
        """The indices of all training points in the order of ``epoch``."""
        n = len(self.train)
        return generator(self.seed, "order", epoch).permutation(n) if self.shuffle else np.arange(n)

    def is_logged(self, epoch: int) -> bool:
        """Whether ``epoch`` is validated and gets a row: every n-th epoch, and the last."""
        return epoch % self.log_every_n_epochs == 0 or epoch == self.epochs


class Fit(Protocol):
    """An engine. Exceptions of ``watch`` propagate through it."""

    def __call__(self, task: Task, start: State, watch: Watch) -> State: ...


def build_task(
    config: Config, train: Points, val: Points, test: Points | None = None, meaning: Meaning | None = None
) -> Task:
    """The task of a configuration and its points, which are hashed, prepared and cast to the precision of the run.

    ``meaning`` is what they stand for, if the data set need not be asked.
    """
    meaning = meaning or meaning_of(config.dataset, train)
    dtype = np.dtype(f"float{config.precision}")
    preparation = preparation_of(config.dataset, train)
    parts = {"train": train, "val": val} | ({"test": test} if test is not None else {})
    return _task(
        config,
        train=preparation.of(train).astype(dtype),
        val=preparation.of(val).astype(dtype),
        given=Split(train, val, test),
        preparation=preparation,
        meaning=meaning,
        data_sha256=sha256({f"{name}/{axis}": getattr(part, axis) for name, part in parts.items() for axis in "xy"}),
        bar=bar_of(config.dataset, val),
        outputs=count_outputs(config.dataset, meaning, train, val),
    )


OF_THE_POINTS = ("train", "val", "given", "preparation", "meaning", "data_sha256", "bar", "outputs")


def with_points_of(other: Task, config: Config) -> Task:
    """The task of a configuration whose data set, precision and split are those of ``other``: it shares the arrays."""
    return _task(config, **{name: getattr(other, name) for name in OF_THE_POINTS})


def _task(config: Config, **of_the_points: Any) -> Task:
    n = len(of_the_points["train"])
    return Task(
        **of_the_points,
        task_type=config.dataset.task,
        model=config.model,
        loss=config.loss,
        penalty=config.penalty,
        optimizer=config.optimizer,
        schedule=config.schedule,
        stop=config.stop,
        epochs=config.epochs,
        log_every_n_epochs=config.log_every_n_epochs,
        batch_size=min(config.dataset.batch_size or n, n),
        shuffle=config.dataset.shuffle,
        seed=config.seed,
        device=config.trainer.option.DEVICE,
        undecided=UNDECIDED if config.format >= COUNTS_UNDECIDED else 0.0,
    )
