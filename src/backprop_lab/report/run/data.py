"""The JSON data of the page: all numbers that are few or have no regular shape."""

from typing import Any

import numpy as np

from backprop_lab.config.types import Dataset
from backprop_lab.figures.decision_boundary import MOST_SHOWN
from backprop_lab.options.formula import formula
from backprop_lab.report.boundary import boundary_of
from backprop_lab.report.run.arrays import value_range
from backprop_lab.report.run.frames import MOST_LAYERS, Film, validates_on_training_points
from backprop_lab.report.run.importance import REPEATS, Importance, columns_of
from backprop_lab.report.run.landscape import Landscape
from backprop_lab.report.run.measures import Measures
from backprop_lab.report.run.unit_states import middle_of
from backprop_lab.report.run.words import feature_names, not_layers
from backprop_lab.training.chain import layers_of
from backprop_lab.training.head import Binary, Head
from backprop_lab.training.penalty import has_value
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from backprop_lab.training.view import View

ABOVE_A_FLAT_PART = 1e-4  # fraction of the largest value; a line at this level outlines an exactly flat part


def head_data(head: Head) -> dict[str, Any]:
    """The page's data about predictions."""
    return {
        "task": head.task_type,
        "is_classification": head.is_classification,
        "symbol": head.symbol,
        "is_probability": head.predicts_probabilities,
        "classes": head.outputs if head.outputs > 1 else None,
        "prediction_of_output": formula(head.predictions),
        "boundary": boundary_of(head) if isinstance(head, Binary) else None,
        "metric": head.metric,
        "metric_label": head.metric_label,
    }


def inputs_data(task: Task, image: tuple[int, int] | None) -> dict[str, Any]:
    """What the points and the network's inputs are called, and how the ones are made into the others.

    ``image`` has the rows and columns of pixels, if the inputs are one.
    """
    preparation = task.preparation
    return {
        "columns": [{"name": name, "inputs": inputs} for name, inputs in columns_of(task.meaning)],
        "inputs": task.meaning.inputs,
        "target": task.meaning.target,
        "names": feature_names(task),
        "image": image,
        "class_names": [task.meaning.class_name(label) for label in range(max(2, task.head.outputs))],
        "prediction": task.in_names(task.head.prediction_label),
        "preparation": {
            "features": preparation.features,
            "mean": preparation.mean,
            "scale": preparation.scale,
        },
        "units": task.head.units._asdict(),
    }


def image_of(dataset: Dataset, task: Task) -> tuple[int, int] | None:
    """Rows and columns of the image that the inputs of a data set are, by its own word."""
    image: tuple[int, int] | None = getattr(dataset.option, "IMAGE", None)
    is_whole = image is not None and task.in_features == len(task.meaning.inputs) == image[0] * image[1]
    return image if is_whole else None


def frame_data(task: Task, frames: list[State], measures: Measures, film: Film) -> dict[str, Any]:
    return {
        "frames": {"epoch": [frame.epoch for frame in frames], "step": [frame.step for frame in frames]},
        "loss": measures.losses,
        "loss_of_guessing": task.form.guess(task.train.y.astype(np.float64), *task.loss.arguments),
        "metrics": measures.metric,
        "view": view_data(film.view),
        "axes": film.view.names,
        "is_line": film.view.is_line,
        "extent": {"low": film.low, "high": film.high},
        "values": None if task.head.is_classification else value_range(task),
        "points": {
            "train": len(film.train),
            "val": min(len(film.val), MOST_SHOWN["validation"]),
            "known": len(film.train) + len(film.val),
            "of_train": len(task.train),
            "of_val": len(task.val),
            "same": validates_on_training_points(task),
        },
        "layers": _layers(task, film),
        "most_layers": MOST_LAYERS,
        "not_layers": not_layers(task),
        "has_weights": bool(measures.gradients),
        "parameters": sum(weight.size for weight in frames[0].weights.values()),
        "sizes": {
            "layers": _layer_names(task, measures),
            "gradient": measures.gradient_size,
            "weight": measures.weight_size,
            "update": measures.update_size,
            "ratio": measures.update_ratio,
        },
        "idle": {
            "off": _share(measures.dead),
            "always_on": _share(measures.always_on),
            "saturated": _share(measures.saturated),
        },
    }


def view_data(view: View) -> dict[str, Any] | None:
    """The plane of the two strongest principal components; None if the inputs are drawn as they are."""
    if view.components is None:
        return None
    return {"centre": view.components.centre, "axes": view.components.axes, "shares": view.components.shares}


def importance_data(found: Importance | None) -> dict[str, Any] | None:
    """The columns, the most important ones first."""
    if found is None:
        return None
    order = np.argsort(-found.mean, kind="stable")
    return {
        "names": [found.names[i] for i in order],
        "mean": found.mean[order],
        "deviation": found.deviation[order],
        "metric": found.metric,
        "points": found.points,
        "repeats": REPEATS,
    }


def landscape_data(task: Task, landscape: Landscape) -> dict[str, Any]:
    """Everything except the loss, which is an array."""
    return {
        "kind": landscape.kind,
        "names": landscape.names,
        "x": landscape.x,
        "y": landscape.y,
        "path": landscape.path,
        "share": landscape.share,
        "exact": landscape.exact,
        "points": landscape.points,
        "has_penalty": has_value(task.penalty),
    }


def _layers(task: Task, film: Film) -> list[dict[str, Any]]:
    """Empty for a model that is not sequential. A unit is on above ``middle`` plus the fraction ``above`` of its
    largest value."""
    return [
        {
            "weight": layer.weight,
            "bias": layer.bias,
            "inputs": layer.inputs,
            "units": layer.units,
            "drawn": film.units[i].shape[1] if i < len(film.units) else 1,
            "middle": middle_of(layer.option),
            "above": ABOVE_A_FLAT_PART if hasattr(layer.option, "CAN_DIE") else 0.0,
            "activation": layer.activation,
            "dropout": layer.dropout,
        }
        for i, layer in enumerate(layers_of(task) or [])
    ]


def _layer_names(task: Task, measures: Measures) -> list[str]:
    """Numbered if the model is sequential, else by their names in the module."""
    if layers_of(task) is None:
        return measures.layers
    return [f"layer {i + 1}" for i in range(len(measures.layers))]


def _share(layers: list[np.ndarray]) -> np.ndarray | None:
    """The fraction of all hidden units, [F]; None for a network without any."""
    return np.concatenate(layers, axis=1).mean(axis=1) if layers else None
