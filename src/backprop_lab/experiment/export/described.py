"""A trained network as plain data: all that it takes to compute its predictions without this package.

The same data are the file of ``format=json``, and what the code of other formats is made from, so that these cannot
disagree.
"""

import math
from typing import Any

from backprop_lab.config.errors import ConfigError
from backprop_lab.experiment.export import listing
from backprop_lab.options.features import FEATURES
from backprop_lab.options.formula import Tree, formula, formula_of_outputs
from backprop_lab.options.table import FILLED, Column
from backprop_lab.options.text import either
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.run import Run
from backprop_lab.training.chain import Layer, layers_of
from backprop_lab.training.evaluation import final_metrics
from backprop_lab.training.state import State

Plain = dict[str, Any]


def finite_state(run: Run) -> State:
    """The State of a run. Raises ``RunError`` if its weights are not all finite, as after a divergence."""
    state = run.state()
    if not state.is_finite():
        raise RunError(f"{run.folder}: its weights are not finite numbers, so there are no predictions to export")
    return state


def about(run: Run) -> Plain:
    """Where a network comes from, what it takes and what it gives: for any model.

    ``columns`` are those of the table, each with its ``categories``, which are empty for numbers, and the ``filling``
    that takes the place of a cell with nothing in it: a number or a category, or null. ``classes`` are empty for a
    regression.
    """
    task, state = run.task, finite_state(run)
    meaning, head = task.meaning, task.head
    classes = range(max(2, head.outputs) if head.is_classification else 0)
    metrics = {name: value if math.isfinite(value) else None
               for name, value in final_metrics(task, state, task.val).items()}  # fmt: skip
    return {
        "source": {
            "run": "/".join(run.folder.absolute().parts[-2:]),
            "checkpoint": run.checkpoint,
            "epoch": state.epoch,
            "dataset": run.checked_config().dataset.name,
            "weights_sha256": state.weights_sha256,
            **metrics,
        },
        "columns": [_column(column) for column in meaning.columns],
        "target": meaning.target,
        "classes": [meaning.class_name(label) for label in classes],
        "predictions": head.prediction_label,
    }


def network(run: Run) -> Plain:
    """A network of layers in a row: ``about`` it, and every number and formula of its predictions.

    ``features`` are the formulas by which the inputs are made of x1 and x2; ``mean`` and ``scale`` standardize each of
    them; these three may be null. ``layers`` have ``weights`` [units, inputs], ``biases`` [units] or null, and the
    formula of an ``activation``. ``prediction`` is the formula of what is made of the outputs of the last layer.

    Raises ``ConfigError`` for other models, and for activations that are not written as formulas.
    """
    task, state = run.task, finite_state(run)
    layers = layers_of(task)
    if layers is None:
        raise ConfigError("model", task.model.name, f"layers in a row, or {_others()}")
    mean, scale = (None if part is None else part.tolist() for part in (task.preparation.mean, task.preparation.scale))
    names = task.preparation.features
    return about(run) | {
        "features": None if names is None else [formula(FEATURES[name], "x1", "x2") for name in names],
        "mean": mean,
        "scale": scale,
        "layers": [
            {
                "weights": state.weights[layer.weight].tolist(),
                "biases": None if layer.bias is None else state.weights[layer.bias].tolist(),
                "activation": _activation(layer),
            }
            for layer in layers
        ],
        "prediction": formula_of_outputs(task.head.predictions),
    }


def _column(column: Column) -> Plain:
    filling = FILLED if FILLED in column.categories else column.filling
    return {"name": column.name, "categories": list(column.categories), "filling": filling}


def _activation(layer: Layer) -> Tree:
    tree = formula(layer.option.value)
    if tree is None or isinstance(tree, float):
        allowed = f"a formula of z with + - * / and the functions of options/arithmetic.py, or {_others()}"
        raise ConfigError("activation", layer.activation, allowed)
    return tree


def _others() -> str:
    """The formats that need no formulas."""
    return f"format={either(listing.for_any_model())}"
