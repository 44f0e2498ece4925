"""A batched sweep ends from what its own process remembers, and never loads torch."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from backprop_lab.runs.run import Run
from backprop_lab.sweep import plan_file
from backprop_lab.sweep.__main__ import main as sweep_main
from backprop_lab.sweep.folder import Sweep
from conftest import Program, configured, environment

BATCHED = ("-m", "hydra/launcher=batched")
SMALL = ("dataset.n_samples=100", "epochs=4")


def statuses(folder: Path) -> list[str]:
    with (folder / "sweep.csv").open(newline="") as file:
        return [row["status"] for row in csv.DictReader(file)]


LOADED = """
import sys
import train
sys.argv = ["train", *sys.argv[1:]]
train.main()
print([name for name in ("torch", "pytorch_lightning") if name in sys.modules])
"""


@pytest.mark.parametrize(
    "line",
    [
        [
            *BATCHED,
            "seed=range(24)",
            "model.hidden=2",
            "dataset.n_samples=300",
            "epochs=20",
        ],  # pictures of failures too
        [*BATCHED, "dataset=linear", "model=single_layer", "optimizer.lr=0.01,0.1,10", "seed=0,1"],
        ["engine=kernel", "logger=none", "report=false", "epochs=2"],
    ],
    ids=["many starts", "a line", "one run"],
)
def test_what_the_kernel_trains_needs_no_torch(line: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *line], cwd=tmp_path, env=environment(), capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert "[]" in done.stdout.splitlines() or done.returncode == 1, done.stderr  # one that diverges ends before
    assert "torch" not in done.stdout


def test_no_folder_is_read_for_table_pictures_and_page(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Run, name: str, *arguments: Any) -> None:
        raise AssertionError(f"{self.folder / name} was read")

    with monkeypatch.context() as patched:
        patched.setattr(Run, "_load", refused)
        done = program(*BATCHED, *SMALL, "optimizer.lr=0.1,0.3", "seed=range(3)", "hydra.sweep.dir=sweep")
    assert (done.status, done.err) == (0, "")
    remembered = {path.name: path.read_bytes() for path in (tmp_path / "sweep").iterdir() if path.is_file()}
    assert sweep_main([str(tmp_path / "sweep")]) == 0
    for name in ("sweep.csv", "decision_boundaries.png", "metric_by_parameter.png"):
        assert (tmp_path / "sweep" / name).read_bytes() == remembered[name], "what is read is what was remembered"


def test_a_sweep_that_has_just_begun_has_all_its_jobs_and_no_folder_of_one(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path)
    configs = [configured(*SMALL, f"seed={seed}", f"optimizer={name}") for seed, name in ((0, "sgd"), (1, "adam"))]
    sweep.begin(configs, [["seed=0", "optimizer=sgd"], ["seed=1", "optimizer=adam"]], is_batched=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.jsonl", "sweep.csv"]
    again = Sweep.at(tmp_path)
    assert again.is_batched
    assert [job.status for job in again.jobs()] == ["not run"] * 2
    assert [job.run.checked_config().plain for job in again.jobs()] == [config.plain for config in configs]
    assert statuses(tmp_path) == ["not run"] * 2
    assert sweep_main([str(tmp_path), "--complete"]) == 0
    assert statuses(tmp_path) == ["finished"] * 2
    assert Run(tmp_path / "1").checked_config().optimizer.name == "adam", "a job's folder stands for itself"


PLAN: list[dict[str, Any]] = [
    {"format": 3, "batched": True, "config": {"seed": 0}},
    {"overrides": ["seed=0"], "config": {}},
]


@pytest.mark.parametrize(
    "lines",
    [
        [], [[]], [5], PLAN[:1], [PLAN[0] | {"format": 99}, PLAN[1]], [PLAN[0] | {"batched": "yes"}, PLAN[1]],
        [PLAN[0], {"overrides": "seed=0", "config": {}}], [PLAN[0], {"overrides": [5], "config": {}}],
        [PLAN[0], {"overrides": ["seed=0"], "config": []}], [PLAN[0], PLAN[1] | {"more": 1}],
    ],
    ids=range(10),
)  # fmt: skip
def test_a_damaged_plan_is_refused_in_one_line(
    lines: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plan.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert sweep_main([str(tmp_path), "--complete"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {tmp_path / 'plan.jsonl'}: ")
    assert said.count("\n") == 1


def test_a_plan_that_ends_in_the_middle_of_a_line_is_none() -> None:
    whole = plan_file.dump(plan_file.content([{"seed": 0}, {"seed": 1}], [["seed=0"], ["seed=1"]], is_batched=False))
    assert [job.config for job in plan_file.load(whole).jobs] == [{"seed": 0}, {"seed": 1}]
    for end in (1, 10, len(whole) // 2):
        with pytest.raises(ValueError, match="line"):
            plan_file.load(whole[:-end])
