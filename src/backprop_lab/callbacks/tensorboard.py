"""TensorBoard events: scalars, and histograms if asked for, during the training; the rest at the end."""

import threading
import time
import warnings
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import torch
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard._pytorch_graph import graph
from torch.utils.tensorboard.summary import hparams

from backprop_lab.callbacks import classes_text
from backprop_lab.callbacks.base import Callback, Context
from backprop_lab.callbacks.event_files import has_graph
from backprop_lab.callbacks.hyperparameters import hyperparameters
from backprop_lab.config.recording import recorded_epochs
from backprop_lab.runs import names, receipt
from backprop_lab.training.epoch_end import EpochEnd, Row
from backprop_lab.training.networks import network_of
from backprop_lab.training.next_step import next_step
from backprop_lab.training.state import State
from backprop_lab.training.task import Task

# By network: torch keeps whatever it traces until the process ends, 0.3 MB for each of the jobs of a sweep.
_graphs: dict[Hashable, Any] = {}
_print_traceback = threading.excepthook


def _without_the_writers(failed: threading.ExceptHookArgs) -> None:
    """What ends the thread of a writer, such as a full disk, is raised by the next call of the writer."""
    if type(failed.thread).__module__ != EventFileWriter.__module__:
        _print_traceback(failed)


class TensorBoard(Callback):
    """Writes to ``tensorboard/`` in the run folder, with the epoch as TensorBoard's step."""

    def __init__(self, context: Context, histograms: bool) -> None:
        self.run, self.task, self.config = context.run, context.task, context.config
        self.writer: SummaryWriter | None = None
        self.has_graph = False
        # Rows wait here for the next flush. If they were written one by one, the writer's thread would compete for
        # Python's GIL at every epoch, which makes an event eight times as expensive.
        self.rows: list[tuple[Row, int, float]] = []
        self.has_histograms = histograms
        self.epochs = recorded_epochs(self.config)

    def on_start(self, state: State) -> None:
        threading.excepthook = _without_the_writers
        # purge_step hides events that a killed process wrote after the checkpoint.
        goes_on = self.run.files.exists(names.TENSORBOARD)
        purge_step = state.epoch + 1 if goes_on else None
        self.has_graph = goes_on and has_graph(self.run)
        self.writer = SummaryWriter(str(self.run.files.folder_for_others(names.TENSORBOARD)), purge_step=purge_step)
        titles = {"loss": "loss", self.task.head.metric: self.task.head.metric_label.replace("²", "2")}
        charts = {title: ["Multiline", [f"train_{name}", f"val_{name}"]] for name, title in titles.items()}
        self.writer.add_custom_scalars({"training and validation": charts})
        if self.has_histograms and state.epoch == 0:
            self._add_histograms(state)

    def on_epoch_end(self, end: EpochEnd) -> None:
        if end.row is not None:
            self.rows.append((end.row, end.epoch, time.time()))
        if self.has_histograms and (end.epoch in self.epochs or end.is_last):
            self._add_histograms(end.state)

    def flush(self) -> None:
        if self.writer is not None:
            for row, epoch, when in self.rows:
                self._add_scalars(row, epoch, when)
            self.rows.clear()
            self.writer.flush()

    def on_picture(self, name: str, png: bytes, epoch: int) -> None:
        assert self.writer is not None
        image = Summary.Image(encoded_image_string=png)
        self._add(Summary(value=[Summary.Value(tag=name, image=image)]), epoch)

    def on_end(self, state: State) -> None:
        """Write the network's graph, a table of the classes, and an HParams session in this run instead of a separate
        sub-run."""
        assert self.writer is not None
        summary = self.run.summary
        assert self.writer.file_writer is not None
        if not self.has_graph:  # TensorBoard warns of a second one
            self.writer.file_writer.add_graph(_graph(self.task, state))
        parts = {"final": summary["metrics"] | receipt.scores(summary), "best": summary["best"] or {}}
        if text := classes_text.of(summary):
            self.writer.add_text("classes", text, state.epoch)
        # TensorBoard sorts by name and opens the first charts: these, of one dot each, come behind the curves.
        metrics = {f"z_result/{part}_{name}": value for part, named in parts.items() for name, value in named.items()}
        for summary in hparams(hyperparameters(self.config.plain), metrics):
            self._add(summary)
        self._add_scalars(metrics, state.epoch)

    def close(self) -> None:
        if self.writer is not None:
            self.flush()
            self.writer.close()

    def _add_scalars(self, values: Mapping[str, float], epoch: int, when: float | None = None) -> None:
        # One event for all; the writer's add_scalar would write one each, which takes twice as long.
        scalars = [Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()]
        self._add(Summary(value=scalars), epoch, when)

    def _add_histograms(self, state: State) -> None:
        """Of the weights, and of the gradients of the step that would follow, as far as they are finite."""
        assert self.writer is not None
        for kind, arrays in {"weights": state.weights, "gradients": next_step(self.task, state).gradients}.items():
            for name, array in arrays.items():
                if np.isfinite(array).all():
                    self.writer.add_histogram(f"{kind}/{name}", array, state.epoch)

    def _add(self, summary: Summary, epoch: int | None = None, when: float | None = None) -> None:
        assert self.writer is not None
        assert self.writer.file_writer is not None
        self.writer.file_writer.add_summary(summary, epoch, when)


def _graph(task: Task, state: State) -> Any:
    """The graph of the network and its run metadata, for an event file."""
    key = task.model.option, repr(task.model), task.in_features, task.head.outputs, task.val.x.dtype
    if key not in _graphs:
        with warnings.catch_warnings():
            # It uses torch.jit.trace, which torch has deprecated without a replacement for it.
            warnings.filterwarnings("ignore", "`torch.jit.trace", DeprecationWarning)
            _graphs[key] = graph(network_of(task, state), torch.from_numpy(task.val.x[:1]))
    return _graphs[key]


def build(context: Context, *, histograms: bool) -> TensorBoard:
    return TensorBoard(context, histograms)
