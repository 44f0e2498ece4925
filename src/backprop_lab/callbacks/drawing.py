"""The picture of the predictions of a network: over a plane, or of a regression with one input, its curve."""

import numpy as np
from matplotlib.figure import Figure

from backprop_lab.config.types import Config
from backprop_lab.figures.decision_boundary import decision_boundary_figure, field_of, plane
from backprop_lab.figures.fit import fit_figure
from backprop_lab.figures.values import values_figure
from backprop_lab.options.text import number, percent
from backprop_lab.training.evaluation import final_metrics, predict, predict_at
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from backprop_lab.training.view import view_of


def prediction_figure(config: Config, task: Task, state: State) -> Figure:
    """The predictions of the network of ``state``."""
    train, val = task.given.train, task.given.val
    view, title = view_of(task), _title(config, task, state)
    if view.is_line:
        names = (task.meaning.inputs[0], task.meaning.target)
        return fit_figure(lambda x: predict(task, state, x), train.x, train.y, val.x, val.y, title, names)
    of_train, of_val = view.coordinates(train.x), view.coordinates(val.x)
    places, (low, high) = plane(np.concatenate([of_train, of_val]))
    extent = (low[0], high[0], low[1], high[1])
    field = predict_at(task, state, view.inputs(places))
    if view.components is not None:
        title += f"\non a slice that holds {percent(view.components.shares.sum())} of the variance of the inputs"
    names_of_axes = [*view.names, ""][:2]
    if not task.head.is_classification:
        return values_figure(
            field_of(field),
            extent,
            train=(of_train, train.y, predict(task, state, train.x)),
            val=(of_val, val.y, predict(task, state, val.x)),
            title=title,
            names=names_of_axes,
            target=task.meaning.target,
        )
    return decision_boundary_figure(
        field=field_of(task.head.shade(field)),
        extent=extent,
        train=(of_train, train.y),
        val=(of_val, val.y),
        title=title,
        label=task.in_names(task.head.shade_label),
        inputs=names_of_axes,
        class_name=task.meaning.class_name,
    )


def _title(config: Config, task: Task, state: State) -> str:
    metric = final_metrics(task, state, task.val)[f"val_{task.head.metric}"]
    name = f"{config.dataset.name}, {config.model.name.replace('_', ' ')}, seed {config.seed}"
    after = f"after {state.epoch:,} epoch{'s' * (state.epoch != 1)}"
    return f"{name}\nvalidation {task.head.metric_label} {number(metric)} {after}"
