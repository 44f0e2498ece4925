"""Folders that somebody hands in, and every command that takes one: the work is done, or refused in one line."""

import base64
import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from backprop_lab import evaluate
from backprop_lab.report import __main__ as report
from backprop_lab.runs import names
from backprop_lab.runs.run import Run
from backprop_lab.sweep import __main__ as sweep
from conftest import Done, Program, environment, quick_of
from runs.hostile import LINKS, NO_FILES, SECRET, Plant, is_untouched, link, make_outside, pipe, plant, soon, sparse

SMALL = ("epochs=2", "dataset.n_samples=40", "engine=module", "logger=none", "callbacks=[frames]", "report=false")
OF_A_RUN = (
    names.CONFIG, names.OVERRIDES, names.RECEIPT, names.METRICS, names.FRAMES, names.POINTS, names.MEANING, names.PAGE,
    names.LOG,
    names.checkpoint("last"), names.checkpoint("previous"), names.figure("decision_boundary"), ".lock",
)  # fmt: skip
OF_A_SWEEP = (
    "sweep.csv", "report.html", "multirun.yaml", "decision_boundaries.png", "metric_by_parameter.png", "0", "1",
    f"1/{names.CONFIG}", f"1/{names.RECEIPT}", f"1/{names.METRICS}", f"1/{names.LOG}", f"1/{names.checkpoint('last')}",
)  # fmt: skip
FOLDERS = (".hydra", "checkpoints", "figures")
# What was there before a write had a name of its own: a writer with a predictable one followed links at it.
TEMPORARY = (".summary.json", ".metrics.csv", ".report.html", "checkpoints/.last.ckpt", "checkpoints/.previous.ckpt")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an interrupted run and a sweep whose second job has not been run."""
    there = tmp_path_factory.mktemp("made")
    for line in (["hydra.run.dir=run"], ["-m", "hydra.sweep.dir=sweep", "optimizer.lr=0.1,0.2"]):
        command = [sys.executable, "-m", "train", *SMALL, *line]
        subprocess.run(command, cwd=there, env=environment(), check=True, capture_output=True)
    Run(there / "run").write_summary(status="interrupted")
    Run(there / "run").write_config(Run(there / "run").config | {"epochs": 3})
    for name in (names.RECEIPT, names.checkpoint("last")):
        (there / "sweep" / "1" / name).unlink()
    return there


@pytest.fixture
def handed_in(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(made, tmp_path / "handed in"))


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    return make_outside(tmp_path / "outside")


Do = Callable[[str, Path], Done]


@pytest.fixture
def do(program: Program, capsys: pytest.CaptureFixture[str]) -> Do:
    """``do("report", folder)``: a command on a folder, in this process."""

    def on(main: Callable[[list[str]], int], *arguments: str) -> Done:
        capsys.readouterr()
        status = main(list(arguments))
        return Done(status, *capsys.readouterr())

    commands: dict[str, Callable[[Path], Done]] = {
        "evaluate": lambda folder: on(evaluate.main, f"run={folder}"),
        "report": lambda folder: on(report.main, str(folder)),
        "resume": lambda folder: program(f"resume={folder}"),
        "sweep": lambda folder: on(sweep.main, str(folder)),
        "complete": lambda folder: on(sweep.main, str(folder), "--complete"),
    }

    def run(command: str, folder: Path) -> Done:
        with soon():
            return commands[command](folder)

    return run


def assert_harmless(done: Done, folder: Path, planted: Path, outside: Path) -> None:
    assert is_untouched(outside)
    if done.status == 2:
        assert done.err.startswith("error: ")
        assert done.err.count("\n") == 1
        assert str(planted) in done.err
    else:
        assert done.status in (0, 1)  # a sweep with a job that is not run is not well
        assert "Traceback" not in done.err
    coded = base64.b64encode(SECRET[:30])
    for page in folder.rglob("report.html"):
        if page.is_file() and not page.is_symlink():
            assert coded not in page.read_bytes()
            assert SECRET not in page.read_bytes()


@pytest.mark.parametrize("command", quick_of(["evaluate", "report", "resume"], "resume"))
@pytest.mark.parametrize("name", [*OF_A_RUN, *FOLDERS, *TEMPORARY])
def test_a_run(name: str, command: str, do: Do, handed_in: Path, outside: Path) -> None:
    folder = handed_in / "run"
    kinds = [link, pipe] if name not in FOLDERS else LINKS[2:]
    for kind in kinds:
        plant(kind, folder / name, outside)
        done = do(command, folder)
        assert_harmless(done, folder, folder / name, outside)
        if command == "resume":  # which works in the folder for long
            assert done.status == 2


@pytest.mark.parametrize("command", ["report", "sweep", "complete"])
@pytest.mark.parametrize("name", [*OF_A_SWEEP, ".sweep.csv", ".report.html", "1/.summary.json", "1/.hydra"])
def test_a_sweep(name: str, command: str, do: Do, handed_in: Path, outside: Path) -> None:
    folder = handed_in / "sweep"
    for kind in (link, pipe) if name not in ("0", "1", "1/.hydra") else LINKS[2:]:
        plant(kind, folder / name, outside)
        assert_harmless(do(command, folder), folder, folder / name, outside)


@pytest.mark.parametrize("kind", [*NO_FILES, sparse])
def test_files_of_every_other_kind(kind: Plant, do: Do, handed_in: Path, outside: Path) -> None:
    for command, folder, name in (
        ("evaluate", "run", names.CONFIG), ("report", "run", names.RECEIPT), ("report", "run", names.METRICS),
        ("report", "run", names.figure("decision_boundary")), ("evaluate", "run", names.checkpoint("last")),
        ("report", "sweep", "plan.jsonl"), ("complete", "sweep", "plan.jsonl"), ("sweep", "sweep", "plan.jsonl"),
        ("sweep", "sweep", f"0/{names.CONFIG}"),
    ):  # fmt: skip
        place = handed_in / folder / name
        kept = place.read_bytes() if place.is_file() else None
        plant(kind, place, outside)
        done = do(command, handed_in / folder)
        assert_harmless(done, handed_in / folder, place, outside)
        assert done.status in (1, 2)  # a sweep has its table by then
        lines = [line for line in (done.out + done.err).splitlines() if str(place) in line]
        assert len(lines) == 1
        assert done.err in ("", f"{lines[0]}\n")
        place.rmdir() if place.is_dir() and not place.is_symlink() else place.unlink()
        if kept is not None:
            place.write_bytes(kept)


def test_a_link_overwrites_nothing_and_the_work_is_done(do: Do, handed_in: Path, outside: Path) -> None:
    for name in (".sweep.csv", ".report.html", ".decision_boundaries.png"):
        plant(link, handed_in / "sweep" / name, outside)
    assert do("complete", handed_in / "sweep").status == 0
    assert is_untouched(outside)
    assert do("report", handed_in / "sweep").status == 0
    for name in ("sweep.csv", "report.html", "decision_boundaries.png"):
        assert (handed_in / "sweep" / name).stat().st_size > 100


def test_a_picture_that_is_none_is_not_carried_away(do: Do, handed_in: Path, outside: Path) -> None:
    place = handed_in / "run" / names.figure("decision_boundary")
    place.parent.mkdir()
    with contextlib.suppress(OSError):  # a second name, which is no link, where both are on one disk
        os.link(outside / "secret", place)
    done = do("report", handed_in / "run")
    assert done.status == 2
    assert done.err == f"error: {place}: not a picture (no PNG signature)\n"
    assert not (handed_in / "run" / "report.html").exists()


@pytest.mark.parametrize("name", ["1", "1/metrics.csv", "1/checkpoints", "1/.metrics.csv"])
def test_jobs_that_are_trained_together(name: str, do: Do, handed_in: Path, outside: Path) -> None:
    folder = handed_in / "sweep"
    launcher = "hydra: {launcher: {_target_: hydra_plugins.lab.batched_launcher.BatchedLauncher}}"
    (folder / "multirun.yaml").write_text(launcher)
    (folder / "plan.jsonl").unlink()  # as in the sweep of an earlier version
    plant(link if "." in Path(name).name else LINKS[2], folder / name, outside)
    done = do("complete", folder)
    assert done.status == (1 if name == "1" else 2)  # without a folder to train in, the job is left out
    assert_harmless(done, folder, folder / name, outside)


TRAININGS = {
    "run": (["hydra.run.dir=there"], ("metrics.csv", ".hydra", "summary.json")),
    "sweep": (["-m", "hydra.sweep.dir=there", "seed=1,2"], ("multirun.yaml", "sweep.csv", "1")),
}


@pytest.mark.parametrize("training", TRAININGS)
def test_a_training_begun_in_a_folder_with_links(
    training: str, program: Program, tmp_path: Path, outside: Path
) -> None:
    line, planted = TRAININGS[training]
    for name in planted:
        (tmp_path / "there").mkdir()
        plant(link if "." in name[1:] else LINKS[2], tmp_path / "there" / name, outside)
        with soon():
            done = program(*SMALL, *line)
        assert is_untouched(outside)
        assert (done.status, done.err.count("\n")) == (2, 1)
        shutil.rmtree(tmp_path / "there")
