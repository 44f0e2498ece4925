"""The film of a training as a GIF."""

import numpy as np

from backprop_lab.figures.decision_boundary import field_of, plane
from backprop_lab.figures.film import Frame, History, Line, Plane, Scene, Truth, film_gif
from backprop_lab.runs.run import Run
from backprop_lab.training.evaluation import final_metrics, predict_at
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from backprop_lab.training.view import view_of

SIDE = 160
MOST_FRAMES = 100
MOST_POINTS = 400  # of a part, predicted against true


def training_gif(run: Run, task: Task) -> bytes:
    """The film of a run as the bytes of a GIF file: at most a hundred frames, including first and last."""
    states = run.frames()
    chosen = np.unique(np.linspace(0, len(states) - 1, min(len(states), MOST_FRAMES)).round().astype(int))
    rows = run.metrics()
    scene, inputs = _scene(task)
    return film_gif(
        scene,
        History(rows["epoch"], rows["train_loss"], rows["val_loss"]),
        [_frame(task, states[i], inputs, isinstance(scene, Plane)) for i in chosen],
    )


def _scene(task: Task) -> tuple[Scene, np.ndarray]:
    """The scene to draw, and the inputs of the network [n, features] at which it needs predictions."""
    train, val = task.given.train, task.given.val
    view, target = view_of(task), task.meaning.target
    if view.is_line:
        places, _ = plane(np.concatenate([train.x, val.x]), SIDE)
        return Line(places, train.x, train.y, (view.names[0], target)), task.inputs(np.concatenate([places, train.x]))
    if not task.head.is_classification:
        held_back = val if not np.array_equal(train.x, val.x) else val[np.arange(0)]
        shown, held_back = (part[np.arange(min(len(part), MOST_POINTS))] for part in (train, held_back))
        x, y = (np.concatenate([getattr(part, axis) for part in (shown, held_back)]) for axis in "xy")
        return Truth(y, len(shown), target), task.inputs(x)
    of_train, of_val = view.coordinates(train.x), view.coordinates(val.x)
    places, (low, high) = plane(np.concatenate([of_train, of_val]), SIDE)
    extent = (low[0], high[0], low[1], high[1])
    scene = Plane(
        extent, (of_train, train.y), (of_val, val.y), task.head.outputs, [*view.names, ""][:2], task.meaning.class_name
    )
    return scene, view.inputs(places)


def _frame(task: Task, state: State, inputs: np.ndarray, is_field: bool) -> Frame:
    predictions = predict_at(task, state, inputs)
    metrics = final_metrics(task, state, task.val)
    loss, metric = metrics["val_loss"], metrics[f"val_{task.head.metric}"]
    written = f"{loss:.3f}" if loss >= 0.001 else f"{loss:.1e}"
    title = f"Epoch {state.epoch:,}: validation loss {written}, {task.head.metric_label} {metric:.3f}"
    return Frame(
        epoch=state.epoch,
        val_loss=loss,
        predictions=field_of(task.head.shade(predictions)) if is_field else predictions,
        title=title.replace("-", "−"),
    )
