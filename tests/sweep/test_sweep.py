"""A sweep trains every job whatever becomes of the others, and its table tells of all of them."""

import csv
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backprop_lab.config.types import Config
from backprop_lab.experiment import experiment
from backprop_lab.report.sweep import page
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.run import Run
from backprop_lab.sweep import jobs
from backprop_lab.sweep.__main__ import main
from backprop_lab.sweep.folder import Sweep
from backprop_lab.sweep.pictures import draw
from backprop_lab.training.split import Split, points_of
from conftest import Command, Done, Program, Train, configured, environment, quick_of

QUICK = ("dataset=xor", "engine=module", "epochs=5", "logger=none", "callbacks=[frames]")
METRICS = ["train_loss", "train_acc", "val_loss", "val_acc"]
PICTURES = {"decision_boundaries.png", "metric_by_parameter.png"}


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "sweep.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def lines_of(done: Done, first: str) -> list[list[str]]:
    """The printed table from the line that begins with a word on, split at its columns."""
    lines = done.out.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(first))
    return [re.split(r" {2,}", line.strip()) for line in lines[start:]]


Rebuild = Callable[..., Done]


@pytest.fixture
def rebuild(capsys: pytest.CaptureFixture[str]) -> Rebuild:
    """``python -m backprop_lab.sweep``, in this process."""

    def run(*arguments: str | Path) -> Done:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        return Done(status, *capsys.readouterr())

    return run


# -- a sweep that ends well -------------------------------------------------------------------------------------------


def test_a_sweep_ends_with_a_table_and_pictures(program: Program, tmp_path: Path, rebuild: Rebuild) -> None:
    swept = ("model.hidden=2,4", "optimizer.lr=0.03,0.5", "seed=range(2)")
    done = program("-m", *QUICK, *swept, "hydra.sweep.dir=sweep")
    assert (done.status, done.err) == (0, "")
    folder = tmp_path / "sweep"

    rows = table(folder)
    assert list(rows[0]) == [
        "job", "model.hidden", "optimizer.lr", "seed", *METRICS,
        "best_epoch", *(f"best_{name}" for name in METRICS), "seconds", "status", "error", "val_f1", "val_roc_auc",
    ]  # fmt: skip
    assert [row["job"] for row in rows] == [str(number) for number in range(8)]
    planned = [(hidden, lr, seed) for hidden in "24" for lr in ("0.03", "0.5") for seed in "01"]
    assert [(row["model.hidden"], row["optimizer.lr"], row["seed"]) for row in rows] == planned
    for number, row in enumerate(rows):
        run = Run(folder / str(number))
        assert (row["status"], row["error"]) == ("finished", "")
        assert {name: float(row[name]) for name in METRICS} == run.summary["metrics"]
        assert float(row["best_val_loss"]) == run.summary["best"]["val_loss"]
        assert float(row["seconds"]) == run.summary["seconds"] > 0
        assert (str(run.config["model"]["hidden"]), str(run.config["optimizer"]["lr"])) == planned[number][:2]
        assert run.config["seed"] == int(planned[number][2])
        assert not run.data_file.exists()

    head, *ranked = lines_of(done, "model.hidden")[:5]
    assert head == ["model.hidden", "optimizer.lr", "runs", "val_loss", "val_acc"]
    assert [row[2] for row in ranked] == ["2"] * 4
    means = [float(row[3].split(" ± ")[0]) for row in ranked]
    assert means == sorted(means)
    for line in ranked:
        losses = [float(row["val_loss"]) for row in rows if [row["model.hidden"], row["optimizer.lr"]] == line[:2]]
        assert line[3] == f"{sum(losses) / 2:.4f} ± {abs(losses[0] - losses[1]) / 2**0.5:.4f}"
    assert done.out.splitlines()[-2:] == ["sweep", "sweep/report.html"]
    assert len([line for line in done.out.splitlines() if re.match(r"\[\d/8\] ", line)]) == 8

    drawn = PICTURES | {"heat_map.png"}  # two numbers were swept
    assert {path.name for path in folder.glob("*.png")} == drawn

    before = (folder / "sweep.csv").read_bytes()
    receipts = [(folder / str(number) / "summary.json").stat().st_mtime_ns for number in range(8)]
    for name in ("sweep.csv", *drawn):
        (folder / name).unlink()
    again = rebuild(folder)
    assert (again.status, again.err) == (0, "")
    assert (folder / "sweep.csv").read_bytes() == before
    assert {path.name for path in folder.glob("*.png")} == drawn
    assert lines_of(again, "model.hidden")[:5] == [head, *ranked]
    assert rebuild(folder, "--complete").status == 0
    assert [(folder / str(n) / "summary.json").stat().st_mtime_ns for n in range(8)] == receipts


def test_every_job_stands_in_the_table_before_the_first_begins(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[dict[str, str]]] = []
    train = experiment.train

    def look_then_train(*args: Any, **kwargs: Any) -> str:
        seen.append(table(tmp_path / "sweep"))
        return train(*args, **kwargs)

    monkeypatch.setattr(experiment, "train", look_then_train)
    assert program("-m", *QUICK, "seed=3,1,2", "hydra.sweep.dir=sweep").status == 0
    assert [(row["job"], row["seed"], row["status"]) for row in seen[0]] == [
        ("0", "3", "not run"), ("1", "1", "not run"), ("2", "2", "not run"),
    ]  # fmt: skip
    assert len(seen) == 3


def test_a_job_of_a_sweep_is_the_run_that_it_would_be_alone(program: Program, tmp_path: Path, train: Train) -> None:
    assert program("-m", *QUICK, "model.hidden=3,5", "seed=4", "hydra.sweep.dir=sweep").status == 0
    for number, hidden in enumerate((3, 5)):
        alone = train(*QUICK, f"model.hidden={hidden}", "seed=4", folder=f"alone_{hidden}")
        job = Run(tmp_path / "sweep" / str(number))
        same = ("weights_sha256", "data_sha256", "metrics", "best", "steps", "predictions")
        assert {key: job.summary[key] for key in same} == {key: alone.summary[key] for key in same}
        assert job.metrics_file.read_bytes() == alone.metrics_file.read_bytes()
        assert job.config == alone.config


def test_groups_can_be_swept(program: Program, tmp_path: Path) -> None:
    done = program("-m", *QUICK[1:], "dataset=xor,linear", "model=mlp,single_layer", "hydra.sweep.dir=sweep")
    assert (done.status, done.err) == (0, "")
    rows = table(tmp_path / "sweep")
    assert [(row["dataset"], row["model"]) for row in rows] == [
        ("xor", "mlp"), ("xor", "single_layer"), ("linear", "mlp"), ("linear", "single_layer"),
    ]  # fmt: skip
    assert [bool(row["val_acc"]) for row in rows] == [True, True, False, False]
    assert [bool(row["val_r2"]) for row in rows] == [False, False, True, True]


@pytest.mark.slow
def test_an_experiment_can_hold_a_sweep(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planned: list[list[str]] = []

    def plan(composed: Any, run: Run, overrides: list[str]) -> float:
        planned.append(overrides)
        return 0.0

    monkeypatch.setattr(jobs, "carry_out", plan)
    done = program("-m", "experiment=width_and_rate", "hydra.sweep.dir=sweep")
    expected = [
        {f"model.hidden={hidden}", f"optimizer.lr={lr}", f"seed={seed}", "experiment=width_and_rate"}
        for hidden in (2, 4, 8)
        for lr in (0.03, 0.1, 0.3)
        for seed in range(3)
    ]
    assert [set(overrides) for overrides in planned] == expected
    assert [row["status"] for row in table(tmp_path / "sweep")] == ["not run"] * 27
    assert done.status == 1


def test_a_second_sweep_does_not_write_over_the_first(program: Program, tmp_path: Path) -> None:
    arguments = ("-m", *QUICK, "hydra.sweep.dir=sweep")
    assert program(*arguments, "seed=1,2").status == 0
    before = {path: path.read_bytes() for path in (tmp_path / "sweep").rglob("*") if path.is_file()}
    done = program(*arguments, "seed=3,4,5")
    assert done.status == 2
    assert done.err == "error: hydra.sweep.dir: got sweep; allowed: a folder without a sweep in it\n"
    assert {path: path.read_bytes() for path in (tmp_path / "sweep").rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_jobs_side_by_side_give_the_same_numbers(program: Program, command: Command, tmp_path: Path) -> None:
    swept = ("-m", *QUICK, "model.hidden=2,4", "seed=1,2")
    assert program(*swept, "hydra.sweep.dir=one_by_one").status == 0
    done = command("train", *swept, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "hydra.sweep.dir=together")
    assert (done.returncode, done.stderr) == (0, "")
    tables = [table(tmp_path / folder) for folder in ("one_by_one", "together")]
    for row in (*tables[0], *tables[1]):
        assert float(row.pop("seconds")) > 0
    assert tables[0] == tables[1]
    for number in range(4):
        one, other = (Run(tmp_path / folder / str(number)).summary for folder in ("one_by_one", "together"))
        assert one["weights_sha256"] == other["weights_sha256"]
    assert {path.name for path in (tmp_path / "together").glob("*.png")} == PICTURES
    printed = done.stdout.splitlines()
    assert len([line for line in printed if re.match(r"\[\d/4\] ", line)]) == 4
    assert printed[-1] == "together/report.html"


# -- jobs that do not finish ------------------------------------------------------------------------------------------


def failing(monkeypatch: pytest.MonkeyPatch, failures: dict[int, BaseException]) -> list[int]:
    """Jobs with these seeds raise when they draw their points; gives the seeds of all jobs that were tried."""
    tried = []

    def fail_or_draw(config: Config) -> Split:
        tried.append(config.seed)
        if config.seed in failures:
            raise failures[config.seed]
        return points_of(config)

    monkeypatch.setattr(experiment, "points_of", fail_or_draw)
    return tried


FAILURES: dict[int, BaseException] = {
    1: ValueError("seed one\nis not wanted"),
    2: SystemExit(0),
    3: SystemExit("sorry"),
    4: MemoryError(),
    5: RunError("no such thing"),
}


def test_jobs_that_fail_do_not_stop_the_others(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objectives: list[float] = []
    carry_out = jobs.carry_out

    def carried_out(*args: Any) -> float:
        objectives.append(carry_out(*args))
        return objectives[-1]

    monkeypatch.setattr(jobs, "carry_out", carried_out)
    tried = failing(monkeypatch, FAILURES)
    done = program("-m", *QUICK, "seed=range(8)", "optimizer.lr=0.1,0.3", "hydra.sweep.dir=sweep")
    assert done.status == 1
    assert "Traceback" not in done.out + done.err
    assert tried == [seed for seed in range(8) for _ in range(2)]

    rows = table(tmp_path / "sweep")
    reasons = {
        "1": "ValueError: seed one is not wanted", "2": "sys.exit(0)", "3": "sys.exit(sorry)", "4": "MemoryError:",
        "5": "no such thing",
    }  # fmt: skip
    for row, objective in zip(rows, objectives, strict=True):
        if row["seed"] in reasons:
            assert row["status"] == "failed"
            assert row["error"].startswith(reasons[row["seed"]])
            assert objective == float("inf")
            log = Run(tmp_path / "sweep" / row["job"]).log_file.read_text()
            assert "Traceback" in log
            assert "fail_or_draw" in log
        else:
            assert (row["status"], row["error"]) == ("finished", "")
            assert objective == float(row["val_loss"])
    listed = [line for line in done.out.splitlines() if re.match(r"  job \d+ ", line)]
    assert len(listed) == 10
    for line in listed:
        number = re.findall(r"\d+", line)[0]
        row = rows[int(number)]
        assert f"seed={row['seed']} optimizer.lr={row['optimizer.lr']}  failed: {row['error']}" in line
    assert "10 of 16 jobs did not finish:" in done.out
    assert "3 of 8" in done.out
    assert {path.name for path in (tmp_path / "sweep").glob("*.png")} == PICTURES


def test_a_job_that_diverges_is_listed_and_has_no_say(program: Program, tmp_path: Path) -> None:
    line = ("dataset=linear", "model=single_layer", "engine=module", "epochs=100", "logger=none", "callbacks=[frames]")
    done = program("-m", *line, "optimizer.lr=0.01,1e38,10", "hydra.sweep.dir=sweep")
    assert done.status == 1
    rows = table(tmp_path / "sweep")
    assert [row["status"] for row in rows] == ["finished", "diverged", "diverged"]
    assert all("try a lower optimizer.lr" in row["error"] for row in rows[1:])
    assert Run(tmp_path / "sweep" / "1").objective == float("inf")
    ranked = lines_of(done, "optimizer.lr")
    assert ranked[1][0] == "0.01"
    assert ranked[0][1:] == ["val_loss", "val_r2", "val_mae"]
    assert [row[1:] for row in ranked[2:4]] == [["-"] * 3] * 2
    assert "2 of 3 jobs did not finish:" in done.out
    assert len([line for line in done.out.splitlines() if re.match(r"  job \d ", line)]) == 2
    assert Run(tmp_path / "sweep" / "2").summary["epochs"] > 0


def test_a_sweep_in_which_nothing_finishes_says_so(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rebuild: Rebuild
) -> None:
    failing(monkeypatch, {seed: ValueError("no") for seed in range(2)})
    done = program("-m", *QUICK, "seed=0,1", "hydra.sweep.dir=sweep")
    assert (done.status, done.err) == (1, "")
    assert "2 of 2 jobs did not finish:" in done.out
    assert not list((tmp_path / "sweep").glob("*.png"))
    assert rebuild(tmp_path / "sweep").status == 1


def failure_of(kind: str) -> BaseException:
    return {"a full disk": OSError(28, "No space left on device"), "a mistake": ValueError("no such colour"),
            "an exit": SystemExit(0)}[kind]  # fmt: skip


@pytest.mark.parametrize("kind", quick_of(["a full disk", "a mistake", "an exit"], "a mistake"))
@pytest.mark.parametrize(("rate", "status"), [("0.1", 0), ("1e38", 1)])
def test_a_picture_that_fails_costs_itself_and_one_line(
    kind: str, rate: str, status: int, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit status stays that of the jobs, and the other pictures and the page are there."""

    def fails(*args: object) -> None:
        raise failure_of(kind)

    monkeypatch.setitem(draw.PICTURES, "decision_boundaries", fails)
    line = ("dataset=linear", "model=single_layer", "engine=module", "epochs=20", "logger=none", "callbacks=[frames]")
    done = program("-m", *line, f"optimizer.lr=0.01,{rate}", "hydra.sweep.dir=sweep")
    assert done.status == status
    assert done.err.count("\n") == 1
    assert done.err.startswith("error: decision_boundaries.png was left out (")
    assert {path.name for path in (tmp_path / "sweep").glob("*.png")} == PICTURES - {"decision_boundaries.png"}
    assert (tmp_path / "sweep" / "report.html").is_file()


@pytest.mark.parametrize("what", ["the table", "the page"])
def test_a_table_or_page_that_cannot_be_written_costs_one_line(
    what: str, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        if what == "the page" or any(tmp_path.glob("sweep/*/summary.json")):
            raise OSError(28, "No space left on device", "sweep/it")
        written(*args)

    written: Any = Sweep.write_table
    place: tuple[Any, str] = (Sweep, "write_table") if what == "the table" else (page, "write")
    monkeypatch.setattr(*place, full)
    done = program("-m", *QUICK, "seed=0,1", "hydra.sweep.dir=sweep")
    assert done.status == 0
    assert done.err.count("\n") == 1
    assert "No space left on device" in done.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("rate", [0.1, pytest.param(1e38, marks=pytest.mark.slow)])
def test_what_cannot_be_printed_does_not_change_the_exit_status(rate: float, tmp_path: Path) -> None:
    line = (*QUICK, "dataset=linear", "model=single_layer", "epochs=20", "seed=1,2", "hydra.sweep.dir=sweep")
    command = [sys.executable, "-m", "train", "-m", *line, f"optimizer.lr={rate}"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, cwd=tmp_path, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == int(rate > 1), done.stderr
    assert done.stderr == ""
    assert (tmp_path / "sweep" / "report.html").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("sweeper", ["lab", "basic"])
def test_hydras_callbacks_for_the_end_of_a_multirun_come_although_a_job_diverged(
    sweeper: str, tmp_path: Path, command: Command
) -> None:
    (tmp_path / "mine.py").write_text(
        "from hydra.experimental.callback import Callback\nclass Ends(Callback):\n"
        "    def on_multirun_end(self, config, **kwargs): open('ended', 'w').close()\n"
    )
    line = ("dataset=linear", "model=single_layer", "engine=module", "epochs=20", "logger=none", "callbacks=[frames]")
    done = command("train", "-m", *line, "optimizer.lr=0.01,1e38", f"hydra/sweeper={sweeper}",
                   "+hydra.callbacks.mine._target_=mine.Ends")  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "1 of 2 jobs did not finish:" in done.stdout
    assert (tmp_path / "ended").exists()


def test_jobs_lie_in_folders_named_by_their_number(program: Program, tmp_path: Path) -> None:
    """The table is made of these folders, so another ``hydra.sweep.subdir`` would lose the jobs."""
    done = program("-m", *QUICK, "seed=1,2", "hydra.sweep.dir=sweep", "hydra.sweep.subdir=job_${hydra.job.num}")
    assert done.status == 2
    assert done.err.startswith("error: hydra.sweep.subdir: got ")
    assert done.err.count("\n") == 1
    assert not (tmp_path / "sweep").exists()


# -- rebuilding and completing ----------------------------------------------------------------------------------------


def test_completing_runs_what_is_missing_or_failed_and_nothing_twice(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rebuild: Rebuild
) -> None:
    folder = tmp_path / "sweep"
    reference = program("-m", *QUICK, "seed=range(5)", "hydra.sweep.dir=reference")
    assert reference.status == 0
    with monkeypatch.context() as patched:
        failing(patched, {1: ValueError("once")})
        assert program("-m", *QUICK, "seed=range(5)", "hydra.sweep.dir=sweep").status == 1
    # Job 2 was never begun; job 3 was killed after its second epoch; job 4 diverged, which is an end.
    for path in (folder / "2").iterdir():
        if path.name != ".hydra":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    killed = Run(folder / "3")
    killed.write_state("last", killed.frames()[2])
    killed.write_summary(status="running", metrics={}, epochs=0)
    Run(folder / "4").write_summary(status="diverged", error="as it happens")
    (folder / "sweep.csv").unlink()

    assert rebuild(folder).status == 1
    statuses = [row["status"] for row in table(folder)]
    assert statuses == ["finished", "failed", "not run", "interrupted", "diverged"]

    finished, diverged = (Run(folder / number).summary_file.stat().st_mtime_ns for number in "04")
    tried = failing(monkeypatch, {})
    done = rebuild(folder, "--complete")
    assert done.status == 1, "one job has diverged"
    assert [row["status"] for row in table(folder)] == ["finished"] * 4 + ["diverged"]
    assert tried[:2] == [1, 2], "the others are not begun again"
    assert (finished, diverged) == tuple(Run(folder / number).summary_file.stat().st_mtime_ns for number in "04")
    for number in "0123":
        run, wanted = Run(folder / number), Run(tmp_path / "reference" / number)
        assert run.summary["weights_sha256"] == wanted.summary["weights_sha256"]
        assert run.metrics_file.read_bytes() == wanted.metrics_file.read_bytes()
    mtimes = [Run(folder / number).summary_file.stat().st_mtime_ns for number in "01234"]
    rebuild(folder, "--complete")
    assert mtimes == [Run(folder / number).summary_file.stat().st_mtime_ns for number in "01234"]


def test_completing_goes_on_past_a_job_whose_checkpoint_is_damaged(
    program: Program, tmp_path: Path, rebuild: Rebuild
) -> None:
    folder = tmp_path / "sweep"
    assert program("-m", *QUICK, "seed=range(3)", "hydra.sweep.dir=sweep").status == 0
    for number in "12":
        Run(folder / number).write_summary(status="running")
    Run(folder / "1").checkpoint_file("last").write_bytes(b"damaged")
    done = rebuild(folder, "--complete")
    rows = table(folder)
    assert [row["status"] for row in (rows[0], rows[2])] == ["finished", "finished"]
    if rows[1]["status"] == "finished":  # begun again, which is as good
        assert done.status == 0
    else:
        assert done.status == 1
        assert "last.ckpt" in done.out + done.err


def test_a_job_that_another_process_works_on_is_left_to_it(program: Program, tmp_path: Path, rebuild: Rebuild) -> None:
    folder = tmp_path / "sweep"
    assert program("-m", *QUICK, "seed=1,2", "hydra.sweep.dir=sweep").status == 0
    run = Run(folder / "1")
    run.write_summary(status="running")
    with run.locked():
        done = rebuild(folder, "--complete")
    assert done.status == 1
    assert [row["status"] for row in table(folder)] == ["finished", "running"]
    assert rebuild(folder, "--complete").status == 0


DAMAGE: dict[str, tuple[str, bytes]] = {
    "a receipt": ("summary.json", b"{"),
    "overrides": (".hydra/overrides.yaml", b"[1"),
    "overrides that are no list": (".hydra/overrides.yaml", b"5"),
    "a configuration": (".hydra/config.yaml", b"seed: [1"),
    "a checkpoint": ("checkpoints/last.ckpt", b"damaged"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_one_damaged_job_is_named_in_a_line(name: str, program: Program, tmp_path: Path, rebuild: Rebuild) -> None:
    folder = tmp_path / "sweep"
    assert program("-m", *QUICK, "seed=1,2", "hydra.sweep.dir=sweep").status == 0
    file, content = DAMAGE[name]
    # The first one: of jobs that differ in the seed only its configuration is read.
    (folder / "0" / file).write_bytes(content)
    done = rebuild(folder)
    assert str(folder / "0" / file) in done.out + done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("path", ["missing", ".", "run"])
def test_what_is_no_sweep_folder_is_refused(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rebuild: Rebuild
) -> None:
    monkeypatch.chdir(tmp_path)
    Run("run").write_config(configured(*QUICK).plain, list(QUICK))
    for arguments in ([path], [path, "--complete"]):
        done = rebuild(*arguments)
        assert (done.status, done.out) == (2, "")
        assert re.fullmatch(r"error: .*not a sweep folder.*\n", done.err)
        assert not (tmp_path / path / "sweep.csv").exists()
