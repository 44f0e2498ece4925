"""A PyTorch Lightning Trainer."""

import contextlib
import logging
import signal
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Checkpoint
from pytorch_lightning.profilers import PassThroughProfiler

from backprop_lab.engines.lightning.learner import Learner
from backprop_lab.engines.lightning.points import PointsModule
from backprop_lab.training import penalty
from backprop_lab.training.epoch_end import EpochEnd, Watch
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from backprop_lab.training.tensors import start_from, state_of


def fit(task: Task, start: State, watch: Watch) -> State:
    if start.epoch >= task.epochs:
        return start
    network, optimizer = start_from(task, start)
    learner = Learner(network, optimizer, task)
    bridge = Bridge(task, start, watch)
    with _quiet():
        trainer = pl.Trainer(
            max_epochs=task.epochs,
            accelerator="gpu" if task.device == "cuda" else "cpu",
            devices=1,
            callbacks=[bridge],
            check_val_every_n_epoch=task.log_every_n_epochs,
            # What these would do is done once an epoch, for every engine, by what hangs on `watch`.
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            profiler=NoProfiler(),
        )
        trainer.fit(learner, datamodule=PointsModule(task))
    return bridge.state(trainer)


class NoProfiler(PassThroughProfiler):
    """Lightning enters some 24 profiled sections a step; its own way of not profiling is 7 % of a small training."""

    nothing: AbstractContextManager[None] = contextlib.nullcontext()

    def profile(self, action_name: str) -> AbstractContextManager[None]:  # type: ignore[override]
        return self.nothing


class Bridge(Checkpoint):
    """The only Lightning callback: puts the start in, reports each epoch's end to ``watch``.

    One, because each callback costs 8 us a step, even an empty one. A ``Checkpoint``, because Lightning runs those
    after the module's own epoch end, when the metrics are there, and because with one of ours it makes none of its own.
    """

    def __init__(self, task: Task, start: State, watch: Watch) -> None:
        self.task = task
        self.start = start
        self.watch = watch
        self.sigterm = signal.getsignal(signal.SIGTERM)

    def on_train_start(self, trainer: pl.Trainer, learner: pl.LightningModule) -> None:
        # Lightning's own handler, installed after on_fit_start, would end the process in the middle of an epoch.
        with contextlib.suppress(ValueError):  # only the main thread has handlers
            signal.signal(signal.SIGTERM, self.sigterm)

    def on_fit_start(self, trainer: pl.Trainer, learner: pl.LightningModule) -> None:
        # The counters of a Trainer that has completed start.epoch epochs. Network and optimizer come restored.
        progress: Any = trainer.fit_loop.epoch_progress.current
        progress.ready = progress.started = progress.processed = progress.completed = self.start.epoch
        steps = trainer.fit_loop.epoch_loop.automatic_optimization.optim_progress.optimizer.step.total
        steps.ready = steps.completed = self.start.step
        trainer.fit_loop.epoch_loop._batches_that_stepped = self.start.step

    def on_train_epoch_start(self, trainer: pl.Trainer, learner: pl.LightningModule) -> None:
        if trainer.current_epoch + 1 == self.task.epochs:
            trainer.check_val_every_n_epoch = 1  # the last epoch is validated whatever its number

    def on_train_epoch_end(self, trainer: pl.Trainer, learner: pl.LightningModule) -> None:
        assert isinstance(learner, Learner)
        epoch = trainer.current_epoch + 1
        state = self.state(trainer)
        row = None
        if self.task.is_logged(epoch):
            row = learner.stats.row(self.task) | learner.val | penalty.column(self.task.penalty, state)
        self.watch(EpochEnd(epoch, trainer.global_step, learner.stats.loss().item(), row, state))

    def state(self, trainer: pl.Trainer) -> State:
        """A copy of the State after the last completed step."""
        learner: Any = trainer.lightning_module
        epoch = trainer.global_step // self.task.steps_per_epoch
        return state_of(self.task, epoch, trainer.global_step, learner.network, learner.optimizer)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without Lightning's device chatter and advice: there is nothing here that a user could act on."""
    logger = logging.getLogger("pytorch_lightning")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"pytorch_lightning|lightning_fabric")
            yield
    finally:
        logger.setLevel(level)
