"""``python -m backprop_lab.evaluate run=FOLDER``: measures a trained run again.

Reads a run folder, which may be untrusted, and writes nothing there. On the run's own validation points the metrics
must equal those of its receipt, bit for bit; fresh points of the same distribution show how much of that was luck.
"""

import signal

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C during the imports, and after the work, prints no traceback

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from backprop_lab.callbacks.drawing import prediction_figure
from backprop_lab.config.errors import ConfigError
from backprop_lab.config.keys import RULES
from backprop_lab.experiment import key_value
from backprop_lab.experiment.class_table import class_table
from backprop_lab.experiment.console import aligned, answer
from backprop_lab.experiment.paths import short
from backprop_lab.experiment.printing import error, say
from backprop_lab.experiment.writing import write
from backprop_lab.figures.style import file_of
from backprop_lab.options.plain_yaml import typed_value
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.receipt import finite
from backprop_lab.runs.run import Run
from backprop_lab.training.epoch_end import Row
from backprop_lab.training.evaluation import Measured, is_sequential, measured
from backprop_lab.training.head import METRIC_LABELS, SCORE_LABELS
from backprop_lab.training.points import draw

USAGE = """\
python -m backprop_lab.evaluate run=FOLDER [seed=0] [to=FOLDER] [at=[[0.1,0.2],[0,0]]] [--config-dir=FOLDER]

  run=   a run folder, or one of its checkpoints such as FOLDER/checkpoints/best.ckpt
  seed=  seed of the fresh points
  to=    folder for the figure; by default a new one under outputs/evaluations
  at=    points to predict
  --config-dir=  folder with your own options"""
KEYS = ("run", "seed", "to", "at")


@dataclass(frozen=True)
class Evaluation:
    """Metrics by name: from the receipt, recomputed on the same validation points, and on fresh points.

    ``scores`` are what a receipt says beside these, recomputed, and ``fresh_scores`` those on fresh points.
    """

    stored: Row
    again: Row
    fresh: Row
    scores: dict[str, Any]
    fresh_scores: dict[str, Any]
    matches: bool
    """Whether the receipt says the same."""


def evaluate(run: Run, seed: int = 0) -> Evaluation:
    """Measure a run again. Raises ``RunError`` if the folder is damaged."""
    run.check_measurable()
    task, state = run.task, run.state()
    again, scores = measured(task, state, task.val)
    summary = run.summary if run.checkpoint == "last" else {}
    metrics_then, scores_then = summary.get("metrics", {}), summary.get("scores", {}).get("val")
    stored = {name: metrics_then[name] for name in again if metrics_then.get(name) is not None}
    if stored and stored != again and is_sequential(task):
        from backprop_lab.training import metrics  # earlier versions measured every network by torch

        by_torch = metrics.final_metrics(task, state, task.val)
        again = by_torch if by_torch == stored else again
    dataset = run.checked_config().dataset
    fresh, fresh_scores = Measured({}, {})
    if not hasattr(dataset.option, "table"):  # of which there are no other points
        points = task.preparation.of(draw(dataset, seed, purpose="fresh")).astype(task.dtype)
        fresh, fresh_scores = measured(task, state, points)
    matches = (not stored or stored == again) and (scores_then is None or scores_then == finite(scores))
    return Evaluation(stored, again, fresh, scores, fresh_scores, matches)


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    needed = {"run": "a run folder, such as run=outputs/runs/DATE/TIME"}
    return key_value.carry_out(arguments, USAGE, KEYS, needed, _carried_out)


def _carried_out(texts: dict[str, str]) -> int:
    given = {"seed": 0} | {key: _value(key, text) for key, text in texts.items()}
    run = Run.at(given["run"])
    evaluation = evaluate(run, given["seed"])
    predictions = _predictions(run, given["at"]) if "at" in given else []
    scores = _scores(evaluation, run.task.meaning.target)
    say(*_table(evaluation), *scores, *predictions, short(_draw(run, given.get("to"))))
    if not evaluation.matches:
        error("the metrics differ from those in summary.json: another machine, other versions, or changed weights")
    return 0 if evaluation.matches else 1


def _value(key: str, text: str) -> Any:
    if key in ("run", "to"):
        return text
    value = typed_value(text)
    if key == "seed" and not RULES["seed"].accepts(value):
        raise ConfigError("seed", value, RULES["seed"].allowed)
    return value


def _predictions(run: Run, points: Any) -> list[str]:
    try:
        predictions = run.predict(points)
    except RunError:
        raise
    except ValueError:
        raise ConfigError(
            "at", points, f"a list of points, each with {len(run.task.meaning.inputs)} finite coordinates"
        ) from None
    rows = np.asarray(points, dtype=float).reshape(len(predictions), -1)
    answers = [answer(of_point.tolist(), run.task.meaning.class_name, "{:.4f}".format) for of_point in predictions]
    pairs = zip(rows, answers, strict=True)
    return [f"f({', '.join(f'{value:g}' for value in x)}) = {said}" for x, said in pairs]


def _table(evaluation: Evaluation) -> list[str]:
    names = list(evaluation.again)
    parts: Mapping[str, Row] = {
        "stored by the run": evaluation.stored,
        "recomputed": evaluation.again,
        "fresh points": evaluation.fresh,
    }
    head = ["", *(METRIC_LABELS.get(name.removeprefix("val_"), name.removeprefix("val_")) for name in names)]
    return aligned([head, *([part, *(f"{row[name]:.6f}" for name in names)] for part, row in parts.items() if row)])


def _scores(evaluation: Evaluation, target: str) -> list[str]:
    """The scores, those of each class, and the confusion matrix."""
    parts = {"validation points": evaluation.scores, "fresh points": evaluation.fresh_scores}
    names = [name for name in SCORE_LABELS if name in evaluation.scores]
    rows = [[part, *(_known(scores[name]) for name in names)] for part, scores in parts.items() if scores]
    said = aligned([["", *(SCORE_LABELS[name] for name in names)], *rows])
    return [*said, *class_table(evaluation.scores, target)]


def _known(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.6f}"


def _draw(run: Run, to: str | None) -> Path:
    now = datetime.now()
    folder = Path(to) if to else Path("outputs", "evaluations", f"{now:%Y-%m-%d}", f"{now:%H-%M-%S-%f}")
    config = run.checked_config()
    file = folder / f"{run.task.head.picture}.{config.figure_format}"
    picture = file_of(prediction_figure(config, run.task, run.state()), config.figure_format)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise ConfigError("to", str(folder), f"a writable folder ({problem.strerror})") from None
    write("to", str(file), picture)
    return file


if __name__ == "__main__":
    sys.exit(main())
