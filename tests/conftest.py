"""The real configuration, composed by Hydra and shrunk; the real program, in this process or in one of its own."""

import functools
import os

# Tests run side by side, and steps of this size only lose by being shared out: on a busy machine a hundredfold.
os.environ["OMP_NUM_THREADS"] = "1"

import re
import runpy
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from filelock import FileLock
from hydra import compose, initialize_config_dir
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.utils import create_config_search_path
from hydra.core.global_hydra import GlobalHydra
from hydra.core.utils import setup_globals
from hydra.types import RunMode

from backprop_lab.config.check import check
from backprop_lab.config.types import Choice, Config
from backprop_lab.options import discovery
from backprop_lab.options.discovery import CONFIGS, defaults
from backprop_lab.runs.run import Run
from backprop_lab.training.split import points_of
from backprop_lab.training.task import Task, build_task
from faults.tally import amount, tally  # noqa: F401 (fixtures)
from hydra_plugins.lab.composition import Composer
from hydra_plugins.lab.interpolation import resolved
from report.browser import browser, open_page  # noqa: F401 (fixtures; a second conftest.py would hide this one)

ROOT = Path(__file__).resolve().parents[1]
LESSONS = ROOT / "scripts" / "lessons"
OWN = ROOT / "tests" / "own_options"
QUICK = ("epochs=3", "dataset.n_samples=200", "logger=none", "callbacks=[frames]")


# After `make test &` and below nohup these are ignored. With a handler they still are, but not by what the tests start.
for number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, lambda *_: None)


def pytest_addoption(parser: pytest.Parser) -> None:
    often = "tests/faults as often as in `make faults`, and the sweeps of docs/questions.md with all their seeds"
    parser.addoption("--whole", action="store_true", help=often)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Of the tests of faults a line with a figure each."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, figure in getattr(report, "user_properties", []):
                if name == "fault" and report.when == "call":
                    failed = "  FAILED" if outcome == "failed" else ""
                    terminalreporter.write_line(f"{figure}  ({report.duration:.0f} s){failed}")


def composed(*overrides: str) -> dict[str, Any]:
    """What Hydra composes for a command line, as plain data; with the options of one's own that are in use."""
    if own := discovery.own_folders():
        overrides = (*overrides, f"hydra.searchpath=[{','.join(f'file://{folder}' for folder in own)}]")
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        return resolved(compose("train", list(overrides)))


def configured(*overrides: str) -> Config:
    """The checked configuration of a command line. By our composer, whose own tests compare it with Hydra: faster."""
    return check(composed(*overrides) if discovery.own_folders() else _composer().compose(overrides))


@functools.cache
def _composer() -> Composer:
    setup_globals()
    loader = ConfigLoaderImpl(create_config_search_path(str(CONFIGS)))
    return Composer(loader, loader.load_configuration("train", [], RunMode.MULTIRUN))


FLOWERS = Path(__file__).parent / "folders" / "flowers.csv"
"""A small table with a word among its inputs, and three classes."""


def fitting(group: str, name: str) -> tuple[str, ...]:
    """What chooses an option, and a data set that it can be trained with."""
    tasks = ("binary",) if group != "loss" or name == "auto" else discovery.module(group, name).FORMS
    datasets = {"binary": [], "multiclass": ["dataset=blobs"], "regression": ["dataset=linear"]}
    if (group, name) == ("dataset", "csv"):
        return "dataset=csv", f"dataset.path={FLOWERS}"
    if (group, name) == ("dataset", "points"):
        return "dataset=points", "dataset.points=[[0,0,0],[1,1,0],[0,1,1],[2,0,1]]"
    return *next(dataset for task, dataset in datasets.items() if task in tasks), f"{group}={name}"


def task_of(*overrides: str) -> Task:
    config = configured(*overrides)
    return build_task(config, *points_of(config))


def chosen(group: str, name: str, **knobs: Any) -> Choice:
    """An option with its defaults, but for ``knobs``."""
    return Choice(group, name, {key: value for key, value in defaults(group, name).items() if key != "name"} | knobs)


class Silent:
    """A console that says nothing."""

    def begin(self, *args: Any) -> list[Any]:
        return []

    def expect(self, seconds: float) -> None:
        pass

    def end(self, run: Run) -> None:
        pass


class Train(Protocol):
    def __call__(self, *overrides: str, folder: str = "run") -> Run: ...


@pytest.fixture
def train(tmp_path: Path) -> Train:
    """``train(*overrides)`` carries out a run in this process, in a folder below ``tmp_path``, and gives it."""
    from backprop_lab.experiment import experiment

    def run(*overrides: str, folder: str = "run") -> Run:
        there = Run(tmp_path / folder)
        config = configured(*overrides)
        experiment.train(config, there, list(overrides), Silent(), keep_points=True, began=time.monotonic())
        return there

    return run


def quick_of(cases: Iterable[Any], *quick: Any) -> list[Any]:
    """``cases`` as parameters: `make test` takes those named in ``quick``, and `make test-all` the others too."""
    cases = list(cases)
    assert all(case in cases for case in quick), "a case that is not there"
    return [case if case in quick else pytest.param(case, marks=pytest.mark.slow) for case in cases]


class Own(Protocol):
    def __call__(self, group: str, name: str, module: str, yaml: str = "") -> Path: ...


@pytest.fixture
def own(tmp_path: Path) -> Own:
    """``own(group, name, module, yaml)`` writes an option of one's own below ``tmp_path / "mine"``; gives that folder.

    It is in use until the end of the test, as with ``--config-dir=mine``.
    """
    mine = tmp_path / "mine"

    def write(group: str, name: str, module: str, yaml: str = "") -> Path:
        (mine / group).mkdir(parents=True, exist_ok=True)
        (mine / group / f"{name}.py").write_text(textwrap.dedent(module))
        if group != "activation":
            (mine / group / f"{name}.yaml").write_text(textwrap.dedent(yaml) or f"name: {name}\n")
        if mine in discovery.own_folders():
            discovery.forget(mine)
        discovery.use(mine)
        return mine

    return write


@dataclass(frozen=True)
class Done:
    """How the command line ended, and what it said."""

    status: int
    out: str
    err: str


Program = Callable[..., Done]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    """``program(*arguments)`` does in this process, and in ``tmp_path``, what ``python -m train`` would do."""
    import train

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HYDRA_FULL_ERROR", raising=False)

    def run(*arguments: str) -> Done:
        monkeypatch.setattr("sys.argv", ["train.py", *arguments])
        capsys.readouterr()
        status = 0
        try:
            train.main()
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        finally:
            GlobalHydra.instance().clear()
            os.environ.pop("HYDRA_FULL_ERROR", None)
        return Done(status, *capsys.readouterr())

    return run


@pytest.fixture(autouse=True)
def _forget_own_options() -> Iterator[None]:
    """What the command lines of one test named, the next test does not know of."""
    yield
    for folder in discovery.own_folders():
        discovery.forget(folder)


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    """``script("bench", *arguments)`` does in this process, and in ``tmp_path``, what that file would do."""
    monkeypatch.chdir(tmp_path)

    def run(name: str, *arguments: str) -> Done:
        monkeypatch.setattr("sys.argv", [f"{name}.py", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(ROOT / "scripts" / f"{name}.py"), run_name="__main__")
        return Done(ended.value.code, *capsys.readouterr())  # type: ignore[arg-type]

    return run


@dataclass(frozen=True)
class Lesson:
    """What a lesson printed, what it left in ``outputs/lessons/``, and its names at the end."""

    said: str
    figures: dict[str, bytes]
    names: dict[str, Any]

    def numbers(self, line: str) -> list[float]:
        """The numbers in the first printed line that contains ``line``, behind it."""
        (_, _, rest) = next(said for said in self.said.splitlines() if line in said).partition(line)
        return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", rest)]


@pytest.fixture
def lesson(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Lesson]:
    """``lesson("01_derivatives")`` runs it from top to bottom, in this process and in ``tmp_path``."""
    monkeypatch.chdir(tmp_path)

    def run(name: str) -> Lesson:
        capsys.readouterr()
        names = runpy.run_path(str(LESSONS / f"{name}.py"))
        pictures = {file.name: file.read_bytes() for file in Path("outputs", "lessons").iterdir()}
        return Lesson(capsys.readouterr().out, pictures, names)

    return run


Command = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(**variables: str) -> dict[str, str]:
    """The environment of a user: nothing of this process's doing, nor of the ``make`` that may have started it."""
    ours = ("HYDRA_FULL_ERROR", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    clean = {key: value for key, value in os.environ.items() if key not in ours}
    return clean | variables


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """``command("train", *arguments)`` runs ``python -m train ...`` in ``tmp_path`` and waits for its end."""

    def run(module: str, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=tmp_path,
            env=environment(**variables),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture(autouse=True)
def _one_cluster_at_a_time(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Clusters of this machine are used by one process of pytest at a time: two are too much for two cores."""
    if not {"cluster", "node"} & set(request.fixturenames):
        yield
        return
    with FileLock(str(tmp_path_factory.getbasetemp().parent / "clusters.lock")):
        yield
