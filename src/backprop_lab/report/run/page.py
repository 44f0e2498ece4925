"""The page of one run, computed from the run folder after the fit."""

import base64
import io
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image

from backprop_lab.experiment import commands
from backprop_lab.experiment.paths import short
from backprop_lab.report import tensorflow
from backprop_lab.report.document import D3, document, text_array
from backprop_lab.report.run.again import again
from backprop_lab.report.run.arrays import frame_arrays
from backprop_lab.report.run.code import code
from backprop_lab.report.run.confusion import confusion
from backprop_lab.report.run.curves import curve_arrays
from backprop_lab.report.run.data import (
    frame_data,
    head_data,
    image_of,
    importance_data,
    inputs_data,
    landscape_data,
)
from backprop_lab.report.run.encoding import float32
from backprop_lab.report.run.findings import find
from backprop_lab.report.run.frames import film_of
from backprop_lab.report.run.importance import importance
from backprop_lab.report.run.landscape import landscape
from backprop_lab.report.run.live import live_data
from backprop_lab.report.run.measures import measure_frames
from backprop_lab.report.run.words import answer_words, facts, final_scores, receipt, title
from backprop_lab.report.run.xray import xray
from backprop_lab.runs import names
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.run import Run
from backprop_lab.runs.status import Status
from backprop_lab.training.chain import layers_of
from backprop_lab.training.state import State
from backprop_lab.training.task import Task

MOST_PIXELS, LARGEST_PICTURE, COLOURS_OF_PICTURE = 30_000_000, (900, 900), 64
PNG = b"\x89PNG\r\n\x1a\n"  # the signature of a PNG file
MOST_FRAMES = 1_000
MOST_WORK = 10**11  # points times weights of all frames together: some minutes
WORK_OF_A_POINT = 100  # besides the weights
STYLES = ["common/page.css", "run/run.css"]
SCRIPTS = [
    *(f"common/{name}.js" for name in ("parts", "data", "format", "dom", "colour", "print", "chart")),
    *(f"lab/{name}.js" for name in (
        "formula", "said", "forward", "inputs", "random", "program", "points", "layers", "network", "losses", "updates",
        "by_hand", "probe", "training", "rounding", "directions",
        "spaces",
    )),
    *(f"xray/{name}.js" for name in (
        "names", "sums", "subject", "forward_lines", "backward_lines", "update_lines", "source", "recorded",
        "chain", "code", "picture",
    )),
    *(f"run/{name}.js" for name in (
        "store", "weights", "film", "plane", "pointing", "answer", "labels", "field", "legend", "fit", "unit",
        "network", "curves", "confusion", "cell", "truth", "importance", "pixels", "steps", "spaces", "xray",
        "landscape", "findings", "check", "panels",
    )),
    *(f"live/{name}.js" for name in (
        "settings", "film", "report", "landscape", "panel", "pull", "own_points", "live",
    )),
    "run/main.js",
]  # fmt: skip


def write(run: Run) -> Path:
    """Write ``report.html`` of a run, replacing an earlier one; returns its path. Raises ``RunError`` if damaged."""
    run.files.write(names.PAGE, page(run).encode())
    return run.report_file


@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # weights of a diverging run, or of somebody else's
def page(run: Run) -> str:
    """The HTML of the page. Without recorded frames it has only curves, configuration and receipt."""
    run.check_measurable()
    config, task, summary = run.checked_config(), run.task, run.summary
    frames = _shown(task, _frames(run))
    data: dict[str, Any] = {
        **head_data(task.head),
        **inputs_data(task, image_of(config.dataset, task)),
        "status": run.status,
        "epochs": config.epochs,
        "frames": None,
    }
    context: dict[str, Any] = {
        "title": title(config, task),
        "status": run.status,
        "error": summary.get("error"),
        "facts": facts(task, summary),
        "command": commands.train(*run.overrides),
        "theirs": tensorflow.address_for(config),
        "why_other_numbers": tensorflow.WHY,
        "resume": commands.train(f"resume={short(run.folder)}") if run.status is Status.INTERRUPTED else None,
        "configuration": yaml.safe_dump(run.config, sort_keys=False),
        "final_scores": final_scores(task, summary),
        "receipt": receipt(summary),
        "picture": _picture(run, task),
        "findings": None,
        "back": "Back to the recorded run",
        "target": task.meaning.target,
        "image": image_of(config.dataset, task),
        "is_classification": task.head.is_classification,
        "has_layers": layers_of(task) is not None,
    }
    arrays = curve_arrays(run.metrics()) if run.files.exists(names.METRICS) else {}
    if frames:
        if summary.get("stopped"):  # stopped early: no step follows the last frame
            task = replace(task, epochs=frames[-1].epoch)
        measures, film = measure_frames(task, frames), film_of(task, frames)
        surface = landscape(task, frames)
        context |= answer_words(task, film.view)
        context["findings"] = find(run, task, frames, measures)
        data |= frame_data(task, frames, measures, film) | {"landscape": landscape_data(task, surface)}
        shuffled = importance(task, frames[-1])
        data["importance"] = importance_data(shuffled)
        context["has_importance"] = shuffled is not None
        arrays |= frame_arrays(task, frames, measures, film)
        if (counts := confusion(task, frames)) is not None:
            arrays["confusion"] = counts
        context["has_confusion"] = counts is not None
        again_data, again_arrays = again(config, frames)
        data |= again_data
        arrays["live"] = text_array(live_data(config))
        arrays |= again_arrays
        steps, step_arrays = xray(task, frames)
        data |= {"xray": steps}
        arrays |= step_arrays | {"code": text_array(code()), "landscape": float32(surface.loss)}
    return document(
        "run/run.html", styles=STYLES, scripts=SCRIPTS, libraries=[D3], data=data, arrays=arrays, context=context
    )


def _frames(run: Run) -> list[State]:
    """The recorded frames, plus the last State if the run ended after them; empty without a recording."""
    frames = run.frames() if run.files.exists(names.FRAMES) else []
    if frames and run.files.exists(names.checkpoint("last")) and (run.summary.get("epochs") or 0) > frames[-1].epoch:
        frames.append(run.state())
    return frames


def _shown(task: Task, frames: list[State]) -> list[State]:
    """The frames that a page can hold and be made of in some minutes: evenly chosen, with the first and the last."""
    if not frames:
        return []
    numbers = WORK_OF_A_POINT + sum(weight.size for weight in frames[0].weights.values())
    most = min(MOST_FRAMES, MOST_WORK // (numbers * (len(task.train) + len(task.val))))
    places = np.linspace(0, len(frames) - 1, min(len(frames), max(2, most)))
    return [frames[place] for place in places.round().astype(int)]


def _picture(run: Run, task: Task) -> str | None:
    """The final picture of the predictions, for browsers without scripts: smaller, and in few colours."""
    name = names.figure(task.head.picture)
    if not run.files.exists(name):
        return None
    content = run.files.read(name, names.MAX_PICTURE_BYTES)
    if not content.startswith(PNG):
        raise RunError(f"{run.folder / name}: not a picture (no PNG signature)")
    width, height = struct.unpack(">II", content[16:24].ljust(8, b"\0"))  # before anything is unpacked
    if width * height > MOST_PIXELS:
        raise RunError(f"{run.folder / name}: not our picture ({width:,} x {height:,} pixels)")
    try:
        small = Image.open(io.BytesIO(content), formats=["PNG"]).convert("RGB")
    except (OSError, SyntaxError, ValueError) as damage:  # what Pillow raises for damaged files
        raise RunError(f"{run.folder / name}: not a picture ({damage})") from None
    small.thumbnail(LARGEST_PICTURE)
    made = io.BytesIO()
    small.quantize(COLOURS_OF_PICTURE).save(made, "PNG", optimize=True)
    return base64.b64encode(made.getvalue()).decode()
