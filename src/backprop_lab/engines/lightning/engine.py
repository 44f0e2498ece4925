"""A PyTorch Lightning Trainer."""

import contextlib
import logging
import signal
import warnings
from collections.abc import Iterator

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Checkpoint

from backprop_lab.engines.lightning.bare import BareLearner, NoProfiler
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
    learner = BareLearner(task, network, optimizer, start.epoch)
    bridge = Bridge(watch)
    with _quiet():
        trainer = pl.Trainer(
            max_epochs=task.epochs - start.epoch,
            accelerator="gpu" if task.device == "cuda" else "cpu",
            devices=1,
            callbacks=[bridge],
            # What these would do is done once an epoch, for every engine, by what hangs on `watch`.
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            profiler=NoProfiler(),
        )
        trainer.fit(learner, datamodule=PointsModule(task, start.epoch))
    return _state(learner)


class Bridge(Checkpoint):
    """The only Lightning callback: reports each epoch's end to ``watch``.

    One, because each callback costs 8 us a step, even an empty one. A ``Checkpoint``, because Lightning runs those
    after the module's own epoch end, when the metrics are there, and because with one of ours it makes none of its own.
    """

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.sigterm = signal.getsignal(signal.SIGTERM)

    def on_train_start(self, trainer: pl.Trainer, learner: pl.LightningModule) -> None:
        # Lightning's own handler, installed after on_fit_start, would end the process in the middle of an epoch.
        with contextlib.suppress(ValueError):  # only the main thread has handlers
            signal.signal(signal.SIGTERM, self.sigterm)

    def on_train_epoch_start(self, trainer: pl.Trainer, learner: pl.LightningModule) -> None:
        assert isinstance(learner, BareLearner)
        # Lightning counts from the first epoch of this fit, and does not know that the last one is always validated.
        epoch = learner.epochs_before + trainer.current_epoch + 1
        trainer.check_val_every_n_epoch = 1 if learner.task.is_logged(epoch) else trainer.current_epoch + 2

    def on_train_epoch_end(self, trainer: pl.Trainer, learner: pl.LightningModule) -> None:
        assert isinstance(learner, BareLearner)
        state = _state(learner)
        row = None
        if learner.task.is_logged(state.epoch):
            row = learner.stats.row(learner.task) | learner.val | penalty.column(learner.task.penalty, state)
        self.watch(EpochEnd(state.epoch, state.step, learner.stats.loss().item(), row, state))


def _state(learner: BareLearner) -> State:
    """A copy of the State after the last completed step."""
    step = learner.epochs_before * learner.task.steps_per_epoch + learner.global_step
    return state_of(learner.task, step // learner.task.steps_per_epoch, step, learner.network, learner.optimizer)


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
