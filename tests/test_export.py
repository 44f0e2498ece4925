"""The command line of export; what the formats compute is tested in tests/experiment/export."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from backprop_lab import export
from backprop_lab.experiment.export import listing
from backprop_lab.runs.run import Run
from conftest import Train

QUICK = (
    "epochs=3",
    "engine=by_hand",
    "logger=none",
    "report=false",
    "callbacks=[]",
    "dataset.n_samples=100",
)


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert export.main(list(arguments)) == 2
    error: str = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


@pytest.mark.parametrize("name", [name for name in listing.names() if name not in listing.for_any_model()])
def test_the_file_is_where_the_user_says_and_comes_without_torch(name: str, train: Train, tmp_path: Path) -> None:
    run, to = train(*QUICK), tmp_path / "network"
    code = "import sys; from backprop_lab import export; print(export.main(sys.argv[1:]), 'torch' in sys.modules)"
    arguments = [f"run={run.folder}", f"format={name}", f"to={to}"]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1:] == ["0 False"]
    assert to.read_bytes() == listing.module(name).exported(run)


def test_a_checkpoint_can_be_exported(train: Train, tmp_path: Path) -> None:
    run = train(*QUICK)
    best = run.checkpoint_file("best")
    assert export.main([f"run={best}", "format=json", f"to={tmp_path / 'best.json'}"]) == 0
    digest = Run.at(best).state().weights_sha256
    assert digest in (tmp_path / "best.json").read_text()


def test_wrong_input_is_one_line_and_leaves_nothing(
    train: Train, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = train(*QUICK)
    there, to = f"run={run.folder}", f"to={tmp_path / 'out'}"
    before = sorted(tmp_path.iterdir())
    assert "format: got numpi; allowed: javascript, json, numpy" in refusal(capsys, there, "format=numpi", to)
    assert "format: got nothing; allowed: one of javascript, json" in refusal(capsys, there, to)
    assert "to: got nothing" in refusal(capsys, there, "format=json")
    assert "not a run folder" in refusal(capsys, f"run={tmp_path}", "format=json", to)
    assert "a file that can be written" in refusal(capsys, there, "format=json", f"to={tmp_path}")
    assert "forma: no such key" in refusal(capsys, there, "forma=json", to)
    assert sorted(tmp_path.iterdir()) == before


def test_a_package_that_is_missing_is_named_with_its_extra(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    run = train(*QUICK)
    said = refusal(capsys, f"run={run.folder}", "format=onnx", f"to={tmp_path / 'x.onnx'}")
    others = ", ".join(name for name in listing.names() if name != "onnx")
    assert said == f"error: format: got onnx; allowed: {others}; this one after pip install 'backprop-lab[onnx]'\n"
    assert not (tmp_path / "x.onnx").exists()


def test_weights_that_are_no_numbers_are_not_exported(
    train: Train, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = train(*QUICK)
    state = run.state()
    next(iter(state.weights.values()))[0] = float("nan")
    run.write_state("last", state)
    to = tmp_path / "network.py"
    assert "its weights are not finite" in refusal(capsys, f"run={run.folder}", "format=numpy", f"to={to}")
    assert not to.exists()


def test_the_help_has_a_line_for_each_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert export.main(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name in listing.names():
        assert sum(line.split()[:1] == [name] for line in lines) == 1
