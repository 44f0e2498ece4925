"""Each file of a run folder is read in one place, which names the entry, the value and what is allowed."""

import io
import json
import resource
import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_lab.runs.errors import RunError
from backprop_lab.runs.run import Run
from conftest import ROOT

SECONDS, MEGABYTES = 10, 300  # of a reader that refuses, on a busy machine


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A folder with 6 rows, 7 frames and 48 + 12 points."""
    return Run(shutil.copytree(ROOT / "tests" / "folders" / "format_1" / "single", tmp_path / "run"))


def refusal(read: Callable[[], object], file: Path) -> str:
    """What a reader says against a file; soon, and with little memory."""
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(RunError) as refused:
        read()
    assert time.monotonic() - began < SECONDS
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e3 < MEGABYTES
    said = str(refused.value)
    assert said.startswith(f"{file}: ")
    assert "\n" not in said
    assert len(said) < len(str(file)) + 500
    return said.removeprefix(f"{file}: ")


HUGE = 10**400
RECEIPTS: dict[str, tuple[Any, str]] = {
    "metrics": (5, "metrics: got 5; allowed: values by name"),
    "metrics ": ({"val_loss": "<b>", "val_acc": 1}, "metrics.val_loss: got '<b>'; allowed: a finite number"),
    "metrics  ": ({"val_loss": 1, "foo": 2}, "metrics: got {'foo': 2, 'val_loss': 1}; allowed: val_loss and"),
    "metrics   ": ({"val_loss": HUGE, "val_acc": 1}, "metrics.val_loss: got 1000"),
    "metrics    ": ({"val_loss": True, "val_acc": 1}, "metrics.val_loss: got True"),
    "metrics     ": ({}, "metrics: got {}; allowed: numbers, since the run is finished"),
    "metrics      ": ({"val_loss": None, "val_acc": 1}, "metrics: got {'val_acc': 1, 'val_loss': None}; allowed: numb"),
    "best": (5, "best: got 5"),
    "best ": ({"val_loss": 1, "val_acc": 1}, "best: got {'val_acc': 1, 'val_loss': 1}; allowed: epoch, "),
    "seconds": ("x", "seconds: got 'x'; allowed: a finite number from 0"),
    "seconds ": (-1, "seconds: got -1"),
    "fit_seconds": ([1], "fit_seconds: got [1]"),
    "epochs": ("9", "epochs: got '9'; allowed: a whole number from 0"),
    "epochs ": (1.5, "epochs: got 1.5"),
    "steps": (2**63, f"steps: got {2**63}"),
    "versions": ([1], "versions: got [1]; allowed: values by name"),
    "versions ": ({"torch": 2}, "versions.torch: got 2; allowed: text"),
    "data_sha256": ("0" * 63, "data_sha256: got '000"),
    "error": ({"a": "b"}, "error: got {'a': 'b'}; allowed: text, or null"),
    "stopped": ({"epoch": 3}, "stopped: got {'epoch': 3}; allowed: epoch, reason"),
    "predictions": ([{"x": ["1"], "y": 0, "prediction": 0}], "predictions[0].x: got ['1']"),
    "predictions ": ([5] * 1001, "predictions: got [5, 5"),
    "note": ({"of": "mine"}, "note: got {'of': 'mine'}; allowed: text or a number"),
    "note ": ([[[]]] * 1000, "note: got [[[]], "),
    "format": (99, "format: got 99; allowed: 1 to "),
    "format ": (True, "format: got True"),
    "status": ("lost", "status: got 'lost'; allowed: not run, queued"),
}


@pytest.mark.parametrize("entry", RECEIPTS)
def test_a_receipt_with_a_wrong_entry(entry: str, run: Run) -> None:
    value, words = RECEIPTS[entry]
    run.summary_file.write_text(json.dumps(json.loads(run.summary_file.read_text()) | {entry.strip(): value}))
    assert words in refusal(lambda: run.summary, run.summary_file)


TEXTS = {
    '{"seconds": NaN}': "NaN is not a finite number",
    '{"seconds": -Infinity}': "-Infinity is not a finite number",
    '{"seconds": 1e999}': "seconds: got inf",
    '{"epochs": 1, "epochs": 2}': "epochs: got 'it twice'; allowed: each entry once",
    f'{{"epochs": {"9" * 5000}}}': "not JSON",
    '{"a":' * 900 + "1" + "}" * 900: "a: got {",
}


@pytest.mark.parametrize("text", TEXTS, ids=[text[:12] for text in TEXTS])
def test_json_that_no_receipt_is_made_of(text: str, run: Run) -> None:
    run.summary_file.write_text(text)
    assert TEXTS[text] in refusal(lambda: run.summary, run.summary_file)


def test_a_receipt_without_an_entry_says_what_a_new_one_does(run: Run) -> None:
    run.summary_file.write_text('{"status": "interrupted"}')
    assert run.status == "interrupted"
    assert (run.summary["metrics"], run.summary["epochs"], run.objective) == ({}, 0, float("inf"))


COLUMNS = "epoch,step,train_loss,train_acc,val_loss,val_acc"
TABLES = {
    "epoch,step\n1,2\n": f"columns: got 'epoch,step'; allowed: {COLUMNS}",
    f"{COLUMNS},more\n1,2,3,4,5,6,7\n": "columns: got",
    f"{COLUMNS}\n1,2,3,4,5,x\n": "could not convert string 'x'",
    f"{COLUMNS}\n1,2,3,4,5\n": "values in a row: got 5; allowed: 6",
    f"{COLUMNS}\n1,2,3,4,5,6\n2,2\n": "number of columns changed",
    f"{COLUMNS}\n1,2,3,4,5,nan\n": "val_acc in row 1: got nan; allowed: a finite number",
    f"{COLUMNS}\n1,2,-inf,4,5,6\n": "train_loss in row 1: got -inf",
    f"{COLUMNS}\n1.5,2,3,4,5,6\n": "epoch in row 1: got 1.5; allowed: a whole number that grows",
    f"{COLUMNS}\n2,2,3,4,5,6\n1,4,3,4,5,6\n": "epoch in row 2: got 1.0",
    f"{COLUMNS}\n7,14,3,4,5,6\n": "epoch in row 1: got 7.0; allowed: a whole number that grows from row to row, from 1",
    f"{COLUMNS}\n1,1e300,3,4,5,6\n": "step in row 1: got 1e+300",
}


@pytest.mark.parametrize("text", TABLES, ids=[repr(text[-20:]) for text in TABLES])
def test_rows_with_something_wrong(text: str, run: Run) -> None:
    run.metrics_file.write_text(text)
    assert TABLES[text] in refusal(run.metrics, run.metrics_file)


def test_more_rows_than_the_run_has_epochs(run: Run) -> None:
    run.metrics_file.write_bytes(COLUMNS.encode() + b"\n" + b"1,2,3,4,5,6\n" * 5_000_000)
    assert refusal(run.metrics, run.metrics_file).startswith("60,000,049 bytes; at most")


def zipped(file: Path, **shapes: tuple[tuple[int, ...], str]) -> None:
    """An npz file of zeros, compressed a thousandfold."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (shape, dtype) in shapes.items():
            header = io.BytesIO()
            np.lib.format.write_array_header_1_0(header, {"descr": dtype, "fortran_order": False, "shape": shape})
            with archive.open(f"{name.replace('__', '/')}.npy", "w", force_zip64=True) as entry:
                entry.write(header.getvalue())
                for _ in range(int(np.prod(shape)) * np.dtype(dtype).itemsize // 1_000_000):
                    entry.write(bytes(1_000_000))


@pytest.mark.parametrize("frames", [8, 300_000])
def test_more_frames_than_the_run_has_epochs(frames: int, run: Run) -> None:
    with np.load(run.frames_file) as file:
        rest = {name: (array.shape[1:], array.dtype.str) for name, array in file.items()}
    zipped(run.frames_file, **{name: ((frames, *shape), dtype) for name, (shape, dtype) in rest.items()})
    assert "at most" in (said := refusal(run.frames, run.frames_file)) or "epoch: got 'shape" in said


def changed(file: Path, **arrays: Any) -> None:
    with np.load(file) as stored:
        given = dict(stored) | {name.replace("__", "/"): value for name, value in arrays.items()}
    np.savez(file, **{name: value for name, value in given.items() if value is not None})


FRAMES: dict[str, tuple[dict[str, Any], str]] = {
    "none": ({"epoch": np.empty(0, np.int64)}, "epoch: got 'shape [0]'; allowed: 1 to 7 frames"),
    "a number": ({"epoch": np.int64(3)}, "epoch: got 'shape []'"),
    "halves": ({"epoch": np.arange(7) / 2}, "epoch: got 'float64 [7]'; allowed: int64 [7]"),
    "backwards": ({"epoch": np.arange(7)[::-1]}, "epoch of frame 2: got 5"),
    "negative": ({"step": np.arange(7) - 1}, "step of frame 1: got -1"),
    "late": ({"epoch": np.arange(7) + 1}, "epoch of frame 7: got 7; allowed: numbers that grow from 0, up to 6"),
    "no steps": ({"step": None}, "step: got 'nothing'"),
    "one more": ({"weights__x": np.zeros(7)}, "weights/x: got 'an array'"),
    "wide": (
        {"weights__layers.0.weight": np.zeros((7, 9, 2), np.float32)},
        "got 'float32 [7, 9, 2]'; allowed: float32",
    ),
    "double": ({"weights__layers.0.weight": np.zeros((7, 8, 2))}, "got 'float64 [7, 8, 2]'"),
    "not numbers": ({"weights__layers.0.bias": np.full((7, 8), np.nan, np.float32)}, "weights/layers.0.bias: got"),
}


@pytest.mark.parametrize("name", FRAMES)
def test_frames_with_something_wrong(name: str, run: Run) -> None:
    arrays, words = FRAMES[name]
    changed(run.frames_file, **arrays)
    assert words in refusal(run.frames, run.frames_file)


def test_an_array_twice(run: Run) -> None:
    with zipfile.ZipFile(run.frames_file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("epoch.npy", archive.read("epoch.npy"))
    assert "two arrays of one name" in refusal(run.frames, run.frames_file)


POINTS: dict[str, tuple[dict[str, Any], str]] = {
    "too many": (
        {"train_x": np.zeros((49, 2)), "train_y": np.zeros(49)},
        "train_x: got 'float64 [49, 2]'; allowed: fl",
    ),
    "of three classes": ({"val_y": np.arange(12.0)}, "targets: got 'another number'; allowed: 0 or 1"),
    "too large": ({"val_x": np.full((12, 2), 1e300)}, "val_x: got 'a number that is not finite'; allowed: finite num"),
    "whole": ({"val_y": np.zeros(12, int)}, "val_y: got 'int64 [12]'"),
    "one more array": ({"more": np.zeros(12)}, "arrays: got ['more', 't"),
}


@pytest.mark.parametrize("name", POINTS)
def test_points_with_something_wrong(name: str, run: Run) -> None:
    arrays, words = POINTS[name]
    changed(run.data_file, **arrays)
    assert words in refusal(lambda: run.task, run.data_file)


def test_points_that_unpack_to_much_more(run: Run) -> None:
    zipped(run.data_file, **{f"{part}_{axis}": ((20_000_000,), "<f8") for part in ("train", "val") for axis in "xy"})
    refusal(lambda: run.task, run.data_file)


@pytest.mark.parametrize("override", ["5", "null", "[a=b]", "{a: b}", "true"])
def test_overrides_that_are_no_text(override: str, run: Run) -> None:
    run.overrides_file.write_text(f"- seed=1\n- {override}\n")
    assert "override 2: got" in refusal(lambda: run.overrides, run.overrides_file)


def test_a_key_twice_in_the_configuration(run: Run) -> None:
    run.config_file.write_text(run.config_file.read_text() + "epochs: 3\n")
    assert "the key epochs stands here a second time" in refusal(lambda: run.config, run.config_file)
