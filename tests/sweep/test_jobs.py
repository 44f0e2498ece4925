"""Completing a batched sweep trains together what is missing."""

import csv
import json
import time
from pathlib import Path

import pytest

from backprop_lab.runs.run import Run
from backprop_lab.sweep.__main__ import main as sweep_main
from backprop_lab.sweep.folder import Sweep
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


def test_what_is_added_to_a_sweep_has_the_bits_it_would_have_had(program: Program, tmp_path: Path) -> None:
    assert program(*BATCHED, *SMALL, "seed=range(300)", "callbacks=[]", "hydra.sweep.dir=sweep").status == 0
    folder = tmp_path / "sweep"
    expected = [Run(folder / str(n)).summary["weights_sha256"] for n in range(300)]
    computed_again(folder, list(range(5, 300)))
    assert [Run(folder / str(n)).summary["weights_sha256"] for n in range(300)] == expected


def test_how_a_sweep_is_computed_is_written_down_and_obeyed(program: Program, tmp_path: Path) -> None:
    assert program(*BATCHED, *SMALL, "seed=range(4)", "hydra.sweep.dir=sweep").status == 0
    folder = tmp_path / "sweep"
    (entry,) = json.loads((folder / "batches.json").read_text())
    assert entry == {"jobs": [0, 1, 2, 3], "engine": "kernel", "device": "cpu"}
    assert Run(folder / "2").summary["batch"] == {"engine": "kernel", "device": "cpu"}
    (folder / "batches.json").write_text(json.dumps([entry | {"engine": "vmap"}]))
    computed_again(folder, [1, 2])
    assert Run(folder / "2").summary["batch"] == {"engine": "vmap", "device": "cpu"}
    assert Run(folder / "3").summary["batch"]["engine"] == "kernel", "it is left alone"


@pytest.mark.parametrize("has_note", [True, False])
def test_a_sweep_of_an_earlier_version_is_completed_by_vmap_and_that_is_said(
    has_note: bool, program: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program(*BATCHED, *SMALL, "seed=range(3)", "hydra.sweep.dir=sweep").status == 0
    folder = tmp_path / "sweep"
    earlier = {"members": 256, "compiled": False, "device": "cpu"}
    if has_note:
        (folder / "batches.json").write_text(json.dumps([{"jobs": [0, 1, 2], **earlier}]))
    else:
        (folder / "batches.json").unlink()
    Run(folder / "0").write_summary(batch=earlier)
    capsys.readouterr()
    computed_again(folder, [1])
    said = "vmap on cpu: 1 job, because an earlier version began the sweep; the last bits differ from those"
    assert said in capsys.readouterr().out
    assert Run(folder / "1").summary["batch"] == {"engine": "vmap", "device": "cpu"}


ENTRY = {"jobs": [0, 1], "engine": "kernel", "device": "cpu"}
WRONG: list[dict[str, object]] = [
    {"jobs": 5}, {"jobs": ["0"]}, {"engine": "scalar"}, {"engine": 3}, {"engine": ["kernel"]}, {"device": "tpu"},
    {"device": ["cpu"]}, {"more": 1}, {"members": 32},
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
    assert program(*BATCHED, *SMALL, "seed=range(100)", "hydra.launcher.threads=1", "hydra.sweep.dir=sweep").status == 0
    spent = [Run(tmp_path / "sweep" / str(n)).summary["seconds"] for n in range(100)]
    assert 0 < sum(spent) < time.monotonic() - began
    first, last = sorted(spent[:50])[25], sorted(spent[50:])[25]  # the first block has loaded the kernel
    assert max(first, last) < 5 * min(first, last), "those that are written last have waited for no other"


def test_a_sweep_that_was_not_batched_is_completed_one_by_one(program: Program, tmp_path: Path) -> None:
    assert program("-m", *SMALL, "engine=module", "logger=none", "callbacks=[]", "report=false", "seed=0",
                   "hydra.sweep.dir=sweep").status == 0  # fmt: skip
    assert not Sweep(tmp_path / "sweep").is_batched
    assert not Sweep(tmp_path).is_batched
