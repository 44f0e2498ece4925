"""What a trained network makes of points, to measure or draw it after the fit. A sequential one needs no torch."""

from typing import Any, NamedTuple

import numpy as np

from backprop_lab.training import threads
from backprop_lab.training.chain import layers_of
from backprop_lab.training.epoch_end import Row
from backprop_lab.training.forward import forward
from backprop_lab.training.points import Points
from backprop_lab.training.scores import log_loss
from backprop_lab.training.state import State
from backprop_lab.training.task import Task


def is_sequential(task: Task) -> bool:
    """Whether the model is nothing but its layers, so that these are all that is needed to compute it."""
    return not hasattr(task.model.option, "build")


def outputs_of(task: Task, state: State, x: np.ndarray) -> np.ndarray:
    """The outputs of the network for its inputs ``x`` [n, features]: logits, margins or values, [n] or [n, classes]."""
    if is_sequential(task):
        with np.errstate(over="ignore", invalid="ignore"):
            return forward(layers_of(task) or [], state.weights, x).outputs
    from backprop_lab.training import metrics

    threads.use_one()
    return metrics.outputs_of(task, state, x)


def sums_of(task: Task, state: State, x: np.ndarray) -> list[np.ndarray]:
    """The sums of each hidden layer of a sequential model for points ``x``, each [n, units]."""
    with np.errstate(over="ignore", invalid="ignore"):
        return forward(layers_of(task) or [], state.weights, x).sums[:-1]


def predict(task: Task, state: State, x: np.ndarray) -> np.ndarray:
    """The head's predictions for points ``x`` [n, inputs as given]: probabilities, margins or values, [n]; of several
    classes their probabilities or margins, [n, classes]."""
    return predict_at(task, state, task.inputs(x))


def predict_at(task: Task, state: State, inputs: np.ndarray) -> np.ndarray:
    """The same for ``inputs`` [n, features] of the network."""
    with np.errstate(over="ignore", invalid="ignore"):
        predictions: np.ndarray = task.head.predictions(outputs_of(task, state, inputs))
    return predictions


def final_metrics(task: Task, state: State, points: Points) -> Row:
    """The ``val_`` metrics of a run's receipt. The same points and weights give the same bits."""
    return _metrics_of(task, outputs_of(task, state, points.x), points)


class Measured(NamedTuple):
    """``metrics`` as of ``final_metrics``, and ``scores`` as in a receipt: ``SCORE_LABELS`` by name, and for classes
    those of each one, with its name, and the ``confusion`` matrix. What is unknown is None."""

    metrics: Row
    scores: dict[str, Any]


def measured(task: Task, state: State, points: Points) -> Measured:
    """All that a receipt says of a network on points [n, features] as the network gets them.

    The ``log_loss`` is there for probabilities, which margins are not: ``val_loss`` if the loss is one.
    """
    outputs, y = outputs_of(task, state, points.x), points.y
    metrics = _metrics_of(task, outputs, points)
    with np.errstate(over="ignore", invalid="ignore"):
        found = task.head.scores(outputs, y)
        scores: dict[str, Any] = dict(found.numbers)
        if task.form.is_log_loss:
            scores["log_loss"] = metrics["val_loss"]
        elif task.head.predicts_probabilities:
            scores["log_loss"] = log_loss(y, task.head.predictions(outputs.astype(float)))
    if found.classes:
        name = task.meaning.class_name
        scores["classes"] = [{"name": name(label), **one._asdict()} for label, one in enumerate(found.classes)]
        scores["confusion"] = found.confusion
    return Measured(metrics, scores)


def _metrics_of(task: Task, outputs: np.ndarray, points: Points) -> Row:
    if not is_sequential(task):
        from backprop_lab.training import metrics

        return metrics.metrics_of(task, outputs, points)
    with np.errstate(over="ignore", invalid="ignore"):
        return {
            "val_loss": float(task.form.value(outputs, points.y, *task.loss.arguments).mean()),
            f"val_{task.head.metric}": float(task.head.metric_from(task.head.sum_of(outputs, points.y), points.y)),
        }
