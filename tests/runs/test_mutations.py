"""Whatever value of whatever file is wrong: readers and commands work, or refuse in one line, soon."""

import re
import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backprop_lab import evaluate
from backprop_lab.config.errors import ConfigError
from backprop_lab.experiment import experiment
from backprop_lab.report import __main__ as report
from backprop_lab.runs import names
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.run import Run
from backprop_lab.sweep import __main__ as sweep
from backprop_lab.sweep.folder import Sweep
from conftest import ROOT, Program, Silent, configured
from runs.hostile import soon
from runs.mutations import Mutation, of_arrays, of_bytes, of_json, of_table, of_yaml

SMALL = ("epochs=2", "dataset.n_samples=20", "model.hidden=2", "engine=module", "logger=none", "callbacks=[frames]")
FILES: dict[str, Callable[[Path, str], Iterator[Mutation]]] = {
    names.RECEIPT: of_json, names.CONFIG: of_yaml, names.OVERRIDES: of_yaml, names.METRICS: of_table,
    names.FRAMES: of_arrays, names.POINTS: of_arrays, names.MEANING: of_json,
}  # fmt: skip
BINARY = (*FILES, names.checkpoint("last"), names.checkpoint("best"))
SECONDS, MEGABYTES = 60, 1_500  # of one command, on a busy machine
OF_THE_PROGRAM = re.compile(r"\(\w+\.py, line \d+\)")  # as an error of its own is described


def mutations(folder: Path, prefix: str = "") -> list[Mutation]:
    found: list[Mutation] = []
    for name, of in FILES.items():
        if (folder / prefix / name).exists():
            found += of(folder, prefix + name)
    for name in BINARY:
        if (folder / prefix / name).exists():
            found += of_bytes(folder, prefix + name)
    return found


@pytest.fixture(scope="module")
def a_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mutations") / "run"

    experiment.train(configured(*SMALL), Run(folder), list(SMALL), Silent(), keep_points=True, began=time.monotonic())
    return folder


def assert_read_or_refused(run: Run) -> None:
    reads: list[Callable[[], object]] = [
        lambda: run.config, run.checked_config, lambda: run.overrides, lambda: run.summary, lambda: run.status,
        lambda: run.objective, run.metrics, run.rows, run.frames, run.state, lambda: run.predict([0.5, 0.5]),
    ]  # fmt: skip
    for read in reads:
        said = "read"
        try:
            read()
        except (RunError, ConfigError) as refused:
            said = str(refused)
        assert len(said.splitlines()) == 1
        assert len(said) < 2000


@pytest.mark.parametrize("every", [pytest.param(3, marks=pytest.mark.slow), 20])
@pytest.mark.parametrize("file", BINARY)
def test_every_reader(file: str, every: int, a_run: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(a_run, tmp_path / "run"))
    before = (folder / file).read_bytes()
    for mutation in [mutation for mutation in mutations(a_run) if mutation.file == file][::every]:
        (folder / file).write_bytes(mutation.content())
        with soon(SECONDS):
            try:
                assert_read_or_refused(Run(folder))
            except Exception as failure:
                raise AssertionError(str(mutation)) from failure
    (folder / file).write_bytes(before)
    assert Run(folder).status == "finished"


Main = Callable[[list[str]], int]
Commands = Callable[[Path], list[tuple[Main, list[str]]]]


def assert_harmless(main: Main, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """It works, or it ends in lines that the program meant to say."""
    capsys.readouterr()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with soon(SECONDS):
        status = main(arguments)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e3 < MEGABYTES
    said = capsys.readouterr()
    lines = said.err.splitlines()
    assert status in (0, 1, 2)
    assert status == 0 or lines or said.out
    assert all(line.startswith("error: ") for line in lines)
    assert len(lines) <= 1 + (status < 2)
    assert all(line.isprintable() for line in (said.out + said.err).split("\n"))
    assert not OF_THE_PROGRAM.search(said.err + said.out), said.err


LONG = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
SHORT = settings(LONG, max_examples=5, derandomize=True)
HOW = [pytest.param(LONG, marks=pytest.mark.slow, id="long"), pytest.param(SHORT, id="short")]


def check(mutation: Mutation, folder: Path, commands: Commands, capsys: pytest.CaptureFixture[str]) -> None:
    """Spoil a folder and carry out commands on it."""
    try:
        (folder / mutation.file).write_bytes(mutation.content())
        for main, arguments in commands(folder):
            assert_harmless(main, arguments, capsys)
    except Exception as failure:
        raise AssertionError(str(mutation)) from failure


def on_a_run(folder: Path) -> list[tuple[Main, list[str]]]:
    return [(evaluate.main, [f"run={folder}", f"to={folder.parent}"]), (report.main, [str(folder)])]


def on_a_sweep(folder: Path) -> list[tuple[Main, list[str]]]:
    assert len(Sweep(folder).jobs()) == 4
    return [(sweep.main, [str(folder)]), (report.main, [str(folder)])]


def going_on(folder: Path) -> list[tuple[Main, list[str]]]:
    return [(sweep.main, [str(folder), "--complete"])]


OLD_SWEEP = ROOT / "tests" / "folders" / "format_1" / "sweep"
IN_THE_SWEEP = [
    *of_yaml(OLD_SWEEP, "multirun.yaml"), *of_bytes(OLD_SWEEP, "multirun.yaml"),
    *mutations(OLD_SWEEP, "0/"), *mutations(OLD_SWEEP, "2/"),
]  # fmt: skip


@pytest.fixture
def resume(program: Program) -> Commands:
    def main(arguments: list[str]) -> int:
        done = program(*arguments)
        sys.stdout.write(done.out)
        sys.stderr.write(done.err)
        return done.status

    return lambda folder: [(main, [f"resume={folder}"])]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("what", ["a run", "a sweep", "an interrupted run", "an unfinished sweep"])
def test_every_command(
    what: str, how: settings, a_run: Path, resume: Commands, tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    place = tmp_path_factory.mktemp("whole")
    whole = Path(shutil.copytree(a_run if what.endswith("run") else OLD_SWEEP, place / "whole"))
    commands = {"a run": on_a_run, "a sweep": on_a_sweep, "an interrupted run": resume}.get(what, going_on)
    if what == "an interrupted run":
        Run(whole).write_summary(status="interrupted")
        Run(whole).write_config(Run(whole).config | {"epochs": 3})
    if what == "an unfinished sweep":
        (whole / "1" / "summary.json").unlink()

    @how
    @given(st.sampled_from(mutations(whole) if what.endswith("run") else IN_THE_SWEEP))
    def one(mutation: Mutation) -> None:
        shutil.copytree(whole, place / "spoilt")
        try:
            check(mutation, place / "spoilt", commands, capsys)
        finally:
            shutil.rmtree(place / "spoilt")

    one()


def test_weights_as_large_as_they_get(a_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for mutation in mutations(a_run):
        if mutation.file == names.FRAMES and "weights" in mutation.place and mutation.what == "the largest":
            check(mutation, Path(shutil.copytree(a_run, tmp_path / mutation.place)), on_a_run, capsys)


@pytest.mark.parametrize(
    "name", ["0/.hydra/config.yaml, dataset: a formula", "0/summary.json, metrics.val_acc: large"]
)  # fmt: skip
def test_a_job_with_something_wrong(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (mutation,) = [mutation for mutation in IN_THE_SWEEP if str(mutation) == name]
    folder = Path(shutil.copytree(OLD_SWEEP, tmp_path / "sweep"))
    check(mutation, folder, on_a_sweep, capsys)
    assert (folder / "sweep.csv").read_text().count("\n") == 5
