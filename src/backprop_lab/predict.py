"""``python -m backprop_lab.predict run=FOLDER data=new.csv to=answers.csv``: what a trained network says of new rows.

The file needs the columns that the network was trained on, in any order. The answers are its rows with a column more
for the prediction, and for classes with the probability or margin of each.
"""

import signal

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C during the imports, and after the work, prints no traceback

import sys
from pathlib import Path

import numpy as np

from backprop_lab.config.errors import ConfigError
from backprop_lab.experiment import key_value, spreadsheet
from backprop_lab.experiment.paths import short
from backprop_lab.experiment.printing import say
from backprop_lab.experiment.writing import write
from backprop_lab.options.table import DataError
from backprop_lab.options.tables.again import NewRows, new_rows
from backprop_lab.runs.run import Run
from backprop_lab.training.task import Task

USAGE = """\
python -m backprop_lab.predict run=FOLDER data=FILE to=FILE [--config-dir=FOLDER]

  run=   a run folder, or one of its checkpoints such as FOLDER/checkpoints/best.ckpt
  data=  a table with the columns that the network was trained on, .csv, .tsv or .npz
  to=    the file for the answers, .csv
  --config-dir=  folder with your own options"""
NEEDED = {
    "run": "a run folder, such as run=outputs/runs/DATE/TIME",
    "data": "a file, such as data=new.csv",
    "to": "a file, such as to=answers.csv",
}


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    return key_value.carry_out(arguments, USAGE, list(NEEDED), NEEDED, _carried_out)


def _carried_out(given: dict[str, str]) -> int:
    run = Run.at(given["run"])
    try:
        rows = new_rows(given["data"], run.task.meaning)
    except DataError as wrong:
        raise ConfigError.saying(str(wrong)) from None
    predictions = run.predict(rows.x)
    _write(given["to"], given["data"], answers(run.task, rows, predictions))
    say(f"{len(predictions):,} predictions of {run.task.meaning.target}", short(given["to"]))
    return 0


def answers(task: Task, rows: NewRows, predictions: np.ndarray) -> str:
    """The rows as CSV, each with its prediction: a value, or the name of a class and a number for each class."""
    meaning, head = task.meaning, [f"predicted {task.meaning.target}"]
    if not task.head.is_classification:
        added: list[list[object]] = [[value] for value in predictions.tolist()]
    else:
        boundary = float(task.head.predictions(0.0)) if predictions.ndim == 1 else 0.0
        names = [meaning.class_name(label) for label in range(max(2, task.head.outputs))]
        of_each = predictions[:, None] if predictions.ndim == 1 else predictions
        what = "probability" if task.head.predicts_probabilities else "margin"
        head += [f"{what} of {name}" for name in (names if predictions.ndim == 2 else names[1:])]
        labels = predictions.argmax(axis=1) if predictions.ndim == 2 else (predictions > boundary).astype(int)
        added = [[names[label], *of.tolist()] for label, of in zip(labels, of_each, strict=True)]
    return spreadsheet.table(
        [[*rows.names, *head], *([*own, *new] for own, new in zip(rows.cells, added, strict=True))]
    )


def _write(to: str, data: str, text: str) -> None:
    file = Path(to)
    if file.exists() and file.samefile(data):
        raise ConfigError("to", to, "another file than data=, which is only read")
    write("to", to, text.encode())


if __name__ == "__main__":
    sys.exit(main())
