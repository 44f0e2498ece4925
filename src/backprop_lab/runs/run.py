"""A run folder: reads and writes it.

In a notebook, ``Run(folder)`` opens a finished training. An untrusted folder is safe to read: nothing in it is
unpickled or instantiated, and its configuration is checked like a command line.
"""

import contextlib
import functools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import numpy as np

from backprop_lab.config.check import check
from backprop_lab.config.errors import ConfigError, UnknownOptionError
from backprop_lab.config.types import Config
from backprop_lab.config.upgrade import FORMAT, upgrade
from backprop_lab.options.discovery import OptionError
from backprop_lab.options.table import Meaning
from backprop_lab.runs import configuration, frames, lock, meaning, memory, names, points, receipt, rows
from backprop_lab.runs.embedded import EmbeddedPage
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.files import Files
from backprop_lab.runs.packed import files_of
from backprop_lab.runs.paths import RunPaths
from backprop_lab.runs.status import Status
from backprop_lab.training.film import Film
from backprop_lab.training.split import Split, points_of
from backprop_lab.training.state import State
from backprop_lab.training.task import Task, build_task

if TYPE_CHECKING:
    from torch import nn

Content = TypeVar("Content")


class Run(RunPaths):
    """A run folder. ``checkpoint`` (last, best or previous) selects the weights of ``state`` and ``network``.

    A job's run has the sweep folder as ``root``: below it no links are followed on the way to the run.
    """

    def __init__(
        self, folder: str | Path, checkpoint: str = "last", *, root: Path | None = None, files: Files | None = None
    ) -> None:
        super().__init__(Path(folder), files or files_of(Path(folder), root))
        self.checkpoint = checkpoint

    @classmethod
    def at(cls, path: str | Path) -> "Run":
        """The run in a folder, or of a checkpoint file in it. Raises ``RunError`` if there is none."""
        if "://" in str(path):  # before Path collapses the two slashes
            raise RunError(f"{path}: not a run folder on this machine")
        path = Path(path)
        run = cls(path.parent.parent, path.stem) if path.suffix == ".ckpt" else cls(path)
        if not run.files.exists(names.CONFIG):
            raise RunError(f"{path}: not a run folder (it has no {names.CONFIG})")
        return run

    # -- configuration ------------------------------------------------------------------------------------------------

    @property
    def config(self) -> dict[str, Any]:
        """The configuration as a plain dictionary, upgraded to this version."""
        stored = self._load(names.CONFIG, names.MAX_TEXT_BYTES, configuration.load)
        return upgrade(stored, self.format)

    @property
    def format(self) -> int:
        """The format number of the run folder. Receipts of format 1 have none. A job that has not begun counts as
        format 1, for which ``upgrade`` only adds missing keys.
        """
        return int(self.brief.get("format", 1))

    def checked_config(self) -> Config:
        """The configuration, checked like a command line."""
        try:
            return replace(check(self.config), format=self.brief.get("format", 1) if self.brief else FORMAT)
        except UnknownOptionError as error:
            hint = "for your own options add --config-dir=FOLDER"
            raise RunError(f"{self.config_file}: {error}; {hint}") from None
        except (ConfigError, OptionError) as error:
            raise RunError(f"{self.config_file}: {error}") from None

    @property
    def overrides(self) -> list[str]:
        """The command-line overrides of this run."""
        if not self.files.exists(names.OVERRIDES):
            return []
        return self._load(names.OVERRIDES, names.MAX_TEXT_BYTES, configuration.load_overrides)

    # -- results ------------------------------------------------------------------------------------------------------

    @property
    def has_begun(self) -> bool:
        """Whether there is a receipt, with any status."""
        return self.files.exists(names.RECEIPT)

    @property
    def has_points(self) -> bool:
        """Whether it holds its points, as single runs do; those of the jobs of a sweep are drawn again."""
        return self.files.exists(names.POINTS)

    @property
    def has_page(self) -> bool:
        """Whether it has a ``report.html``."""
        return self.files.exists(names.PAGE)

    def page(self, height: int = 900) -> EmbeddedPage:
        """``report.html`` for a notebook cell, ``height`` pixels high. Raises ``RunError`` if there is none."""
        return EmbeddedPage(self.files.read(names.PAGE, names.MAX_ARRAY_BYTES).decode(errors="replace"), height)

    @property
    def summary(self) -> dict[str, Any]:
        """The receipt, each entry of the right type. Empty if the run has not begun."""
        return self._load(names.RECEIPT, names.MAX_TEXT_BYTES, receipt.load) if self.has_begun else {}

    @property
    def brief(self) -> Mapping[str, Any]:
        """The entries of the receipt that a table of many runs has; the others may be missing."""
        return self.summary

    @property
    def status(self) -> Status:
        """As in the receipt; ``not run`` without one, and ``interrupted`` if it says running but no process does."""
        return self.status_of(self.brief)

    def status_of(self, summary: Mapping[str, Any]) -> Status:
        """The status according to a receipt that has been read already."""
        status = Status(summary.get("status", Status.NOT_RUN))
        return Status.INTERRUPTED if status is Status.RUNNING and not self.is_locked() else status

    @property
    def missing(self) -> list[str]:
        """The callbacks and loggers that failed, or whose work after the fit was not done because of a kill."""
        return receipt.missing(self.brief)

    @property
    def objective(self) -> float:
        """The objective of a sweep: the final ``val_loss``, or infinity if there is none."""
        summary = self.brief
        loss = summary["metrics"].get("val_loss") if summary.get("status") == Status.FINISHED else None
        return math.inf if loss is None else float(loss)

    def metrics(self) -> dict[str, np.ndarray]:
        """The columns of ``metrics.csv`` by name, each of shape [rows]."""
        self._require(names.METRICS)
        config = self.checked_config()
        limit = min(names.MAX_ARRAY_BYTES, rows.most_bytes(config))
        return self._load(names.METRICS, limit, lambda file: rows.load(file, config), "damaged ({})")

    def rows(self) -> list[dict[str, float]]:
        """The rows of ``metrics.csv``, each a dictionary by column."""
        columns = {name: column.tolist() for name, column in self.metrics().items()}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def frames(self) -> list[State]:
        """The recorded States, the first before any step."""
        from backprop_lab.training.shapes import shapes_of

        self._require(names.FRAMES, " (callbacks= did not include frames)")
        limit, config, shapes = names.MAX_ARRAY_BYTES, self.checked_config(), shapes_of(self.task)
        return self._load(names.FRAMES, limit, lambda file: frames.load(file, limit, config, shapes), "damaged ({})")

    @functools.cached_property
    def task(self) -> Task:
        """The trained task with its points: from ``data.npz``, or redrawn and compared by hash."""
        return self.task_anew()

    def task_anew(self) -> Task:
        """The trained task, which this object does not keep: a sweep has many."""
        config = self.checked_config()
        expected = self.summary.get("data_sha256")
        files, of_points, of_meaning = self.files, names.POINTS, names.MEANING
        if expected is not None and not self.has_points and self._shares(expected):
            files = self._files_of_sweep
            of_points, of_meaning = names.shared_points(expected), names.shared_meaning(expected)
        if files.exists(of_points):
            limit = names.MAX_ARRAY_BYTES
            split = _loaded(files, of_points, limit, lambda file: points.load(file, limit, config), "damaged ({})")
        else:
            split = self._again(lambda: points_of(config))
        of = None
        if files.exists(of_meaning):
            of = _loaded(files, of_meaning, names.MAX_TEXT_BYTES, lambda file: meaning.load(file, split))
        task = self._again(lambda: build_task(config, *split, meaning=of))
        if expected is not None and task.data_sha256 != expected:
            raise RunError(f"{self.folder}: these are not the points of the run (data_sha256 differs){self._where()}")
        return task

    def state(self, like: Task | None = None) -> State:
        """The State in the checkpoint. Raises ``RunError`` if it is missing, damaged or of a different network.

        ``like`` is the task of a run that differs only in the seed; it saves drawing this run's own points.
        """
        from backprop_lab.runs import checkpoint
        from backprop_lab.training.shapes import shapes_of

        name = names.checkpoint(self.checkpoint)
        if not self.files.exists(name):
            raise RunError(f"{self.folder / name}: missing{self._offer()}")
        expected = shapes_of(like or self.task)
        size = sum(math.prod(shape) * dtype.itemsize + 1024 for part in expected for shape, dtype in part.values())
        memory.require(3 * size, f"{self.config_file}: a network of this size")
        limit = 2 * size + 65_536

        def load(file: bytes) -> State:
            state = checkpoint.load(file, limit)
            for part, shapes in zip((state.weights, state.optimizer, state.buffers), expected, strict=True):
                if {name: (array.shape, array.dtype) for name, array in part.items()} != shapes:
                    raise ValueError("its arrays are not those of the configured network and optimizer")
            return state

        try:
            return self._load(name, limit, load, "damaged ({})")
        except RunError as error:
            raise RunError(f"{error}{self._offer()}") from None

    def check_measurable(self) -> None:
        """Raise ``RunError`` if the machine has too little memory for the outputs of all units for all points."""
        from backprop_lab.training.shapes import shapes_of

        task = self.task
        units = max([shape[0] for shape, _ in shapes_of(task)[0].values() if shape], default=1)
        points = max(len(task.train), len(task.val))
        what = f"{self.config_file}: measuring {points:,} points with {units:,} units"
        memory.require(2 * points * units * task.dtype.itemsize, what)

    def network(self) -> "nn.Module":
        """The trained network as an ``nn.Module`` from points [n, features] to logits, margins or values [n]."""
        from backprop_lab.training.networks import network_of

        return network_of(self.task, self.state())

    def predict(self, x: Any) -> np.ndarray:
        """Predictions for points ``x``, [n, features] or one point [features], of shape [n].

        They are probabilities of class 1, values, or margins for a loss without probabilities. With
        ``dataset.missing=mean``, NaN is filled with the mean of the training points.

        Raises ``ValueError`` if ``x`` is not such points.
        """
        from backprop_lab.training.evaluation import predict

        features = len(self.task.meaning.inputs)
        try:
            given = self._filled(np.asarray(x, dtype=float))
            with np.errstate(over="ignore"):  # overflows to infinity, which is refused
                given = given if np.isfinite(given.astype(self.task.dtype)).all() else np.empty((0, 0))
            given = given.reshape(-1, features) if given.shape in ((), (features,)) or features == 1 else given
        except (TypeError, ValueError):
            given = np.empty((0, 0))
        if given.ndim != 2 or given.shape[1] != features or not np.isfinite(given).all():
            raise ValueError(f"points: got {x}; allowed: [n, {features}] finite numbers")
        return predict(self.task, self.state(), given)

    def _filled(self, x: np.ndarray) -> np.ndarray:
        """``x`` with a number in the place of NaN in those inputs of which some may be missing."""
        fillings = self.task.meaning.fillings
        if x.shape[-1:] != (len(fillings),) or not any(filling is not None for filling in fillings):
            return x
        return np.where(np.isnan(x), np.array(fillings, dtype=float), x)

    # -- writing ------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def locked(self, warn: Callable[[str], None] = lambda line: None) -> Iterator[TextIO]:
        """Hold the run's lock while a process works on it; yields ``train.log``, opened for appending.

        Raises ``RunError`` if another process holds it, or if links in the folder could redirect writes. If the file
        system has no locks, ``warn`` gets a line.
        """
        self.files.refuse_links()
        with contextlib.ExitStack() as held:
            try:
                self.files.make()
                held.enter_context(lock.held(self.files, warn))
                self.files.remove_leftovers()
                log = self.files.append(names.LOG)
                held.callback(_closed, log)
            except OSError as error:
                raise RunError(f"{self.folder}: not writable ({error.strerror})") from None
            yield log

    def discard_if_empty(self) -> None:
        """Remove the folder, and the folders created above it, if they are empty."""
        self.files.remove_empty()

    def is_locked(self) -> bool:
        """Whether a process is working on the run."""
        return lock.is_held(self.files)

    def write_config(self, config: Mapping[str, Any], overrides: list[str] | None = None) -> None:
        """Write ``.hydra/config.yaml``, and ``.hydra/overrides.yaml`` if ``overrides`` are given."""
        self.files.write(names.CONFIG, configuration.dump(config))
        if overrides is not None:
            self.files.write(names.OVERRIDES, configuration.dump_overrides(overrides))

    def write_summary(self, **changes: Any) -> None:
        """Update entries of the receipt. Numbers that are not finite become null."""
        self.files.write(names.RECEIPT, receipt.dump(receipt.finite(self.summary | changes)))

    def write_new_summary(self, **entries: Any) -> dict[str, Any]:
        """Write the receipt of a run that has none yet; returns it as it will be read."""
        written = receipt.finite(entries)
        self.files.write(names.RECEIPT, receipt.dump(written))
        return written

    def remove_receipt(self) -> None:
        """Make it a run that has not begun, before it is trained again."""
        if self.has_begun:
            self.files.remove(names.RECEIPT)

    def write_state(self, which: str, state: State) -> None:
        """Write a checkpoint. The previous ``last`` one is kept as ``previous``."""
        from backprop_lab.runs import checkpoint

        # A run resumed from another checkpoint may have a damaged last one, which must not become the previous.
        keeps = which == "last" and self.checkpoint == "last"
        previous = names.checkpoint("previous") if keeps else None
        self.files.write(names.checkpoint(which), checkpoint.dump(state), previous)

    def write_points(self, split: Split, of: Meaning) -> None:
        self.files.write(names.POINTS, points.dump(split))
        self.files.write(names.MEANING, meaning.dump(of))

    def share_points(self, task: Task) -> None:
        """Write the points of a job to the folder of its sweep, once for all jobs that have the same."""
        if not self._shares(task.data_sha256):
            files = self._files_of_sweep
            files.write(names.shared_meaning(task.data_sha256), meaning.dump(task.meaning))
            files.write(names.shared_points(task.data_sha256), points.dump(task.given))

    def _shares(self, data_sha256: str) -> bool:
        """Whether its sweep keeps points of this hash."""
        files = self._files_of_sweep
        return files.exists(names.shared_points(data_sha256))

    @functools.cached_property
    def _files_of_sweep(self) -> Files:
        """The folder of the sweep, if the run is a job of one."""
        return Files(self.folder.absolute().parent if self.files.root == self.folder else self.files.root)

    def write_film(self, film: Film) -> None:
        self.files.write(names.FRAMES, frames.dump(film))

    def write_figure(self, name: str, content: bytes, kind: str = "png") -> None:
        self.files.write(names.figure(name, kind), content)

    # -- reading ------------------------------------------------------------------------------------------------------

    def _load(self, name: str, limit: int, load: Callable[[bytes], Content], words: str = "{}") -> Content:
        """The file parsed by ``load``; its ``ValueError``, formatted by ``words``, becomes a ``RunError``."""
        return _loaded(self.files, name, limit, load, words)

    def _again(self, had: Callable[[], Content]) -> Content:
        """What is made of the data set as it is now, for a run that does not hold its points."""
        try:
            return had()
        except ConfigError as problem:
            raise RunError(f"{self.folder}: its points cannot be had again ({problem}){self._where()}") from None

    def _where(self) -> str:
        """Where the points of a job are that read a file, if they are not beside it."""
        if self.summary.get("file_sha256") is None or (sha256 := self.summary.get("data_sha256")) is None:
            return ""
        return f"; its sweep keeps them in {names.shared_points(sha256)}"

    def _require(self, name: str, why: str = "") -> None:
        if not self.files.exists(name):
            raise RunError(f"{self.folder / name}: missing{why}")

    def _offer(self) -> str:
        """A hint at the other checkpoints, as the end of a sentence."""
        others = [which for which in ("previous", "best", "last") if which != self.checkpoint]
        there = [str(self.checkpoint_file(which)) for which in others if self.files.exists(names.checkpoint(which))]
        return f"; give {' or '.join(there)} instead of the folder" if there else ""


def _closed(log: TextIO) -> None:
    with contextlib.suppress(OSError):  # the disk is full, and the log incomplete
        log.close()


def _loaded(files: Files, name: str, limit: int, load: Callable[[bytes], Content], words: str = "{}") -> Content:
    """The file parsed by ``load``; its ``ValueError``, formatted by ``words``, becomes a ``RunError``."""
    file = files.read(name, limit)
    try:
        return load(file)
    except ValueError as error:
        raise RunError(f"{files.folder / name}: {words.format(error)}") from None
