"""What a sweep folder says of its jobs, and its table."""

import csv
import io
from pathlib import Path

import pytest

from backprop_lab import train_many
from backprop_lab.runs.run import Run
from backprop_lab.sweep.folder import Sweep, swept_keys
from backprop_lab.sweep.jobs import complete
from backprop_lab.sweep.table import settings
from conftest import configured

QUICK = ("dataset=xor", "engine=module", "epochs=5", "logger=none", "callbacks=[frames]")


def sweep_of(folder: Path, *overrides: list[str]) -> Sweep:
    sweep = Sweep(folder)
    config = configured(*QUICK)
    sweep.begin([config] * len(overrides), overrides, is_batched=False)
    return sweep


def test_keys_that_do_not_differ_are_not_swept(tmp_path: Path) -> None:
    sweep = sweep_of(tmp_path, ["epochs=5", "model.hidden=[8,8]", "seed=1"], ["epochs=5", "model.hidden=4", "seed=1"])
    assert swept_keys(sweep.jobs()) == ["model.hidden"]
    assert [job.values["model.hidden"] for job in sweep.jobs()] == ["[8,8]", 4]


def test_settings_are_jobs_that_differ_in_the_seed_alone(tmp_path: Path) -> None:
    sweep = sweep_of(tmp_path, *([f"optimizer.lr={lr}", f"seed={seed}"] for lr in ("0.1", "1e-3") for seed in (1, 2)))
    for number, loss in enumerate([0.5, 0.7, 0.2, 0.3]):
        Run(tmp_path / str(number)).write_summary(status="finished", metrics={"val_loss": loss, "val_acc": 0.5})
    ranked = settings(sweep.jobs())
    assert [setting.values for setting in ranked] == [{"optimizer.lr": 0.001}, {"optimizer.lr": 0.1}]
    assert [setting.mean("val_loss") for setting in ranked] == [pytest.approx(0.25), pytest.approx(0.6)]
    Run(tmp_path / "2").write_summary(status="failed")
    assert settings(sweep.jobs())[0].numbers("val_loss") == [0.3]


def test_the_table_is_plain_csv_whatever_an_error_says(tmp_path: Path) -> None:
    sweep = sweep_of(tmp_path, ["seed=1"], ["seed=2"])
    error = 'ValueError: a "quoted", text; with ± and\ttabs'
    Run(tmp_path / "1").write_summary(status="failed", error=error, metrics={})
    sweep.write_table(sweep.jobs())
    rows = list(csv.DictReader(io.StringIO((tmp_path / "sweep.csv").read_text(encoding="utf-8"))))
    assert [row["error"] for row in rows] == ["", error.replace("\t", r"\t")]


def test_twelve_jobs_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    sweep = sweep_of(tmp_path, *([f"seed={seed}"] for seed in range(12)))
    (tmp_path / "notes").mkdir()
    (tmp_path / "13").mkdir()
    assert [job.number for job in sweep.jobs()] == list(range(12))


@pytest.mark.parametrize("kept", [0.0, 0.5])
def test_what_a_killed_process_has_half_written_counts_for_nothing(kept: float, tmp_path: Path) -> None:
    sweep = train_many(
        "dataset.n_samples=60", "epochs=3", "report=False", {"seed": range(6)}, folder=tmp_path / "sweep"
    )
    half = [".hydra/config.yaml", ".hydra/overrides.yaml", "metrics.csv", "checkpoints/best.ckpt",
            "checkpoints/last.ckpt", "frames.npz"]  # fmt: skip
    files = [sweep.folder / str(number) / name for number, name in enumerate(half)]
    before = [file.read_bytes() for file in files]
    for number, file in enumerate(files):
        (sweep.folder / str(number) / "summary.json").unlink()
        file.write_bytes(file.read_bytes()[: int(kept * file.stat().st_size)])
    again = Sweep.at(sweep.folder)
    assert {job.status for job in again.jobs()} == {"not run"}
    complete(again)
    assert [file.read_bytes() for file in files] == before
    assert {job.status for job in Sweep.at(sweep.folder).jobs()} == {"finished"}
