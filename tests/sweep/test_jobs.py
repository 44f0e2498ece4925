"""Completing a batched sweep trains together what is missing."""

import csv
import json
import time
from pathlib import Path

import pytest

from backprop_lab.runs.run import Run
from backprop_lab.sweep.__main__ import main as sweep_main
from backprop_lab.sweep.folder import Sweep
from backprop_lab.sweep.plan import compiler
from conftest import Own, Program, configured

BATCHED = ("-m", "hydra/launcher=batched", "report=false")
SMALL = ("dataset.n_samples=100", "epochs=4")


def statuses(folder: Path) -> list[str]:
    with (folder / "sweep.csv").open(newline="") as file:
        return [row["status"] for row in csv.DictReader(file)]


def test_completing_trains_what_is_missing_together(
    program: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program(*BATCHED, *SMALL, "seed=range(5)", "hydra.sweep.dir=sweep").status == 0
    folder = tmp_path / "sweep"
    kept = Run(folder / "0").summary_file.stat().st_mtime_ns
    expected = [Run(folder / str(n)).summary["weights_sha256"] for n in range(5)]
    for number in (1, 3):
        for path in (folder / str(number)).rglob("*"):
            if path.is_file() and path.parent.name != ".hydra":
                path.unlink()
    Run(folder / "4").write_summary(status="failed", error="by a full disk")
    Run(folder / "4").checkpoint_file("last").unlink()
    capsys.readouterr()
    assert sweep_main([str(folder), "--complete"]) == 0
    assert "batched    3 jobs in 1 group" in capsys.readouterr().out
    assert statuses(folder) == ["finished"] * 5
    assert [Run(folder / str(n)).summary["weights_sha256"] for n in range(5)] == expected
    assert Run(folder / "0").summary_file.stat().st_mtime_ns == kept


def computed_again(folder: Path, numbers: list[int]) -> None:
    """Lets a sweep forget these jobs and completes it."""
    for number in numbers:
        Run(folder / str(number)).remove_receipt()
    assert sweep_main([str(folder), "--complete"]) == 0


@pytest.mark.slow
@pytest.mark.skipif(compiler("cpu") is None, reason="no C++ compiler")
@pytest.mark.parametrize("asked", ["true", "auto"])
def test_what_is_added_to_a_compiled_sweep_has_the_bits_it_would_have_had(
    asked: str, program: Program, tmp_path: Path
) -> None:
    """Alone, a job would not be worth compiling."""
    much = ("dataset.n_samples=3000", "dataset.batch_size=128", "model.hidden=16", "epochs=100",
            "log_every_n_epochs=100")  # fmt: skip
    count, line = (3, SMALL) if asked == "true" else (200, much)
    compiling = ("callbacks=[]", f"hydra.launcher.compile={asked}")
    assert program(*BATCHED, *line, *compiling, f"seed=range({count})", "hydra.sweep.dir=sweep").status == 0
    folder = tmp_path / "sweep"
    assert Run(folder / "1").summary["batch"]["compiled"] is True
    expected = [Run(folder / str(n)).summary["weights_sha256"] for n in range(count)]
    computed_again(folder, [1])
    assert [Run(folder / str(n)).summary["weights_sha256"] for n in range(count)] == expected
    assert Run(folder / "1").summary["batch"]["compiled"] is True


def test_how_a_sweep_is_computed_is_written_down_and_obeyed(program: Program, tmp_path: Path) -> None:
    assert program(*BATCHED, *SMALL, "seed=range(4)", "hydra.sweep.dir=sweep").status == 0
    folder = tmp_path / "sweep"
    (entry,) = json.loads((folder / "batches.json").read_text())
    assert entry == {"jobs": [0, 1, 2, 3], "members": 256, "compiled": False, "device": "cpu"}
    assert Run(folder / "2").summary["batch"] == {"members": 256, "compiled": False, "device": "cpu"}
    (folder / "batches.json").write_text(json.dumps([entry | {"members": 64}]))
    computed_again(folder, [1, 2])
    assert Run(folder / "2").summary["batch"] == {"members": 64, "compiled": False, "device": "cpu"}
    assert Run(folder / "3").summary["batch"]["members"] == 256, "it is left alone"


def test_where_compiling_failed_what_is_added_is_not_compiled_either(program: Program, tmp_path: Path) -> None:
    assert program(*BATCHED, *SMALL, "seed=range(3)", "hydra.sweep.dir=sweep").status == 0
    folder = tmp_path / "sweep"
    (entry,) = json.loads((folder / "batches.json").read_text())
    (folder / "batches.json").write_text(json.dumps([entry | {"compiled": True}]))
    computed_again(folder, [1])
    assert Run(folder / "1").summary["batch"]["compiled"] is False


ENTRY = {"jobs": [0, 1], "members": 32, "compiled": False, "device": "cpu"}
WRONG: list[dict[str, object]] = [
    {"jobs": 5}, {"jobs": ["0"]}, {"members": 10**9}, {"members": 33}, {"members": 0}, {"members": True},
    {"compiled": "yes"}, {"device": "tpu"}, {"device": ["cpu"]}, {"more": 1},
]  # fmt: skip
DAMAGED = ["", "{}[", "5", "[5]", '[{"jobs": [0]}]', "[" * 100_000, *(json.dumps([ENTRY | wrong]) for wrong in WRONG)]


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_note_of_that_is_refused_in_one_line(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(tmp_path / "0")
    run.write_config(configured(*SMALL).plain, list(SMALL))
    (tmp_path / "multirun.yaml").write_text("hydra: {launcher: {_target_: x.BatchedLauncher}}")
    (tmp_path / "batches.json").write_text(content)
    assert sweep_main([str(tmp_path), "--complete"]) == 2
    assert capsys.readouterr().err == f"error: {tmp_path / 'batches.json'}: damaged\n"
    assert run.status == "not run"


def test_a_job_that_is_tried_again_has_a_new_reason(program: Program, own: Own, tmp_path: Path) -> None:
    module = "KNOBS = {}\n\ndef sample(n, generator):\n    raise ValueError('no points today')\n"
    mine = own("dataset", "empty", module, "defaults: [_base_]\nname: empty\ntask: binary\nn_samples: 100\n")
    line = ("dataset=empty", "seed=range(2)", "hydra.sweep.dir=sweep")
    assert program(f"--config-dir={mine}", *BATCHED, *line).status == 1
    run = Run(tmp_path / "sweep" / "1")
    run.write_summary(error="an old reason")
    assert sweep_main([f"--config-dir={mine}", str(tmp_path / "sweep"), "--complete"]) == 1
    assert run.status == "failed"
    assert "no points today" in run.summary["error"]


def test_the_seconds_of_the_jobs_are_those_that_were_spent(program: Program, tmp_path: Path) -> None:
    began = time.monotonic()
    assert (
        program(*BATCHED, *SMALL, "seed=range(40)", "hydra.launcher.processes=1", "hydra.sweep.dir=sweep").status == 0
    )
    spent = [Run(tmp_path / "sweep" / str(n)).summary["seconds"] for n in range(40)]
    assert 0 < sum(spent) < time.monotonic() - began
    first, last = sorted(spent[:20])[10], sorted(spent[20:])[10]
    assert max(first, last) < 5 * min(first, last), "those that are written last have waited for no other"


def test_a_sweep_that_was_not_batched_is_completed_one_by_one(program: Program, tmp_path: Path) -> None:
    assert program("-m", *SMALL, "engine=module", "logger=none", "callbacks=[]", "report=false", "seed=0",
                   "hydra.sweep.dir=sweep").status == 0  # fmt: skip
    assert not Sweep(tmp_path / "sweep").is_batched
    assert not Sweep(tmp_path).is_batched
