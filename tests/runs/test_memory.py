"""A small folder that asks for more than the machine has is refused before anything is allocated."""

import os
import shutil
from pathlib import Path

import pytest

from backprop_lab import evaluate
from backprop_lab.report import __main__ as report
from backprop_lab.report.run import page
from backprop_lab.runs import memory
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.run import Run
from conftest import ROOT


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(memory, "_total", lambda: 1e9)
    return Run(shutil.copytree(ROOT / "tests" / "folders" / "format_1" / "single", tmp_path / "run"))


def change(run: Run, old: str, new: str) -> None:
    text = run.config_file.read_text()
    assert old in text
    run.config_file.write_text(text.replace(old, new))


def test_what_fits_is_done(run: Run) -> None:
    assert run.state().epoch == 6
    run.check_measurable()


def test_a_network_that_does_not_fit(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    change(run, "hidden: 8", f"hidden: [{', '.join(['4096'] * 32)}]")
    os.truncate(run.checkpoint_file("last"), 10**10)  # sparse
    with pytest.raises(
        RunError, match=r"config.yaml: a network of this size needs 6\.\d GB of memory; this machine has"
    ):
        run.state()
    assert evaluate.main([f"run={run.folder}"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_points_that_do_not_fit(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    change(run, "hidden: 8", "hidden: 4096")
    change(run, "n_samples: 60", "n_samples: 1000000")
    run.data_file.unlink()
    run.write_summary(data_sha256=None)
    for main, argument in ((evaluate.main, f"run={run.folder}"), (report.main, str(run.folder))):
        assert main([argument]) == 2
        said = capsys.readouterr().err
        assert "config.yaml: measuring 800,000 points with 4,096 units needs 26.2 GB of memory" in said
        assert said.count("\n") == 1


def test_the_machine_has_some() -> None:
    memory.require(1, "this")


@pytest.mark.parametrize("limit", [("MOST_FRAMES", 3), ("MOST_WORK", 3 * (33 + page.WORK_OF_A_POINT) * 60)])
def test_a_page_of_very_many_frames_shows_some_of_them(
    limit: tuple[str, int], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, *limit)
    assert report.main([str(run.folder)]) == 0
    assert '"frames":{"epoch":[0,3,6],' in run.report_file.read_text(encoding="utf-8")
