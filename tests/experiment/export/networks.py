"""Small trained networks of every kind, and new rows for them in the units of their tables."""

import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from backprop_lab.experiment import experiment
from backprop_lab.options import discovery
from backprop_lab.options.table import FILLED
from backprop_lab.runs.run import Run
from conftest import FLOWERS, Silent, configured

QUICK = ("epochs=3", "engine=by_hand", "logger=none", "report=false", "callbacks=[]")
PLANE = ("dataset.n_samples=100", "dataset.batch_size=10")
FEATURES = "dataset.features=[x1,x2,x1_squared,x2_squared,x1_x2,sin_x1,sin_x2]"
CASES: dict[str, tuple[str, ...]] = {
    "three classes and a column of words": ("dataset=csv", f"dataset.path={FLOWERS}"),
    "values far from 0 and 1": ("dataset=csv", "dataset.path=houses.csv"),
    "missing cells": ("dataset=csv", "dataset.path=gaps.csv", "dataset.missing=mean"),
    "features of the plane": (*PLANE, FEATURES, "dataset.standardize=true", "model.hidden=[6,5]"),
    "no biases": (*PLANE, "model.bias=false"),
    "one layer": (*PLANE, "model=single_layer"),
    "margins": (*PLANE, "loss=hinge"),
    "margins of classes": (*PLANE, "dataset=blobs", "loss=hinge"),
    "double precision": (*PLANE, "dataset=blobs", "precision=64", "model.dropout=0.5"),
    **{name: (*PLANE, f"model.activation={name}") for name in discovery.names("activation")},
}
RESIDUAL = (*PLANE, "model=residual", "model.width=5", "engine=module")


class New(NamedTuple):
    """Rows as a user has them, by the name of the column, and the run's own predictions of them."""

    rows: list[dict[str, float | str]]
    predictions: np.ndarray


def houses(file: Path) -> None:
    random = np.random.default_rng(0)
    size, year = random.uniform(50, 200, 80), random.integers(1990, 2020, 80)
    place = random.choice(["town", "village"], 80)
    prices = 2000 * size + 50_000 + 90_000 * (place == "town") + 40 * (year - 2000) ** 2
    lines = [f"{s:.1f},{y},{p},{price:.0f}" for s, y, p, price in zip(size, year, place, prices, strict=True)]
    file.write_text("\n".join(["size,year,place,price", *lines]))


def gaps(file: Path, complete: Path) -> None:
    """The same houses, of which some have no size and some no place."""
    random = np.random.default_rng(2)
    header, *rows = (line.split(",") for line in complete.read_text().splitlines())
    for row in rows:
        for column in (0, 2):
            row[column] = "" if random.uniform() < 0.2 else row[column]
    file.write_text("\n".join(map(",".join, [header, *rows])))


def trained(folder: Path, *overrides: str) -> Run:
    houses(folder / "houses.csv")
    gaps(folder / "gaps.csv", folder / "houses.csv")
    given = [
        one.replace("path=houses", f"path={folder}/houses").replace("path=gaps", f"path={folder}/gaps")
        for one in (*QUICK, *overrides)
    ]
    run = Run(folder / "run")
    experiment.train(configured(*given), run, given, Silent(), keep_points=True, began=time.monotonic())
    return run


def new_rows(run: Run, n: int = 20) -> New:
    """Where a cell may be missing, some are: an empty text, as in a file."""
    random, given = np.random.default_rng(1), run.task.given.train.x
    rows: list[dict[str, float | str]] = []
    x: list[list[float]] = []
    for _ in range(n):
        row: dict[str, float | str] = {}
        inputs: list[float] = []
        for column in run.task.meaning.columns:
            if column.categories:
                word = str(random.choice(column.categories))
                row[column.name] = "" if word == FILLED else word
                inputs += [float(word == category) for category in column.categories]
            else:
                values = given[:, len(inputs)]
                row[column.name] = number = float(random.uniform(values.min(), values.max()))
                if column.filling is not None and len(rows) % 3 == 0:
                    row[column.name], number = "", column.filling
                inputs.append(number)
        rows.append(row)
        x.append(inputs)
    return New(rows, run.predict(x))


def tolerance(run: Run) -> float:
    """1e-6 of what the targets differ by."""
    targets = run.task.given.train.y
    return 1e-6 * float(targets.max() - targets.min())
