"""The texts of the page: title, results, receipt."""

import math
from collections.abc import Mapping
from typing import Any

from backprop_lab.config.types import Choice, Config
from backprop_lab.options.model import in_words
from backprop_lab.options.rules import shown
from backprop_lab.options.text import number, percent
from backprop_lab.report.run.frames import validates_on_training_points
from backprop_lab.runs.receipt import scores
from backprop_lab.training.chain import layers_of
from backprop_lab.training.head import METRIC_LABELS, SCORE_LABELS
from backprop_lab.training.penalty import has_value
from backprop_lab.training.task import Task
from backprop_lab.training.view import View


def title(config: Config, task: Task) -> str:
    """What was trained, such as circle · mlp 2–8–1 · relu · sgd lr 0.1 · 50 epochs · seed 0."""
    parts = [
        config.dataset.name,
        *_model(task),
        *([f"loss {_named(task.loss)}"] if task.task_type not in getattr(task.loss.option, "DEFAULT_OF", ()) else []),
        *([f"penalty {_named(task.penalty)}"] if has_value(task.penalty) else []),
        _named(task.optimizer),
        *([f"schedule {_named(task.schedule)}"] if hasattr(task.schedule.option, "factor") else []),
        f"{config.epochs:,} epoch{'s' * (config.epochs != 1)}",
        *([f"stop {_named(task.stop)}"] if hasattr(task.stop.option, "decisions") else []),
        f"seed {config.seed}",
    ]
    return " · ".join(parts)


def not_layers(task: Task) -> str | None:
    """Why there are no pictures of units and no X-ray; None if there are."""
    if layers_of(task) is not None:
        return None
    return f"model={task.model.name} is not sequential, so its units are not drawn and its steps have no X-ray."


def _model(task: Task) -> list[str]:
    """The model with its layer widths, such as mlp 2–8–1, or its knobs, and anything unusual about it."""
    knobs = dict(task.model.knobs)
    init, activation = knobs.pop("init"), knobs.pop("activation", None)
    layers = layers_of(task)
    if layers is None:
        said = [f"{key} {shown(value)}" for key, value in knobs.items() if value]
        dropout = 0.0
    else:
        said = ["–".join(str(width) for width in [layers[0].inputs, *(layer.units for layer in layers)])]
        dropout = max(layer.dropout for layer in layers)
    return [
        " ".join([task.model.name.replace("_", " "), *said]),
        *([shown(activation)] if activation else []),
        *([f"dropout {dropout:g}"] if dropout else []),
        *([f"init {in_words(init)}"] if init != "default" else []),
    ]


def _named(choice: Choice) -> str:
    return " ".join([choice.name, *(f"{key} {shown(value)}" for key, value in choice.knobs.items() if value)])


def facts(task: Task, summary: Mapping[str, Any]) -> list[str]:
    """Validation metrics, duration of the fit, and a note if the training points were also used for validation."""
    metrics = summary.get("metrics") or {}
    said = []
    for name in (task.head.metric, "loss"):
        if f"val_{name}" in metrics:
            value = metrics[f"val_{name}"]
            said.append(f"validation {METRIC_LABELS.get(name, name)} {number(math.nan if value is None else value)}")
    if summary.get("fit_seconds"):
        said.append(f"fit in {summary['fit_seconds']:.1f} s")
    if validates_on_training_points(task):
        said.append(f"validated on the same {len(task.train)} points")
    return said


def final_scores(task: Task, summary: Mapping[str, Any]) -> list[str]:
    """What the receipt says of the validation points at the end, beside the loss and the metric."""
    in_units = f" in {task.meaning.target}"
    return [
        f"{label} {number(found[f'val_{name}'])}{in_units if name == 'mae' else ''}"
        for found in [scores(summary)]
        for name, label in SCORE_LABELS.items()
        if f"val_{name}" in found
    ]


def receipt(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The receipt as rows; nested entries get dotted names."""
    rows = []
    for key, value in summary.items():
        if isinstance(value, Mapping):
            rows += receipt({f"{key}.{name}": item for name, item in value.items()})
        elif not isinstance(value, list):
            rows.append((key, "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)))
    return rows


def answer_words(task: Task, view: View) -> dict[str, Any]:
    """What the template of a page must know to explain the picture of the predictions."""
    components = view.components
    return {
        "is_line": view.is_line,
        "share": None if components is None else percent(components.shares.sum()),
        "has_spread": view.dimensions > len(view.names),
        "classes": max(2, task.head.outputs),
        "columns": len(task.meaning.columns),
    }


def feature_names(task: Task) -> list[str]:
    """Of the inputs of the network."""
    return task.preparation.meaning(task.meaning).inputs
