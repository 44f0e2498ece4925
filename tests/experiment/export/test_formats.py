"""What an exported file computes is what the run predicts, and it stands alone."""

import csv
import functools
import io
import json
import math
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_lab.config.errors import ConfigError
from backprop_lab.experiment.export import listing
from backprop_lab.runs.run import Run
from conftest import Own, quick_of
from experiment.export.networks import CASES, PLANE, RESIDUAL, New, new_rows, tolerance, trained

ONNX = ("onnx", "onnxscript", "onnxruntime")
SLOWER = quick_of(CASES, "three classes and a column of words", "features of the plane")
"""For formats that torch records, in seconds each."""


@pytest.fixture(scope="module")
def run_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Run]:
    """The run of a case, trained once."""
    return functools.cache(lambda *overrides: trained(tmp_path_factory.mktemp("export"), *overrides))


@pytest.fixture(scope="module")
def page(browser: Any) -> Iterator[Any]:
    made = browser.new_page()
    yield made
    made.close()


def exported(run: Run, name: str) -> bytes:
    content: bytes = listing.module(name).exported(run)
    return content


def same(run: Run, found: Any, expected: np.ndarray) -> None:
    assert np.shape(found) == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance(run))


# -- numpy ------------------------------------------------------------------------------------------------------------


def of_numpy(run: Run, folder: Path) -> dict[str, Any]:
    file = folder / "network.py"
    file.write_bytes(exported(run, "numpy"))
    return runpy.run_path(str(file))


@pytest.mark.parametrize("case", CASES)
def test_numpy_computes_what_the_run_predicts(case: str, run_of: Callable[..., Run], tmp_path: Path) -> None:
    run = run_of(*CASES[case])
    new, made = new_rows(run), of_numpy(run, tmp_path)
    same(run, made["predict"](new.rows), new.predictions)
    same(run, made["predict"]([list(row.values()) for row in new.rows]), new.predictions)
    if not any(column.categories for column in run.task.meaning.columns):
        array = np.array([list(row.values()) for row in new.rows])
        same(run, made["predict"](array), new.predictions)
    assert made["predict"]([]).shape == new.predictions[:0].shape
    assert made["SOURCE"]["weights_sha256"] == run.summary["weights_sha256"]
    assert made["SOURCE"]["val_loss"] == run.summary["metrics"]["val_loss"]


def test_the_file_of_numpy_needs_nothing_else(run_of: Callable[..., Run], tmp_path: Path) -> None:
    """Where this package is not installed; the rows come from the csv module, as texts."""
    run = run_of(*CASES["three classes and a column of words"])
    (tmp_path / "network.py").write_bytes(exported(run, "numpy"))
    new = new_rows(run)
    with (tmp_path / "new.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, ["other", *new.rows[0]], restval="x")
        table.writeheader()
        table.writerows(new.rows)
    code = """
import sys
sys.modules["backprop_lab"] = sys.modules["torch"] = None
sys.path.insert(0, sys.argv[1])
import csv, json, network
with open(sys.argv[1] + "/new.csv", newline="") as file:
    print(json.dumps([network.CLASSES, network.predict(csv.DictReader(file)).tolist()]))
"""
    done = subprocess.run([sys.executable, "-I", "-c", code, tmp_path], capture_output=True, text=True, check=True)
    classes, predictions = json.loads(done.stdout)
    assert classes == ["lily", "rose", "tulip"]
    same(run, predictions, new.predictions)


FLOWER = {"length": 5.5, "width": 3, "colour": "red"}
WRONG: dict[str, tuple[Any, str]] = {
    "a category": (
        {**FLOWER, "colour": "blue"},
        "row 1, column 'colour': got 'blue'; allowed: one of ['red', 'white']",
    ),
    "a number": ({**FLOWER, "width": "wide"}, "row 1, column 'width': got 'wide'; allowed: a finite number"),
    "an empty cell": ({**FLOWER, "width": ""}, "row 1, column 'width': got ''; allowed: a finite number"),
    "nan": ({**FLOWER, "width": float("nan")}, "row 1, column 'width': got nan; allowed: a finite number"),
    "a column": ({"length": 5.5, "width": 3}, "row 1, column 'colour': missing"),
    "too few": ([5.5, 3], "row 1: got [5.5, 3]; allowed: 3 cells"),
    "no row": (5.5, "row 1: got 5.5; allowed: 3 cells"),
}


@pytest.mark.parametrize("case", WRONG)
def test_numpy_refuses_what_the_run_would(case: str, run_of: Callable[..., Run], tmp_path: Path) -> None:
    row, said = WRONG[case]
    predict = of_numpy(run_of(*CASES["three classes and a column of words"]), tmp_path)["predict"]
    with pytest.raises(ValueError) as refused:  # noqa: PT011 (the text is compared below)
        predict([row])
    assert said in str(refused.value)


# -- javascript -------------------------------------------------------------------------------------------------------

IMPORTED = """async ([source, rows]) => {
  const network = await import("data:text/javascript;base64," + btoa(source));
  const { columns, target, classes } = network;
  try {
    return { columns, target, classes, found: network.predict(rows) };
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}"""


def in_browser(page: Any, run: Run, rows: list[Any]) -> Any:
    return page.evaluate(IMPORTED, [exported(run, "javascript").decode("ascii"), rows])


@pytest.mark.parametrize("case", CASES)
def test_javascript_computes_what_the_run_predicts(case: str, run_of: Callable[..., Run], page: Any) -> None:
    run = run_of(*CASES[case])
    new = new_rows(run)
    for rows in (new.rows, [list(row.values()) for row in new.rows]):
        same(run, in_browser(page, run, rows)["found"], new.predictions)


@pytest.mark.parametrize("case", [case for case in WRONG if case != "nan"])  # which JSON cannot say
def test_javascript_refuses_what_the_run_would(case: str, run_of: Callable[..., Run], page: Any) -> None:
    row, said = WRONG[case]
    refusal = in_browser(page, run_of(*CASES["three classes and a column of words"]), [row])
    assert refusal.startswith("RangeError: row 1")
    place, _, allowed = said.partition(": got")
    assert place.replace("'", '"') in refusal
    assert allowed.rpartition("; ")[2].replace("'", '"').replace(", ", ",") in refusal.replace(", ", ",")


# -- json -------------------------------------------------------------------------------------------------------------

OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": np.add, "-": lambda a, b=None: -a if b is None else a - b, "*": np.multiply, "/": np.divide, "<": np.less,
    ">": np.greater, "where": np.where, "abs": np.abs, "exp": np.exp, "log1p": np.log1p, "sin": np.sin,
    "sqrt": np.sqrt, "tanh": np.tanh, "max": lambda z: z.max(-1, keepdims=True),
    "sum": lambda z: z.sum(-1, keepdims=True),
}  # fmt: skip


def value_of(tree: Any, **named: Any) -> Any:
    if isinstance(tree, list):
        return OPERATIONS[tree[0]](*(value_of(operand, **named) for operand in tree[1:]))
    return named[tree] if isinstance(tree, str) else tree


def one(column: dict[str, Any], row: dict[str, Any]) -> list[float]:
    """The inputs of a column."""
    cell = row[column["name"]]
    if cell == "" and column["filling"] is not None:
        cell = column["filling"]
    return [float(cell == category) for category in column["categories"]] or [cell]


def computed(plain: dict[str, Any], rows: list[dict[str, Any]]) -> np.ndarray:
    """As docs/export.md tells it."""
    x = np.array([[number for column in plain["columns"] for number in one(column, row)] for row in rows])
    if plain["features"]:
        x = np.stack([value_of(tree, x1=x[:, 0], x2=x[:, 1]) for tree in plain["features"]], axis=1)
    if plain["mean"]:
        x = (x - plain["mean"]) / plain["scale"]
    for layer in plain["layers"]:
        x = value_of(layer["activation"], z=x @ np.transpose(layer["weights"]) + (layer["biases"] or 0.0))
    predictions = value_of(plain["prediction"], z=x)
    return predictions[:, 0] if predictions.shape[1] == 1 else predictions


@pytest.mark.parametrize("case", CASES)
def test_the_numbers_of_json_are_enough_to_compute_it(case: str, run_of: Callable[..., Run]) -> None:
    run = run_of(*CASES[case])
    new = new_rows(run)
    same(run, computed(json.loads(exported(run, "json")), new.rows), new.predictions)


# -- torch and onnx ---------------------------------------------------------------------------------------------------


def in_places(run: Run, new: New) -> np.ndarray:
    """The rows as numbers, a category by its place, and NaN for a cell with nothing in it."""
    columns = {column.name: column.categories for column in run.task.meaning.columns}

    def number(name: str, cell: str | float) -> float:
        if cell == "":
            return math.nan
        return columns[name].index(str(cell)) if columns[name] else float(cell)

    return np.array([[number(name, cell) for name, cell in row.items()] for row in new.rows])


def of_torch(run: Run) -> tuple[Any, dict[str, Any]]:
    import torch

    about = {"about.json": ""}
    program = torch.export.load(io.BytesIO(exported(run, "torch")), extra_files=about)
    return program.module(), json.loads(about["about.json"])


@pytest.mark.parametrize("case", SLOWER)
def test_torch_computes_what_the_run_predicts(case: str, run_of: Callable[..., Run]) -> None:
    import torch

    run = run_of(*CASES[case])
    new = new_rows(run)
    network, about = of_torch(run)
    for n in (20, 1):
        found = network(torch.from_numpy(in_places(run, new)[:n]))
        same(run, found, new.predictions[:n])
    assert about["target"] == run.task.meaning.target
    if len(about["columns"]) == 3 and about["columns"][2]["filling"] is None:
        for wrong in (-1.0, 2.0, 0.5, float("nan")):
            with pytest.raises(RuntimeError, match="column 3: a category is given by its number, from 0 to 1"):
                network(torch.tensor([[5.5, 3.0, wrong]], dtype=torch.float64))


@pytest.mark.slow
def test_the_file_of_torch_needs_nothing_else(run_of: Callable[..., Run], tmp_path: Path) -> None:
    """Where this package is not installed, which the process cannot import."""
    run = run_of(*RESIDUAL)
    new = new_rows(run)
    (tmp_path / "network.pt2").write_bytes(exported(run, "torch"))
    code = """
import sys
sys.modules["backprop_lab"] = None
import json, torch
x = torch.tensor(json.loads(sys.argv[2]), dtype=torch.float64)
print(json.dumps(torch.export.load(sys.argv[1]).module()(x).tolist()))
"""
    given = [str(tmp_path / "network.pt2"), json.dumps(in_places(run, new).tolist())]
    done = subprocess.run([sys.executable, "-I", "-c", code, *given], capture_output=True, text=True, check=True)
    same(run, json.loads(done.stdout), new.predictions)


NO_FORMULA = """
def value(z):
    return z / (1.0 + abs(z)) if not hasattr(z, "tree") else z.tree.nothing


def slope(z, a):
    return (1.0 - abs(a)) * (1.0 - abs(a))
"""


@pytest.mark.slow
def test_torch_exports_models_and_activations_of_any_kind(run_of: Callable[..., Run], own: Own, tmp_path: Path) -> None:
    import torch

    own("activation", "own_kind", NO_FORMULA)
    for overrides in (RESIDUAL, (*CASES["one layer"], "model=mlp", "model.activation=own_kind", "model.hidden=3")):
        (tmp_path / str(len(overrides))).mkdir()
        run = trained(tmp_path / str(len(overrides)), *overrides)
        new = new_rows(run)
        same(run, of_torch(run)[0](torch.from_numpy(in_places(run, new))), new.predictions)


@pytest.mark.parametrize("case", [*SLOWER, pytest.param("residual", marks=pytest.mark.slow)])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_onnx_computes_what_the_run_predicts(
    case: str, run_of: Callable[..., Run], capfd: pytest.CaptureFixture[str]
) -> None:
    for package in ONNX:
        pytest.importorskip(package, reason=f"needs {package}: pip install {' '.join(ONNX)}")
    import onnxruntime

    run = run_of(*(RESIDUAL if case == "residual" else CASES[case]))
    new = new_rows(run)
    session = onnxruntime.InferenceSession(exported(run, "onnx"))
    for n in (20, 1):
        (found,) = session.run(["predictions"], {"x": in_places(run, new)[:n]})
        same(run, found, new.predictions[:n])
    about = json.loads(session.get_modelmeta().custom_metadata_map["about"])
    assert about["source"]["weights_sha256"] == run.summary["weights_sha256"]
    assert capfd.readouterr().err == ""
    if len(about["columns"]) == 3 and about["columns"][2]["filling"] is None:
        for wrong in (-1.0, 2.0, 0.5, float("nan")):
            with pytest.raises(Exception, match="out of data bounds"):
                session.run(None, {"x": np.array([[5.5, 3.0, wrong]])})


# -- all --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in listing.names() if name not in listing.for_any_model()])
def test_what_has_no_formula_is_declined_with_the_formats_that_need_none(name: str, own: Own, tmp_path: Path) -> None:
    own("activation", "own_kind", NO_FORMULA)
    for folder, overrides, said in (
        ("one", RESIDUAL, "model: got residual; allowed: layers in a row, or format=onnx or torch"),
        (
            "two",
            (*CASES["no biases"], "model.activation=own_kind"),
            "activation: got own_kind; allowed: a formula of z",
        ),
    ):
        (tmp_path / folder).mkdir()
        with pytest.raises(ValueError) as declined:  # noqa: PT011 (the text is compared below)
            exported(trained(tmp_path / folder, *overrides), name)
        assert said in str(declined.value)


BRANCHES = """
def build(in_features, outputs):
    from torch import nn

    class Branches(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(in_features, outputs)

        def forward(self, x):
            z = self.layer(x).squeeze(-1)
            return z if z.mean() > 0 else 2 * z

    return Branches()
"""


@pytest.mark.slow
def test_a_model_that_torch_cannot_record_is_declined_in_one_line(
    own: Own, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    own("model", "branches", BRANCHES, "defaults: [_base_]\nname: branches\n")
    run = trained(tmp_path, *PLANE, "model=branches", "engine=module")
    capfd.readouterr()
    with pytest.raises(ConfigError) as declined:
        exported(run, "torch")
    said = str(declined.value)
    assert said.startswith("model: got branches; allowed: one that torch.export can record for format=torch (")
    assert "\n" not in said
    assert capfd.readouterr().err == ""


SWISH = """
from backprop_lab.options.arithmetic import sigmoid


def value(z):
    return z * sigmoid(z)


def slope(z, a):
    s = sigmoid(z)
    return s + a * (1.0 - s)
"""


def test_a_formula_of_ones_own_is_exported(own: Own, page: Any, tmp_path: Path) -> None:
    own("activation", "swish", SWISH)
    run = trained(tmp_path, *CASES["no biases"], "model.activation=swish")
    new = new_rows(run)
    same(run, of_numpy(run, tmp_path)["predict"](new.rows), new.predictions)
    same(run, in_browser(page, run, new.rows)["found"], new.predictions)
    same(run, computed(json.loads(exported(run, "json")), new.rows), new.predictions)
