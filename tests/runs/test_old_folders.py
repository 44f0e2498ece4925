"""Folders that earlier versions wrote open for ever.

Those of format 1 were written by commit e7a3cf7, those of format 2 by 4284580.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from backprop_lab import Run, engines
from backprop_lab import evaluate as evaluation
from backprop_lab.config.upgrade import FORMAT, upgrade
from backprop_lab.report import __main__ as report
from backprop_lab.runs.errors import RunError
from backprop_lab.sweep import __main__ as sweep
from backprop_lab.training.first_state import first_state
from conftest import ROOT, Program

FOLDERS = ROOT / "tests" / "folders"
FORMAT_1 = FOLDERS / "format_1"
RUNS = ("format_1/single", "format_1/xor_mse", "format_1/line", "format_1/interrupted", "format_2/single")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A copy of the folders, to work in."""
    return Path(shutil.copytree(FORMAT_1, tmp_path / "old"))


@pytest.mark.parametrize("name", RUNS)
def test_an_old_run_is_read(name: str) -> None:
    run = Run(FOLDERS / name)
    written = json.loads((FOLDERS / name / "summary.json").read_text())
    state = run.state()
    assert state.weights_sha256 == written["weights_sha256"]
    assert (state.epoch, state.step) == (written["epochs"], written["steps"])
    assert run.task.data_sha256 == written["data_sha256"]
    assert len(run.frames()) > 1
    assert run.metrics()["epoch"][-1] == written["epochs"]
    x = torch.from_numpy(run.task.val.x)
    outputs = run.network()(x).detach().numpy()
    expected = [prediction["prediction"] for prediction in written["predictions"]]
    assert np.allclose(run.task.head.predictions(outputs), expected, atol=1e-6)


@pytest.mark.parametrize("name", RUNS)
def test_an_old_run_is_measured_again_with_the_same_metrics(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluation.main([f"run={FOLDERS / name}", f"to={tmp_path}"]) == 0, capsys.readouterr().err


def test_an_old_run_that_was_interrupted_ends_as_if_it_had_not_been(old: Path, program: Program) -> None:
    done = program(f"resume={old / 'interrupted'}")
    assert done.status == 0, done.err
    run = Run(old / "interrupted")
    assert run.summary["format"] == FORMAT
    assert run.checked_config().dataset.task == "binary"
    anew = train(run)
    assert set(run.state().weights) == set(anew)
    for name, weight in run.state().weights.items():  # the last bits are those of a processor
        np.testing.assert_allclose(weight, anew[name], rtol=0, atol=1e-5)


def train(run: Run) -> dict[str, np.ndarray]:
    """The weights of the same training here and now."""
    return engines.load(run.checked_config().engine)(run.task, first_state(run.task), lambda end: None).weights


@pytest.mark.parametrize("name", ["format_1/single", "format_2/single"])
def test_an_old_run_goes_on_to_more_epochs(name: str, tmp_path: Path, program: Program) -> None:
    folder = Path(shutil.copytree(FOLDERS / name, tmp_path / "old"))
    assert program(f"resume={folder}", "epochs=8").status == 0
    run = Run(folder)
    assert run.state().epoch == 8
    assert run.metrics()["epoch"].tolist() == list(range(1, 9))


@pytest.mark.parametrize("name", RUNS)
def test_an_old_run_gets_a_page(name: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDERS / name, tmp_path / "old"))
    assert report.main([str(folder)]) == 0
    assert (folder / "report.html").stat().st_size > 0


@pytest.mark.parametrize("name", ["sweep", "batched"])
def test_an_old_sweep_is_tabled_and_gets_a_page(name: str, old: Path) -> None:
    before = (old / name / "sweep.csv").read_text()
    failed = name == "sweep"  # two of its jobs diverged
    assert sweep.main([str(old / name)]) == int(failed)
    assert (old / name / "sweep.csv").read_text() == before
    assert report.main([str(old / name)]) == 0
    assert (old / name / "report.html").is_file()


@pytest.mark.parametrize("name", ["sweep", "batched"])
def test_an_old_sweep_is_completed(name: str, old: Path) -> None:
    missing = old / name / "1"
    expected = json.loads((missing / "summary.json").read_text())
    for file in missing.iterdir():
        if file.name != ".hydra":
            shutil.rmtree(file) if file.is_dir() else file.unlink()
    sweep.main([str(old / name), "--complete"])
    run = Run(missing)
    assert run.status == "finished"
    assert run.summary["data_sha256"] == expected["data_sha256"]
    assert run.summary["metrics"]["val_loss"] == pytest.approx(expected["metrics"]["val_loss"], abs=1e-6)


def test_what_a_missing_key_meant_is_not_what_it_means_today() -> None:
    """The table of a format is not made from today's defaults."""
    plain = {"dataset": {"name": "circle", "task": "classification"}, "model": {"name": "mlp"}, "loss": "bce"}
    upgraded = upgrade(plain, 1)
    assert upgraded["dataset"]["task"] == "binary"
    assert upgraded["loss"] == {"name": "bce"}
    assert upgraded["model"] == {"name": "mlp", "dropout": 0.0}
    assert (upgraded["penalty"]["name"], upgraded["stop"]["name"]) == ("none", "never")
    assert upgrade(upgraded, 1) == upgraded
    assert plain["loss"] == "bce"
    logged = upgrade({"logger": {"tensorboard": {}, "csv": {}}}, 2)
    assert logged == {"logger": {"tensorboard": {"histograms": False}, "csv": {}}, "figure_format": "png"}
    assert upgrade(logged, 2) == logged


def test_a_folder_of_a_later_version_is_refused_in_one_line(old: Path) -> None:
    file = old / "single" / "summary.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format": FORMAT + 1}))
    with pytest.raises(RunError, match=f"format: got {FORMAT + 1}; allowed: 1 to {FORMAT} in this version"):
        Run(old / "single").checked_config()
