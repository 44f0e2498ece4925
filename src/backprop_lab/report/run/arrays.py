"""The large data: the recorded frames as arrays, in the types that the page reads."""

import numpy as np

from backprop_lab.report.boundary import boundary_of
from backprop_lab.report.run.confusion import answers
from backprop_lab.report.run.encoding import flat, float32, levels, roots, shares
from backprop_lab.report.run.frames import MOST_LAYERS, Film
from backprop_lab.report.run.identical import identical_counts
from backprop_lab.report.run.measures import Measures
from backprop_lab.training.chain import layers_of
from backprop_lab.training.head import Classifier
from backprop_lab.training.state import State
from backprop_lab.training.task import Task

FEW_POINTS = 16  # up to this many, the page prints the predictions
MOST_VALUES = 200_000  # of the inputs of the points that a page can list
DEAD, ALWAYS_ON, SATURATED = 1, 2, 3  # as in page/run/unit.js


def frame_arrays(task: Task, frames: list[State], measures: Measures, film: Film) -> dict[str, np.ndarray]:
    return _predictions(task, film) | _weights(frames, measures) | _units(task, frames, measures, film)


def value_range(task: Task) -> tuple[float, float]:
    """The ends of the colour scale of a regression: those of the targets, in their units."""
    y = np.concatenate([task.given.train.y, task.given.val.y])
    return float(y.min()), float(y.max())


def _predictions(task: Task, film: Film) -> dict[str, np.ndarray]:
    """The shown points, and the predictions for them and over the plane."""
    y = np.concatenate([film.train.y, film.val.y])
    arrays = {"points/x": float32(film.places), "points/y": float32(y)}
    if film.view.components is not None or isinstance(task.head, Classifier):
        arrays |= _given(film)
    predictions = {"points/answer": float32(task.head.predictions(film.outputs))}
    if not isinstance(task.head, Classifier):
        field = float32(film.fields[:, 0]) if film.view.is_line else levels(film.fields, *value_range(task))
        return arrays | predictions | {"field": field}
    arrays["points/label"] = answers(task.head, film.outputs)
    if task.head.outputs > 1:
        shades = np.nan_to_num(task.head.shade(film.fields), nan=0.5)
        arrays["field/class"] = shades.argmax(axis=-1).astype(np.uint8)
        offset = 2 * shades.max(axis=-1) - 1
    else:
        offset = np.nan_to_num(film.fields - boundary_of(task.head))
    largest = np.abs(offset).max(axis=(1, 2), initial=0.0, keepdims=True)
    arrays |= {"field": roots(offset, largest), "field/largest": float32(largest[:, 0, 0])}
    return arrays | (predictions if len(y) <= FEW_POINTS else {})


def _given(film: Film) -> dict[str, np.ndarray]:
    """The inputs of the first points that are validated on, as given, for lists of single points."""
    x = film.val.x if len(film.val) else film.train.x
    listed = x[: MOST_VALUES // x.shape[1]]
    return {"points/given": float32(listed)} if len(listed) else {}


def _weights(frames: list[State], measures: Measures) -> dict[str, np.ndarray]:
    """Weights and gradients; empty for a network that is too large."""
    if not measures.gradients:
        return {}
    weights = {name: np.stack([frame.weights[name] for frame in frames]) for name in frames[0].weights}
    return {"weights": flat(weights), "gradients": flat(measures.gradients)}


def _units(task: Task, frames: list[State], measures: Measures, film: Film) -> dict[str, np.ndarray]:
    """For each hidden layer, the outputs of its drawn units, and which are dead, saturated or identical."""
    arrays: dict[str, np.ndarray] = {}
    identical = identical_counts(frames, (layers_of(task) or [])[: MOST_LAYERS + 1])
    for i, maps in enumerate(film.units):
        drawn = maps.shape[1]
        largest = np.abs(maps).max(axis=(0, 2, 3), initial=0.0, keepdims=True)
        least, most = maps.min(axis=(2, 3), initial=np.inf), maps.max(axis=(2, 3), initial=-np.inf)
        states = np.select(
            [measures.dead[i], measures.always_on[i], measures.saturated[i]], [DEAD, ALWAYS_ON, SATURATED]
        )
        arrays |= {
            f"unit/{i}": roots(maps, largest) if maps.shape[2] > 1 else float32(shares(maps, largest)),
            f"largest/{i}": float32(largest[0, :, 0, 0]),
            f"range/{i}": float32(np.stack([least, most], axis=-1)),
            f"active/{i}": float32(film.active[i][:, :drawn]),
            f"idle/{i}": states[:, :drawn].astype(np.uint8),
            f"twins/{i}": identical[i][:, :drawn],
        }
    return arrays
