"""The page of one run: everything on it is worked out from the run folder, when the fit is over."""

import base64
import itertools
import math
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from backprop_lab.callbacks.decision_boundary import answer_name, can_be_drawn
from backprop_lab.config.check import Config
from backprop_lab.experiment.console import QUALITIES, short
from backprop_lab.options.rules import shown
from backprop_lab.options.text import number
from backprop_lab.report.document import document, text_array
from backprop_lab.report.run.findings import find
from backprop_lab.report.run.frames import MOST_LAYERS, Film, film_of, validates_on_training_points
from backprop_lab.report.run.landscape import Landscape, landscape
from backprop_lab.report.run.measures import MOST_WEIGHTS, Measures, identical_units, linear_layers, measure_frames
from backprop_lab.report.run.xray.xray import xray
from backprop_lab.runs.files import write_atomically
from backprop_lab.runs.run import Run
from backprop_lab.training.task import State, Task

STYLES = ["common/page.css", "run/run.css"]
SCRIPTS = [
    *(f"common/{name}.js" for name in ("data", "format", "dom", "colour", "chart")),
    *(f"run/{name}.js" for name in (
        "store", "weights", "film", "plane", "answer", "fit", "unit", "network", "curves", "steps", "xray", "landscape",
        "findings", "main",
    )),
]  # fmt: skip
COLUMNS = 300  # of a curve with more rows than MOST_ROWS: each keeps the lowest and the highest value
MOST_ROWS = 1_500


def write(run: Run) -> Path:
    """Make ``report.html`` of a run, over an earlier one; gives the file. Raises ``RunError`` for a damaged folder."""
    write_atomically(run.report_file, page(run).encode())
    return run.report_file


def page(run: Run) -> str:
    """The text of the page. Without recorded frames it has curves, configuration and receipt alone."""
    config, task, summary = run.checked_config(), run.task, run.summary
    frames = _frames(run)
    arrays = _curves(run.metrics()) if run.metrics_file.is_file() else {}
    data: dict[str, Any] = {
        "kind": task.kind,
        "quality": QUALITIES[task.quality],
        "names": _feature_names(task),
        "is_drawn": can_be_drawn(task),
        "status": run.status,
        "epochs": config.epochs,
        "frames": None,
    }
    context: dict[str, Any] = {}
    if frames:
        measures, film = measure_frames(task, frames), film_of(task, frames)
        findings = find(run, task, frames, measures)
        data |= _frame_data(task, frames, measures, film)
        arrays |= _frame_arrays(task, frames, measures, film) | {"xray": text_array(_indexed(xray(task, frames)))}
        data["landscape"], field = _landscape(landscape(task, frames))
        arrays |= field
        context = {"findings": findings, "has_units": bool(film.units)}
    return document(
        "run/run.html",
        styles=STYLES,
        scripts=SCRIPTS,
        data=data,
        arrays=arrays,
        context={
            "title": _title(config, frames),
            "status": run.status,
            "error": summary.get("error"),
            "facts": _facts(task, summary),
            "command": shlex.join(["python", "-m", "train", *run.overrides]),
            "resume": f"python -m train resume={short(run.folder)}" if run.status == "interrupted" else None,
            "configuration": yaml.safe_dump(run.config, sort_keys=False),
            "receipt": _receipt(summary),
            "picture": _picture(run, task),
            "findings": None,
            "has_units": False,
            "regression": task.kind == "regression",
            "is_drawn": can_be_drawn(task),
            "quality": QUALITIES[task.quality],
            "most_weights": MOST_WEIGHTS,
            **context,
        },
    )


def _frames(run: Run) -> list[State]:
    """The recorded frames, and the last State of a run that ended between two of them; none without a recording."""
    frames = run.frames() if run.frames_file.is_file() else []
    if frames and run.checkpoint_file("last").is_file() and (run.summary.get("epochs") or 0) > frames[-1].epoch:
        frames.append(run.state())
    return frames


# -- what is said in words --------------------------------------------------------------------------------------------


def _title(config: Config, frames: list[State]) -> str:
    """What was trained, as circle · mlp 2–8–1 · relu · sgd lr 0.1 · 50 epochs · seed 0."""
    model, optimizer = config.model.knobs, config.optimizer.knobs
    matrices = [weight.shape for weight in frames[0].weights.values() if weight.ndim == 2] if frames else []
    widths = [str(width) for width in ([matrices[0][1], *(rows for rows, _ in matrices)] if matrices else [])]
    parts = [
        config.dataset.name,
        " ".join([config.model.name.replace("_", " "), "–".join(widths)]).strip(),
        *([model["activation"]] if "activation" in model else []),
        *([f"init {shown(model['init'])}"] if model["init"] != "default" else []),
        " ".join([config.optimizer.name, *(f"{key} {shown(value)}" for key, value in optimizer.items() if value)]),
        f"{config.epochs:,} epoch{'s' * (config.epochs != 1)}",
        f"seed {config.seed}",
    ]
    return " · ".join(parts)


def _facts(task: Task, summary: Mapping[str, Any]) -> list[str]:
    metrics = summary.get("metrics") or {}
    said = []
    for name in (task.quality, "loss"):
        if f"val_{name}" in metrics:
            said.append(f"validation {QUALITIES.get(name, name)} {_number(metrics[f'val_{name}'])}")
    if summary.get("fit_seconds"):
        said.append(f"fit in {summary['fit_seconds']:.1f} s")
    if validates_on_training_points(task):
        said.append(f"validated on the same {len(task.train)} points")
    return said


def _number(value: float | None) -> str:
    return number(math.nan if value is None else value)


def _receipt(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The receipt in rows; what it nests gets dotted names."""
    rows = []
    for key, value in summary.items():
        if isinstance(value, Mapping):
            rows += _receipt({f"{key}.{name}": item for name, item in value.items()})
        elif not isinstance(value, list):
            rows.append((key, "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)))
    return rows


def _picture(run: Run, task: Task) -> str | None:
    """The last picture of the answer, for a browser that runs no scripts."""
    file = run.figure_file(answer_name(task))
    return base64.b64encode(file.read_bytes()).decode() if file.is_file() else None


def _feature_names(task: Task) -> list[str]:
    return ["x"] if task.in_features == 1 else [f"x{i + 1}" for i in range(task.in_features)]


# -- numbers ----------------------------------------------------------------------------------------------------------


def _curves(history: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """metrics.csv, of very many rows those that the eye can tell apart."""
    kept = _kept_rows(history)
    return {f"curve/{name}": column[kept].astype("int32" if name in ("epoch", "step") else "float32")
            for name, column in history.items()}  # fmt: skip


def _kept_rows(history: Mapping[str, np.ndarray]) -> np.ndarray:
    """The rows to show: all, or of each column of the picture the lowest and the highest of each metric."""
    epoch = history["epoch"]
    if len(epoch) <= MOST_ROWS:
        return np.arange(len(epoch))
    column = np.floor(COLUMNS * np.cbrt(epoch / epoch[-1]))
    kept = {0, len(epoch) - 1}
    for rows in np.split(np.arange(len(epoch)), np.flatnonzero(np.diff(column)) + 1):
        for name, values in history.items():
            if name not in ("epoch", "step"):
                kept |= {int(rows[values[rows].argmin()]), int(rows[values[rows].argmax()])}
    return np.array(sorted(kept))


def _frame_data(task: Task, frames: list[State], measures: Measures, film: Film) -> dict[str, Any]:
    """What is small or has no regular shape."""
    layers = linear_layers(task, frames[0])
    ratio = measures.update_ratio
    return {
        "frames": {"epoch": [frame.epoch for frame in frames], "step": [frame.step for frame in frames]},
        "loss": measures.losses,
        "qualities": measures.quality,
        "extent": {"low": film.low, "high": film.high},
        "points": {
            "train": len(film.train),
            "val": len(film.val),
            "of_train": len(task.train),
            "of_val": len(task.val),
            "same": validates_on_training_points(task),
        },
        "layers": [
            {
                "weight": layer.weight,
                "bias": layer.bias,
                "inputs": frames[0].weights[layer.weight].shape[1],
                "units": frames[0].weights[layer.weight].shape[0],
                "drawn": film.units[i].shape[1] if i < len(film.units) else 1,
            }
            for i, layer in enumerate(layers or [])
        ],
        "most_layers": MOST_LAYERS,
        "activation": task.model.knobs.get("activation", "identity"),
        "has_weights": bool(measures.gradients),
        "parameters": sum(weight.size for weight in frames[0].weights.values()),
        "sizes": {
            "layers": [f"layer {i + 1}" for i in range(len(measures.layers))],
            "gradient": measures.gradient_size,
            "weight": measures.weight_size,
            "update": measures.update_size,
            "ratio": ratio,
        },
        "idle": {
            "off": _share(measures.off),
            "saturated": _share(measures.saturated),
        },
    }


def _share(layers: list[np.ndarray]) -> np.ndarray | None:
    """The share of all hidden units, [F]; None for a network without any."""
    return np.concatenate(layers, axis=1).mean(axis=1) if layers else None


def _frame_arrays(task: Task, frames: list[State], measures: Measures, film: Film) -> dict[str, np.ndarray]:
    """What is large, in the types in which the page reads it."""
    x = np.concatenate([film.train.x, film.val.x])
    y = np.concatenate([film.train.y, film.val.y])
    arrays = {"points/x": _float32(x), "points/y": _float32(y)}
    if task.kind == "regression":
        arrays |= {"points/answer": _float32(film.outputs), "field": _float32(film.fields[:, 0])}
    else:
        # By the sign of the logit, as the accuracy is counted; a probability would be rounded.
        arrays["points/wrong"] = ((film.outputs > 0) != (y > 0.5)).astype(np.uint8)
        offset = np.nan_to_num(film.fields - 0.5)
        largest = np.abs(offset).max(axis=(1, 2), initial=0.0, keepdims=True)
        arrays |= {"field": _roots(offset, largest), "field/largest": _float32(largest[:, 0, 0])}
        if len(x) <= 16:
            with np.errstate(over="ignore"):
                arrays["points/answer"] = _float32(1 / (1 + np.exp(-film.outputs)))
    if measures.gradients:
        arrays["weights"] = _flat(len(frames), {n: np.stack([f.weights[n] for f in frames]) for n in frames[0].weights})
        arrays["gradients"] = _flat(len(frames), measures.gradients)
    twins = _twins(task, frames)
    for i, maps in enumerate(film.units):
        drawn = maps.shape[1]
        largest = np.abs(maps).max(axis=(0, 2, 3), initial=0.0, keepdims=True)
        idle = np.where(measures.off[i], 1, np.where(measures.always_on[i], 2, np.where(measures.saturated[i], 3, 0)))
        arrays |= {
            f"unit/{i}": _roots(maps, largest) if maps.shape[2] > 1 else _float32(_shares(maps, largest)),
            f"largest/{i}": _float32(largest[0, :, 0, 0]),
            f"range/{i}": _float32(
                np.stack([maps.min(axis=(2, 3), initial=np.inf), maps.max(axis=(2, 3), initial=-np.inf)], axis=-1)
            ),
            f"active/{i}": _float32(film.active[i][:, :drawn]),
            f"idle/{i}": idle[:, :drawn].astype(np.uint8),
            f"twins/{i}": twins[i][:, :drawn],
        }
    return arrays


def _roots(values: np.ndarray, largest: np.ndarray) -> np.ndarray:
    """Values as int8: the signed root of their share of the largest, so that small ones keep a difference."""
    share = _shares(values, largest)
    return np.rint(127 * np.sign(share) * np.sqrt(np.abs(share))).astype(np.int8)


def _shares(values: np.ndarray, largest: np.ndarray) -> np.ndarray:
    """Values as their share of the largest, for curves, which a root would bend."""
    return np.nan_to_num(np.divide(values, largest, out=np.zeros_like(values), where=largest > 0))


def _flat(count: int, by_name: Mapping[str, np.ndarray]) -> np.ndarray:
    """All weights of a frame in one row, [F, weights], in the order of their names."""
    return _float32(np.concatenate([values.reshape(count, -1) for values in by_name.values()], axis=1))


def _float32(values: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def _twins(task: Task, frames: list[State]) -> list[np.ndarray]:
    """For each hidden layer how many units have the weights of a unit, in and out, itself included, [F, units]."""
    layers = linear_layers(task, frames[0]) or []
    counts = []
    for layer, following in itertools.islice(itertools.pairwise(layers), MOST_LAYERS):
        count = np.ones((len(frames), len(frames[0].weights[layer.weight])), np.uint8)
        for row, frame in zip(count, frames, strict=True):
            for group in identical_units(frame, layer, following):
                row[list(group)] = min(len(group), 255)
        counts.append(count)
    return counts


def _indexed(found: dict[str, Any]) -> dict[str, Any]:
    """The X-ray with the unit and the symbols of each line written once, as points and steps have the same ones."""
    index: dict[tuple[str | None, str], int] = {}

    def short_line(line: Mapping[str, Any]) -> list[Any]:
        return [index.setdefault((line["unit"], line["symbols"]), len(index)), line["numbers"]]

    def short_point(point: Mapping[str, Any]) -> dict[str, Any]:
        cards = [card | {"lines": [short_line(line) for line in card["lines"]]} for card in point["cards"]]
        return {**point, "cards": cards}

    steps = [step | {"points": [short_point(point) for point in step["points"]]} for step in found["steps"]]
    return {**found, "steps": steps, "symbols": list(index)}


def _landscape(found: Landscape) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The landscape as data and arrays."""
    data = {
        "kind": found.kind,
        "names": found.names,
        "x": found.x,
        "y": found.y,
        "path": found.path,
        "share": found.share,
        "exact": found.exact,
        "points": found.points,
    }
    return data, {"landscape": _float32(found.loss)}
