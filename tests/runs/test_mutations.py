"""Whatever value of whatever file is wrong: readers and commands work, or refuse in one line, soon."""

import re
import resource
import shutil
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
from conftest import ROOT, Silent, configured
from runs.hostile import soon
from runs.mutations import Mutation, of_arrays, of_bytes, of_json, of_table, of_yaml

SMALL = ("epochs=2", "dataset.n_samples=20", "model.hidden=2", "engine=module", "logger=none", "callbacks=[frames]")
FILES: dict[str, Callable[[Path, str], Iterator[Mutation]]] = {
    names.RECEIPT: of_json, names.CONFIG: of_yaml, names.OVERRIDES: of_yaml, names.METRICS: of_table,
    names.FRAMES: of_arrays, names.POINTS: of_arrays,
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


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.slow), 20])
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


def assert_harmless(main: Callable[[list[str]], int], arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
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


LONG = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SHORT = settings(LONG, max_examples=6, derandomize=True)
HOW = [pytest.param(LONG, marks=pytest.mark.slow, id="long"), pytest.param(SHORT, id="short")]


def check_a_run(mutation: Mutation, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        (folder / mutation.file).write_bytes(mutation.content())
        assert_harmless(evaluate.main, [f"run={folder}", f"to={folder.parent}"], capsys)
        assert_harmless(report.main, [str(folder)], capsys)
    except Exception as failure:
        raise AssertionError(str(mutation)) from failure


def check_a_sweep(mutation: Mutation, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        (folder / mutation.file).write_bytes(mutation.content())
        assert len(Sweep(folder).jobs()) == 4
        assert_harmless(sweep.main, [str(folder)], capsys)
        assert (folder / "sweep.csv").read_text().count("\n") >= 5
        assert_harmless(report.main, [str(folder)], capsys)
    except Exception as failure:
        raise AssertionError(str(mutation)) from failure


OLD_SWEEP = ROOT / "tests" / "folders" / "format_1" / "sweep"
IN_THE_SWEEP = [
    *of_yaml(OLD_SWEEP, "multirun.yaml"), *of_bytes(OLD_SWEEP, "multirun.yaml"),
    *mutations(OLD_SWEEP, "0/"), *mutations(OLD_SWEEP, "2/"),
]  # fmt: skip


@pytest.mark.parametrize(
    "how", [pytest.param(LONG, marks=pytest.mark.slow, id="long"), pytest.param(SHORT, id="short")]
)
def test_every_command_on_a_run(
    how: settings, a_run: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    @how
    @given(st.sampled_from(mutations(a_run)))
    def check(mutation: Mutation) -> None:
        folder = Path(shutil.copytree(a_run, tmp_path_factory.mktemp("run") / "run"))
        check_a_run(mutation, folder, capsys)
        shutil.rmtree(folder.parent)

    check()


@pytest.mark.parametrize(
    "how", [pytest.param(LONG, marks=pytest.mark.slow, id="long"), pytest.param(SHORT, id="short")]
)
def test_every_command_on_a_sweep(
    how: settings, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    @how
    @given(st.sampled_from(IN_THE_SWEEP))
    def check(mutation: Mutation) -> None:
        folder = Path(shutil.copytree(OLD_SWEEP, tmp_path_factory.mktemp("sweep") / "sweep"))
        check_a_sweep(mutation, folder, capsys)
        shutil.rmtree(folder.parent)

    check()
