"""Adapts any of Lightning's loggers to every rung, without a Trainer."""

import warnings
from typing import TYPE_CHECKING

from backprop_lab.callbacks.base import Callback
from backprop_lab.callbacks.hyperparameters import hyperparameters
from backprop_lab.config.types import Config
from backprop_lab.runs import receipt
from backprop_lab.runs.run import Run
from backprop_lab.runs.status import Status
from backprop_lab.training.epoch_end import EpochEnd, Row
from backprop_lab.training.state import State

if TYPE_CHECKING:
    from pytorch_lightning.loggers import Logger


class LightningLogger(Callback):
    """Passes hyperparameters, rows and final metrics to ``logger``, with the epoch as its step.

    Rows wait for the next flush, so that a slow logger does not delay every epoch.
    """

    def __init__(self, logger: "Logger", config: Config, run: Run, rewrites: bool) -> None:
        """``rewrites`` says that the logger rewrites its files when a run is resumed."""
        self.logger = logger
        self.rewrites = rewrites
        self.config = config
        self.run = run
        self.rows: list[tuple[Row, int]] = []
        self.status = "failed"

    def on_start(self, state: State) -> None:
        with warnings.catch_warnings():
            if self.rewrites:  # its warning about this is not needed here
                warnings.filterwarnings("ignore", "Experiment logs directory")
            self.logger.log_hyperparams(hyperparameters(self.config.plain))
        if state.epoch > 0 and self.rewrites:
            self.rows += self._before(state.epoch)

    def on_epoch_end(self, end: EpochEnd) -> None:
        if end.row is not None:
            self.rows.append((end.row, end.epoch))

    def flush(self) -> None:
        for row, epoch in self.rows:
            self.logger.log_metrics(row, step=epoch)
        self.rows.clear()
        self.logger.save()

    def on_end(self, state: State) -> None:
        summary = self.run.summary
        known = {name: value for name, value in summary["metrics"].items() if value is not None}
        final = {f"final/{name}": value for name, value in (known | receipt.scores(summary)).items()}
        self.flush()
        self.logger.log_metrics(final, step=state.epoch)
        self.status = "success" if summary["status"] == Status.FINISHED else "failed"

    def close(self) -> None:
        self.flush()
        self.logger.finalize(self.status)

    def _before(self, epoch: int) -> list[tuple[Row, int]]:
        history = self.run.metrics()
        names = [name for name in history if name not in ("epoch", "step")]
        return [
            ({name: history[name][i].item() for name in names}, int(at))
            for i, at in enumerate(history["epoch"])
            if at <= epoch
        ]
