"""Terminal output of a run: a block before, a bar during, a table after. A job of a sweep prints one line."""

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from backprop_lab.callbacks.base import Callback
from backprop_lab.callbacks.progress import Progress
from backprop_lab.config.errors import ConfigError
from backprop_lab.config.types import Choice, Config, Dataset
from backprop_lab.experiment import commands
from backprop_lab.experiment.paths import short
from backprop_lab.experiment.printing import error, say, width
from backprop_lab.experiment.visible import visible
from backprop_lab.options.model import in_words
from backprop_lab.options.rules import shown
from backprop_lab.runs.run import Run
from backprop_lab.runs.status import Status
from backprop_lab.training.chain import layers_of
from backprop_lab.training.head import METRIC_LABELS
from backprop_lab.training.penalty import has_value
from backprop_lab.training.points import table_of
from backprop_lab.training.state import State
from backprop_lab.training.task import Task

SAID = ("noise", "label_noise", "features", "standardize", "folds", "fold")
"""What all data sets have and is told if it has an effect."""
COMMON = 0.85
"""With a larger share of one of two classes, accuracy hides what becomes of the other."""
SHARES = {"f1": "F1", "precision": "precision", "recall": "recall"}
FILE = 10_000  # columns: a file and a pipe have as many as a line needs


class Console(Protocol):
    def begin(self, config: Config, task: Task, start: State, run: Run) -> list[Callback]:
        """Print what is about to be trained; returns the callbacks that show its progress."""

    def expect(self, seconds: float) -> None:
        """Print the expected duration, for an engine that is inherently slow."""

    def end(self, run: Run) -> None:
        """Print the result."""


def aligned(rows: list[list[str]]) -> list[str]:
    """The rows of a table as lines, columns two spaces apart: the first left-aligned, the others right-aligned."""
    rows = [[visible(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    padded = [[cell.rjust(widths[i]) if i else cell.ljust(widths[i]) for i, cell in enumerate(row)] for row in rows]
    return ["  ".join(row).rstrip() for row in padded]


class RunConsole:
    """The console of a single run."""

    def __init__(self) -> None:
        self.class_name: Callable[[int], str] = "class {}".format

    def begin(self, config: Config, task: Task, start: State, run: Run) -> list[Callback]:
        self.class_name = task.meaning.class_name
        say(*block(config, task, start, run, width() or FILE))
        return [Progress(task)]

    def expect(self, seconds: float) -> None:
        say(f"takes      about {duration(seconds)}, one number at a time")

    def end(self, run: Run) -> None:
        summary = run.summary
        if summary["metrics"]:
            say(*results(summary, self.class_name))
        if summary["status"] != Status.FINISHED:
            error(f"{summary['status']}: {summary['error']}")
        say(short(run.folder))
        if summary["status"] == Status.INTERRUPTED:
            say(f"resume with: {commands.train(f'resume={short(run.folder)}')}")


@dataclass
class JobConsole:
    """The console of job ``number`` of ``total`` in a sweep, identified by its ``overrides``."""

    number: int
    total: int
    overrides: list[str]

    def begin(self, config: Config, task: Task, start: State, run: Run) -> list[Callback]:
        return []

    def expect(self, seconds: float) -> None:
        pass

    def end(self, run: Run) -> None:
        summary = run.summary
        metrics = {name: value for name, value in summary["metrics"].items() if name.startswith("val_")}
        numbers = "  ".join(f"{name} {number(value)}" for name, value in metrics.items())
        said = numbers if summary["status"] == Status.FINISHED else f"{summary['status']}: {summary['error']}"
        place = f"[{self.number + 1:>{len(str(self.total))}}/{self.total}]"
        say(f"{place} {' '.join(self.overrides)}  {said}  {summary['seconds']:.1f} s")


def duration(seconds: float) -> str:
    """A duration in a suitable unit."""
    if seconds < 120:
        return f"{max(seconds, 1):.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.0f} hours"


def block(config: Config, task: Task, start: State, run: Run, width: int = FILE) -> list[str]:
    """What is being trained: data, network, optimizer, engine and folder, each in one line if that fits ``width``."""
    parameters = sum(weight.size for weight in start.weights.values())
    same = config.dataset.is_validated_on_itself
    val = "validated on the same" if same else f"{len(task.val):,} validation points"
    test = [f"{len(task.given.test):,} test points"] if task.given.test is not None else []
    batch = "full batch" if task.batch_size == len(task.train) else f"batches of {task.batch_size:,}"
    found = _found(config.dataset)
    extras = [] if found else [f"{key} {shown(value)}" for key, value in config.dataset.knobs.items()]
    said = [
        f"{key.replace('_', ' ')} {shown(value)}"
        for key in SAID
        if (value := getattr(config.dataset, key)) not in (0, None, False)
    ]
    steps = f"{count(task.epochs, 'epoch')}, {count(task.epochs * task.steps_per_epoch, 'step')}"
    again = f", from epoch {start.epoch:,} on" if start.epoch else ""
    return aligned_left([
        *(("reads", [line]) for line in found),
        (config.dataset.name, [*extras, *said, f"{len(task.train):,} training points", val, *test, batch]),
        (config.model.name, [*_network(config, task), count(parameters, "parameter"), f"loss {_named(config.loss)}"]),
        (config.optimizer.name, [*_knobs(config.optimizer), *_beside(config)]),
        (config.engine.name, [f"{steps}{again}", f"seed {config.seed}", task.device, str(task.dtype)]),
        ("writes to", [short(run.folder)]),
    ], width)  # fmt: skip


def _found(dataset: Dataset) -> tuple[str, ...]:
    """What was found in a user's own file, if it is there: a run that goes on has its points."""
    if not hasattr(dataset.option, "table"):
        return ()
    try:
        return table_of(dataset).said
    except ConfigError:
        return ()


def aligned_left(rows: list[tuple[str, list[str]]], width: int) -> list[str]:
    indent = max(len(name) for name, _ in rows) + 2
    return [
        line
        for name, items in rows
        for line in textwrap.wrap(
            ", ".join(items),
            max(width, 2 * indent),
            initial_indent=name.ljust(indent),
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]


def results(summary: Mapping[str, Any], class_name: Callable[[int], str]) -> list[str]:
    """The result table of a receipt."""
    metrics, best, test = summary["metrics"], summary["best"] or {}, summary.get("test") or {}
    names = [name.removeprefix("val_") for name in metrics if name.startswith("val_")]
    rows = [["", *(METRIC_LABELS.get(name, name) for name in names)]]
    parts = [
        ("training", metrics, "train"),
        ("validation", metrics, "val"),
        ("best", best, "val"),
        ("test", test, "test"),
    ]
    for label, source, part in parts:
        if f"{part}_loss" in source:
            rows.append([label, *(number(source[f"{part}_{name}"]) for name in names)])
    lines = aligned(rows)
    if best:
        lines[-2 if test else -1] += f"  epoch {best['epoch']:,}"
    if test:
        lines[-1] += "  of the best"
    lines += _scored(summary.get("scores", {}).get("val", {}))
    for prediction in summary.get("predictions") or []:
        point = ", ".join(f"{value:g}" for value in prediction["x"])
        lines.append(f"f({point}) = {answer(prediction['prediction'], class_name)}, target {_exactly(prediction['y'])}")
    done = f"{count(summary['epochs'], 'epoch')}, {count(summary['steps'], 'step')}"
    if stopped := summary.get("stopped"):
        lines.append(f"stopped at epoch {stopped['epoch']:,}: {stopped['reason']}")
    lines.append(f"{done}, fit in {summary['fit_seconds']:.1f} s")
    return lines


def _scored(scores: Mapping[str, Any]) -> list[str]:
    """What loss and metric of the validation points do not show: the error of values in their own units, and the class
    with the lowest F1, where there are several or one of the two is rare."""
    if scores.get("mae") is not None:
        return [f"validation values are off by {number(scores['mae'])} on average"]
    there = [one for one in scores.get("classes", []) if one["points"]]
    points = [one["points"] for one in there]
    if len(there) < 2 or (len(there) == 2 and max(points) <= COMMON * sum(points)):
        return []
    weakest = min(there, key=lambda one: one["f1"])
    if weakest["f1"] == 1:
        return []
    shares = ", ".join(
        f"{label} {number(weakest[name])}" for name, label in SHARES.items() if weakest[name] is not None
    )
    return [f"lowest F1: {visible(weakest['name'])}, {shares} of {count(weakest['points'], 'validation point')}"]


def _network(config: Config, task: Task) -> list[str]:
    """The layer widths of a sequential network, such as 2-8-1, and its other distinguishing knobs."""
    knobs = dict(config.model.knobs)
    layers = layers_of(task)
    if layers is None:
        init = knobs.pop("init")
        said = [f"{key} {shown(value)}" for key, value in knobs.items()]
        return [*said, *([f"init {in_words(init)}"] if init != "default" else [])]
    said = ["-".join(str(width) for width in [layers[0].inputs, *(layer.units for layer in layers)])]
    said += [shown(knobs[key]) for key in ("activation",) if key in knobs]
    said += [f"init {in_words(knobs['init'])}"] if knobs["init"] != "default" else []
    said += [] if layers[0].bias else ["no biases"]
    return [*said, *([f"dropout {layers[0].dropout:g}"] if layers[0].dropout else [])]


def _knobs(choice: Choice) -> list[str]:
    return [f"{key} {shown(value)}" for key, value in choice.knobs.items() if value]


def _named(choice: Choice) -> str:
    return " ".join([choice.name, *_knobs(choice)])


def _beside(config: Config) -> list[str]:
    """Schedule, penalty and stop, if they have an effect."""
    said = [f"schedule {_named(config.schedule)}"] if hasattr(config.schedule.option, "factor") else []
    said += [f"penalty {_named(config.penalty)}"] if has_value(config.penalty) else []
    return said + ([f"stop {_named(config.stop)}"] if hasattr(config.stop.option, "decisions") else [])


def count(n: int, noun: str, plural: str | None = None) -> str:
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def number(value: float | None) -> str:
    """Four decimals; scientific notation for very small and very large values."""
    if value is None:
        return "NaN"
    return f"{value:.4f}" if value == 0 or 0.001 <= abs(value) < 10_000 else f"{value:.2e}"


def answer(prediction: Any, class_name: Callable[[int], str], said: Callable[[float | None], str] = number) -> str:
    """A prediction; of a list with one for each class, the class with the largest."""
    if not isinstance(prediction, list):
        return said(prediction)
    if None in prediction:
        return said(None)
    largest = prediction.index(max(prediction))
    return f"{class_name(largest)} ({said(prediction[largest])})"


def _exactly(value: float | None) -> str:
    return number(value) if value is None else f"{value:g}"
