"""The picture of a network's predictions: over the plane of its points, or for a regression, its curve."""

import numpy as np
from matplotlib.figure import Figure

from backprop_lab.config.types import Config
from backprop_lab.figures.decision_boundary import decision_boundary_figure, field_of, plane
from backprop_lab.figures.fit import fit_figure
from backprop_lab.options.text import number
from backprop_lab.training.evaluation import final_metrics, predict
from backprop_lab.training.state import State
from backprop_lab.training.task import Task


def prediction_figure(config: Config, task: Task, state: State) -> Figure:
    """The predictions of the network of ``state``; the task must be ``can_be_drawn``."""

    def predictions(x: np.ndarray) -> np.ndarray:
        return predict(task, state, x)

    given = task.given
    metric = final_metrics(task, state, task.val)[f"val_{task.head.metric}"]
    name = f"{config.dataset.name}, {config.model.name.replace('_', ' ')}, seed {config.seed}"
    after = f"after {state.epoch:,} epoch{'s' * (state.epoch != 1)}"
    title = f"{name}\nvalidation {task.head.metric_label} {number(metric)} {after}"
    if not task.head.is_classification:
        return fit_figure(predictions, given.train.x, given.train.y, given.val.x, given.val.y, title)
    points, (low, high) = plane(np.concatenate([given.train.x, given.val.x]))
    return decision_boundary_figure(
        field=field_of(task.head.shade(predictions(points))),
        extent=(low[0], high[0], low[1], high[1]),
        train=(given.train.x, given.train.y),
        val=(given.val.x, given.val.y),
        title=title,
        label=task.in_names(task.head.shade_label),
        inputs=task.meaning.inputs,
        class_name=task.meaning.class_name,
    )
