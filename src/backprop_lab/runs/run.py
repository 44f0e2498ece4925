"""A run folder: the only place that knows its file names, for those who write it and those who read it.

In a notebook, ``Run(folder)`` opens what a training left behind. Somebody else's folder is read as data: nothing in it
is unpickled or instantiated, and it is checked like a command line.
"""

import contextlib
import csv
import fcntl
import functools
import io
import json
import math
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import yaml

from backprop_lab.config.check import Config, ConfigError, check
from backprop_lab.options.plain_yaml import read_yaml
from backprop_lab.runs.files import write_atomically
from backprop_lab.training.task import Points, State, Task, build_task, points_of

if TYPE_CHECKING:
    from torch import nn

MAX_TEXT_BYTES = 256 * 1024 * 1024


class RunError(ValueError):
    """A run folder, or a file in it, that is missing, damaged or in use; its text is one line."""


class Run:
    """A run folder. ``checkpoint`` (last, best or previous) says which weights ``state`` and ``network`` mean."""

    def __init__(self, folder: str | Path, checkpoint: str = "last") -> None:
        self.folder = Path(folder)
        self.checkpoint = checkpoint

    # -- file names -------------------------------------------------------------------------------------------------

    @property
    def config_file(self) -> Path:
        return self.folder / ".hydra" / "config.yaml"

    @property
    def overrides_file(self) -> Path:
        return self.folder / ".hydra" / "overrides.yaml"

    @property
    def summary_file(self) -> Path:
        return self.folder / "summary.json"

    @property
    def metrics_file(self) -> Path:
        return self.folder / "metrics.csv"

    @property
    def frames_file(self) -> Path:
        return self.folder / "frames.npz"

    @property
    def data_file(self) -> Path:
        return self.folder / "data.npz"

    @property
    def report_file(self) -> Path:
        return self.folder / "report.html"

    @property
    def log_file(self) -> Path:
        return self.folder / "train.log"

    @property
    def tensorboard_folder(self) -> Path:
        return self.folder / "tensorboard"

    def checkpoint_file(self, which: str) -> Path:
        return self.folder / "checkpoints" / f"{which}.ckpt"

    def figure_file(self, name: str, kind: str = "png") -> Path:
        return self.folder / "figures" / f"{name}.{kind}"

    # -- reading ----------------------------------------------------------------------------------------------------

    @classmethod
    def at(cls, path: str | Path) -> "Run":
        """The run in a folder, or that of a checkpoint file in it. Raises ``RunError`` where there is none."""
        if "://" in str(path):  # before Path makes one slash of two
            raise RunError(f"{path}: not a run folder, which is on this machine")
        path = Path(path)
        run = cls(path.parent.parent, path.stem) if path.suffix == ".ckpt" else cls(path)
        if not run.config_file.is_file():
            raise RunError(f"{path}: not a run folder (it has no .hydra/config.yaml)")
        return run

    @property
    def config(self) -> dict[str, Any]:
        """The configuration as a plain dictionary."""
        text = self._read(self.config_file).decode(errors="replace")
        try:
            config = read_yaml(text)
        except ValueError as error:
            raise RunError(f"{self.config_file}: {error}") from None
        if not isinstance(config, dict):
            raise RunError(f"{self.config_file}: not a configuration")
        return config

    def checked_config(self) -> Config:
        """The configuration, checked as a command line would be."""
        try:
            return check(self.config)
        except ConfigError as error:
            raise RunError(f"{self.config_file}: {error}") from None

    @property
    def overrides(self) -> list[str]:
        """What was typed on the command line for this run."""
        if not self.overrides_file.is_file():
            return []
        try:
            overrides = read_yaml(self._read(self.overrides_file).decode(errors="replace")) or []
        except ValueError as error:
            raise error if isinstance(error, RunError) else RunError(f"{self.overrides_file}: {error}") from None
        if not isinstance(overrides, list):
            raise RunError(f"{self.overrides_file}: not a list of overrides")
        return [str(override) for override in overrides]

    @property
    def summary(self) -> dict[str, Any]:
        """The receipt. Empty where the run has not begun."""
        if not self.summary_file.is_file():
            return {}
        try:
            summary = json.loads(self._read(self.summary_file))
        except (ValueError, RecursionError):
            raise RunError(f"{self.summary_file}: damaged (not JSON)") from None
        if not isinstance(summary, dict):
            raise RunError(f"{self.summary_file}: not a receipt")
        return summary

    @property
    def status(self) -> str:
        """As in the receipt; ``not run`` without one, and ``interrupted`` where it says running but no process does."""
        return self.status_of(self.summary)

    def status_of(self, summary: Mapping[str, Any]) -> str:
        """The status that follows from a receipt which has been read already."""
        status = str(summary.get("status", "not run"))
        return "interrupted" if status == "running" and not self.is_locked() else status

    @property
    def objective(self) -> float:
        """What a sweep minimizes: the final ``val_loss``, or infinity where there is none to compare."""
        summary = self.summary
        loss = summary["metrics"].get("val_loss") if summary.get("status") == "finished" else None
        return math.inf if loss is None else float(loss)

    def metrics(self) -> dict[str, np.ndarray]:
        """The columns of ``metrics.csv`` by name, each of shape [rows]."""
        if not self.metrics_file.is_file():
            raise RunError(f"{self.metrics_file}: missing")
        text = self._read(self.metrics_file).decode(errors="replace")
        try:
            rows = list(csv.reader(io.StringIO(text)))
            table = np.array(rows[1:], dtype=float).reshape(len(rows) - 1, len(rows[0]))
        except (ValueError, IndexError, csv.Error):
            raise RunError(f"{self.metrics_file}: damaged (not a table of numbers)") from None
        whole = {"epoch", "step"}
        return {name: table[:, i].astype(int) if name in whole else table[:, i] for i, name in enumerate(rows[0])}

    def frames(self) -> list[State]:
        """The recorded States, the first before any step."""
        if not self.frames_file.is_file():
            raise RunError(f"{self.frames_file}: missing (callbacks= was given without frames)")
        arrays = self._read_npz(self.frames_file)
        parts: dict[str, dict[str, np.ndarray]] = {"weights": {}, "optimizer": {}}
        for key, array in arrays.items():
            part, _, name = key.partition("/")
            if part in parts:
                parts[part][name] = array
        try:
            return [
                State(int(e), int(s), *({name: array[i] for name, array in part.items()} for part in parts.values()))
                for i, (e, s) in enumerate(zip(arrays["epoch"], arrays["step"], strict=True))
            ]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise RunError(f"{self.frames_file}: damaged ({type(error).__name__})") from None

    @functools.cached_property
    def task(self) -> Task:
        """The task that was trained, with its points: from ``data.npz``, or drawn again and compared by their hash."""
        config = self.checked_config()
        if self.data_file.is_file():
            arrays = self._read_npz(self.data_file)
            try:
                train, val = (Points(arrays[f"{part}_x"], arrays[f"{part}_y"]) for part in ("train", "val"))
            except KeyError as error:
                raise RunError(f"{self.data_file}: damaged (without {error})") from None
        else:
            train, val = points_of(config)
        if not (_are_points(train) and _are_points(val)):
            raise RunError(f"{self.data_file}: damaged (not points and their labels)")
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

        file = self.checkpoint_file(self.checkpoint)
        if not file.is_file():
            raise RunError(f"{file}: missing{self._offer()}")
        expected = shapes_of(like or self.task)
        size = sum(math.prod(shape) * dtype.itemsize + 1024 for part in expected for shape, dtype in part.values())
        limit = 2 * size + 65_536
        try:
            state = checkpoint.load(self._read(file, limit), limit)
            for part, shapes in zip((state.weights, state.optimizer), expected, strict=True):
                if {name: (array.shape, array.dtype) for name, array in part.items()} != shapes:
                    raise ValueError("its arrays are not those of the configured network and optimizer")
        except ValueError as error:
            raise RunError(f"{file}: damaged ({error}){self._offer()}") from None
        return state

    def network(self) -> "nn.Module":
        """The trained network, as an ``nn.Module``: points [n, features] in, logits or values [n] out."""
        from backprop_lab.training.metrics import network_of

        return network_of(self.task, self.state())

    def predict(self, x: Any) -> np.ndarray:
        """Answers for points ``x``, [n, features] or one point [features]: probabilities of class 1, or values; [n].

        Raises ``ValueError`` where ``x`` is not such points.
        """
        import torch

        from backprop_lab.training.metrics import predict

        features = self.task.in_features
        try:
            with np.errstate(over="ignore"):  # infinite then, and refused
                points = np.asarray(x, dtype=float).astype(self.task.dtype)
            points = points.reshape(-1, features) if points.shape in ((), (features,)) or features == 1 else points
        except (TypeError, ValueError):
            points = np.empty((0, 0))
        if points.ndim != 2 or points.shape[1] != features or not np.isfinite(points).all():
            raise ValueError(f"points: got {x}; allowed: [n, {features}] finite numbers")
        return predict(self.task, self.state(), torch.from_numpy(points)).numpy()

    # -- writing ----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def locked(self) -> Iterator[IO[str]]:
        """Hold the run while a process works on it; gives ``train.log``, open at its end.

        The lock goes with the process, however that ends. Raises ``RunError`` where another process holds it.
        """
        if self.folder.is_dir():
            # Somebody else's folder must not make us write elsewhere. Below .hydra and checkpoints files are replaced.
            for path in (*self.folder.iterdir(), *self.folder.glob("*/*")):
                if path.is_symlink():
                    raise RunError(f"{path}: a link; nothing is written in a run folder with links in it")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            log = self.log_file.open("a", encoding="utf-8")
        except OSError as error:
            raise RunError(f"{self.folder}: cannot be written to ({error.strerror})") from None
        with log:
            try:
                fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RunError(f"{self.folder}: in use by another process, which is training there") from None
            yield log

    def is_locked(self) -> bool:
        """Whether a process is working on the run."""
        if not self.log_file.is_file():
            return False
        with self.log_file.open(encoding="utf-8") as log:
            try:
                fcntl.flock(log, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def write_config(self, config: Mapping[str, Any], overrides: list[str] | None = None) -> None:
        """``.hydra/config.yaml``, and ``.hydra/overrides.yaml`` where ``overrides`` are given."""
        self.config_file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self.config_file, "".join(_yaml(json.dumps({key: config[key]})) for key in config).encode())
        if overrides is not None:
            write_atomically(self.overrides_file, _yaml(json.dumps(overrides)).encode())

    def write_summary(self, **changes: Any) -> None:
        """Change entries of the receipt. Numbers that are not finite become null."""
        text = json.dumps(_finite(self.summary | changes), indent=2, allow_nan=False)
        write_atomically(self.summary_file, f"{text}\n".encode())

    def write_state(self, which: str, state: State) -> None:
        """A checkpoint. The ``last`` one before it stays as ``previous``."""
        from backprop_lab.runs import checkpoint

        content = checkpoint.dump(state)
        file = self.checkpoint_file(which)
        file.parent.mkdir(exist_ok=True)
        # A run that goes on from another checkpoint may have a damaged last one, which must not become the previous.
        keeps = which == "last" and self.checkpoint == "last"
        write_atomically(file, content, self.checkpoint_file("previous") if keeps else None)

    def write_points(self, train: Points, val: Points) -> None:
        self._write_npz(self.data_file, {"train_x": train.x, "train_y": train.y, "val_x": val.x, "val_y": val.y})

    def write_frames(self, frames: list[State]) -> None:
        first = frames[0]
        arrays = {
            "epoch": np.array([frame.epoch for frame in frames]),
            "step": np.array([frame.step for frame in frames]),
            **{f"weights/{name}": np.stack([frame.weights[name] for frame in frames]) for name in first.weights},
            **{f"optimizer/{name}": np.stack([frame.optimizer[name] for frame in frames]) for name in first.optimizer},
        }
        self._write_npz(self.frames_file, arrays)

    def write_figure(self, name: str, content: bytes, kind: str = "png") -> None:
        file = self.figure_file(name, kind)
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)

    # -- the bytes --------------------------------------------------------------------------------------------------

    def _read(self, file: Path, limit: int = MAX_TEXT_BYTES) -> bytes:
        if not file.resolve().is_relative_to(self.folder.resolve()):
            raise RunError(f"{file}: a link that leads out of the run folder")
        try:
            if file.stat().st_size > limit:
                raise RunError(f"{file}: {file.stat().st_size:,} bytes; at most {limit:,} are read")
            return file.read_bytes()
        except OSError as error:
            raise RunError(f"{file}: cannot be read ({error.strerror})") from None

    def _read_npz(self, file: Path) -> dict[str, np.ndarray]:
        content = self._read(file)
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if sum(entry.file_size for entry in archive.infolist()) > MAX_TEXT_BYTES:
                    raise ValueError("too large")
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                return dict(arrays)
        except Exception as error:  # zipfile and numpy raise many types for what is not an archive of arrays
            raise RunError(f"{file}: damaged ({type(error).__name__})") from None

    @staticmethod
    def _write_npz(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)  # type: ignore[arg-type]
        write_atomically(file, buffer.getvalue())

    def _offer(self) -> str:
        """The checkpoints that might serve instead, as the end of a sentence."""
        others = [self.checkpoint_file(which) for which in ("previous", "best", "last") if which != self.checkpoint]
        there = [str(file) for file in others if file.is_file()]
        return f"; give {' or '.join(there)} instead of the folder" if there else ""


@functools.lru_cache(maxsize=4096)
def _yaml(content: str) -> str:
    """The YAML text of plain data given as JSON: the jobs of a sweep share most entries of their configurations."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return yaml.dump(json.loads(content), Dumper=dumper, sort_keys=False)


def _are_points(points: Points) -> bool:
    x, y = points.x, points.y
    have_shapes = x.ndim == 2 and len(x) > 0 and y.shape == (len(x),)
    return have_shapes and all(a.dtype.kind in "fiub" and bool(np.isfinite(a).all()) for a in (x, y))


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
