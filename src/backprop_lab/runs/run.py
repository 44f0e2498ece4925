"""A run folder, for those who write it and those who read it.

In a notebook, ``Run(folder)`` opens what a training left behind. Somebody else's folder is read as data: nothing in it
is unpickled or instantiated, and it is checked like a command line.
"""

import contextlib
import functools
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import numpy as np

from backprop_lab.config.check import check
from backprop_lab.config.errors import ConfigError, UnknownOptionError
from backprop_lab.config.types import Config
from backprop_lab.config.upgrade import FORMAT, upgrade
from backprop_lab.options.discovery import OptionError
from backprop_lab.runs import configuration, lock, names, points, receipt, rows
from backprop_lab.runs import frames as film
from backprop_lab.runs.embedded import EmbeddedPage
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.paths import RunPaths
from backprop_lab.runs.status import Status
from backprop_lab.training.points import Points, points_of
from backprop_lab.training.state import State
from backprop_lab.training.task import Task, build_task

if TYPE_CHECKING:
    from torch import nn

Content = TypeVar("Content")


class Run(RunPaths):
    """A run folder. ``checkpoint`` (last, best or previous) says which weights ``state`` and ``network`` mean.

    The run of a job has its sweep's folder as ``root``: behind that no link is followed on the way to the run.
    """

    def __init__(self, folder: str | Path, checkpoint: str = "last", *, root: Path | None = None) -> None:
        super().__init__(Path(folder), root)
        self.checkpoint = checkpoint

    @classmethod
    def at(cls, path: str | Path) -> "Run":
        """The run in a folder, or that of a checkpoint file in it. Raises ``RunError`` where there is none."""
        if "://" in str(path):  # before Path makes one slash of two
            raise RunError(f"{path}: not a run folder, which is on this machine")
        path = Path(path)
        run = cls(path.parent.parent, path.stem) if path.suffix == ".ckpt" else cls(path)
        if not run.files.exists(names.CONFIG):
            raise RunError(f"{path}: not a run folder (it has no {names.CONFIG})")
        return run

    # -- what was asked for -------------------------------------------------------------------------------------------

    @property
    def config(self) -> dict[str, Any]:
        """The configuration as a plain dictionary, in the words of this version."""
        stored = self._load(names.CONFIG, names.MAX_TEXT_BYTES, configuration.load)
        return upgrade(stored, self.format)

    @property
    def format(self) -> int:
        """The number of the form in which the run was written. The receipts of the first form have none; of a job that
        has not begun nothing is known, and ``upgrade`` adds only what is missing.
        """
        number = self.summary.get("format", 1)
        if number not in range(1, FORMAT + 1):
            raise RunError(f"{self.summary_file}: format: got {number}; this version reads 1 to {FORMAT}")
        return int(number)

    def checked_config(self) -> Config:
        """The configuration, checked as a command line would be."""
        try:
            return check(self.config)
        except UnknownOptionError as error:
            hint = "one of your own is found with --config-dir=FOLDER"
            raise RunError(f"{self.config_file}: {error}; {hint}") from None
        except (ConfigError, OptionError) as error:
            raise RunError(f"{self.config_file}: {error}") from None

    @property
    def overrides(self) -> list[str]:
        """What was typed on the command line for this run."""
        if not self.files.exists(names.OVERRIDES):
            return []
        return self._load(names.OVERRIDES, names.MAX_TEXT_BYTES, configuration.load_overrides)

    # -- what came of it ----------------------------------------------------------------------------------------------

    @property
    def has_begun(self) -> bool:
        """Whether there is a receipt, of whatever status."""
        return self.files.exists(names.RECEIPT)

    @property
    def has_page(self) -> bool:
        """Whether ``report.html`` has been made of it."""
        return self.files.exists(names.PAGE)

    def page(self, height: int = 900) -> EmbeddedPage:
        """``report.html`` for a cell of a notebook, ``height`` pixels high. Raises ``RunError`` where there is none."""
        return EmbeddedPage(self.files.read(names.PAGE, names.MAX_ARRAY_BYTES).decode(errors="replace"), height)

    @property
    def summary(self) -> dict[str, Any]:
        """The receipt. Empty where the run has not begun."""
        return self._load(names.RECEIPT, names.MAX_TEXT_BYTES, receipt.load) if self.has_begun else {}

    @property
    def status(self) -> Status:
        """As in the receipt; ``not run`` without one, and ``interrupted`` where it says running but no process does."""
        return self.status_of(self.summary)

    def status_of(self, summary: Mapping[str, Any]) -> Status:
        """The status that follows from a receipt which has been read already."""
        said = summary.get("status", Status.NOT_RUN)
        try:
            status = Status(said)
        except ValueError:
            got = repr(said)[:60]
            raise RunError(f"{self.summary_file}: status: got {got}; allowed: {', '.join(Status)}") from None
        return Status.INTERRUPTED if status is Status.RUNNING and not self.is_locked() else status

    @property
    def objective(self) -> float:
        """What a sweep minimizes: the final ``val_loss``, or infinity where there is none to compare."""
        summary = self.summary
        loss = summary["metrics"].get("val_loss") if summary.get("status") == Status.FINISHED else None
        return math.inf if loss is None else float(loss)

    def metrics(self) -> dict[str, np.ndarray]:
        """The columns of ``metrics.csv`` by name, each of shape [rows]."""
        return self._load(names.METRICS, names.MAX_ARRAY_BYTES, rows.load, "damaged ({})")

    def rows(self) -> list[dict[str, float]]:
        """The rows of ``metrics.csv``, each by column."""
        columns = {name: column.tolist() for name, column in self.metrics().items()}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def frames(self) -> list[State]:
        """The recorded States, the first before any step."""
        if not self.files.exists(names.FRAMES):
            raise RunError(f"{self.frames_file}: missing (callbacks= was given without frames)")
        limit = names.MAX_ARRAY_BYTES
        return self._load(names.FRAMES, limit, lambda file: film.load(file, limit), "damaged ({})")

    @functools.cached_property
    def task(self) -> Task:
        """The task that was trained, with its points: from ``data.npz``, or drawn again and compared by their hash."""
        config = self.checked_config()
        if self.files.exists(names.POINTS):
            limit = names.MAX_ARRAY_BYTES
            train, val = self._load(names.POINTS, limit, lambda file: points.load(file, limit), "damaged ({})")
        else:
            train, val = points_of(config)
        task = build_task(config, train, val)
        expected = self.summary.get("data_sha256")
        if expected is not None and task.data_sha256 != expected:
            raise RunError(f"{self.folder}: these are not the points of the run (data_sha256 differs)")
        return task

    def state(self, like: Task | None = None) -> State:
        """The State in the checkpoint. Raises ``RunError`` where it is missing, damaged or of another network.

        ``like`` is the task of a run that differs in the seed alone; with it this run's own points need not be drawn.
        """
        from backprop_lab.runs import checkpoint
        from backprop_lab.training.tensors import shapes_of

        name = names.checkpoint(self.checkpoint)
        if not self.files.exists(name):
            raise RunError(f"{self.folder / name}: missing{self._offer()}")
        expected = shapes_of(like or self.task)
        size = sum(math.prod(shape) * dtype.itemsize + 1024 for part in expected for shape, dtype in part.values())
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

    def network(self) -> "nn.Module":
        """The trained network, as an ``nn.Module``: points [n, features] in, logits or values [n] out."""
        from backprop_lab.training.networks import network_of

        return network_of(self.task, self.state())

    def predict(self, x: Any) -> np.ndarray:
        """Predictions for points ``x``, [n, features] or one point [features], of shape [n].

        They are probabilities of class 1, values, or where the loss knows no probabilities margins.

        Raises ``ValueError`` where ``x`` is not such points.
        """
        import torch

        from backprop_lab.training.metrics import predict

        features = self.task.in_features
        try:
            with np.errstate(over="ignore"):  # infinite then, and refused
                given = np.asarray(x, dtype=float).astype(self.task.dtype)
            given = given.reshape(-1, features) if given.shape in ((), (features,)) or features == 1 else given
        except (TypeError, ValueError):
            given = np.empty((0, 0))
        if given.ndim != 2 or given.shape[1] != features or not np.isfinite(given).all():
            raise ValueError(f"points: got {x}; allowed: [n, {features}] finite numbers")
        return predict(self.task, self.state(), torch.from_numpy(given)).numpy()

    # -- writing ------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def locked(self) -> Iterator[TextIO]:
        """Hold the run while a process works on it; gives ``train.log``, open at its end.

        Raises ``RunError`` where another process holds it, and where somebody's folder would make us write elsewhere.
        """
        self.files.refuse_links()
        with contextlib.ExitStack() as held:
            try:
                self.files.make()
                held.enter_context(lock.held(self.files))
                self.files.remove_leftovers()
                log = held.enter_context(self.files.append(names.LOG))
            except OSError as error:
                raise RunError(f"{self.folder}: cannot be written to ({error.strerror})") from None
            yield log

    def discard_if_empty(self) -> None:
        """Take away the folder, and those above it that were made for it, if nothing is in them."""
        self.files.remove_empty()

    def is_locked(self) -> bool:
        """Whether a process is working on the run."""
        return lock.is_held(self.files)

    def write_config(self, config: Mapping[str, Any], overrides: list[str] | None = None) -> None:
        """``.hydra/config.yaml``, and ``.hydra/overrides.yaml`` where ``overrides`` are given."""
        self.files.write(names.CONFIG, configuration.dump(config))
        if overrides is not None:
            self.files.write(names.OVERRIDES, configuration.dump_overrides(overrides))

    def write_summary(self, **changes: Any) -> None:
        """Change entries of the receipt. Numbers that are not finite become null."""
        self.files.write(names.RECEIPT, receipt.dump(self.summary | changes))

    def write_state(self, which: str, state: State) -> None:
        """A checkpoint. The ``last`` one before it stays as ``previous``."""
        from backprop_lab.runs import checkpoint

        # A run that goes on from another checkpoint may have a damaged last one, which must not become the previous.
        keeps = which == "last" and self.checkpoint == "last"
        previous = names.checkpoint("previous") if keeps else None
        self.files.write(names.checkpoint(which), checkpoint.dump(state), previous)

    def write_points(self, train: Points, val: Points) -> None:
        self.files.write(names.POINTS, points.dump(train, val))

    def write_frames(self, frames: list[State]) -> None:
        self.files.write(names.FRAMES, film.dump(frames))

    def write_figure(self, name: str, content: bytes, kind: str = "png") -> None:
        self.files.write(names.figure(name, kind), content)

    # -- how it is read -----------------------------------------------------------------------------------------------

    def _load(self, name: str, limit: int, load: Callable[[bytes], Content], words: str = "{}") -> Content:
        """What ``load`` makes of a file; its ``ValueError``, in ``words``, becomes a ``RunError`` naming the file."""
        file = self.files.read(name, limit)
        try:
            return load(file)
        except ValueError as error:
            raise RunError(f"{self.folder / name}: {words.format(error)}") from None

    def _offer(self) -> str:
        """The checkpoints that might serve instead, as the end of a sentence."""
        others = [which for which in ("previous", "best", "last") if which != self.checkpoint]
        there = [str(self.checkpoint_file(which)) for which in others if self.files.exists(names.checkpoint(which))]
        return f"; give {' or '.join(there)} instead of the folder" if there else ""
