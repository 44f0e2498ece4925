"""Ctrl-C, SIGTERM and SIGHUP: a checkpoint, the right exit status, and nothing left behind."""

import contextlib
import csv
import os
import re
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.errors import ConfigCompositionException

from backprop_lab.callbacks.frames import Frames
from backprop_lab.experiment import experiment
from backprop_lab.experiment.ending import status_of
from backprop_lab.runs.run import Run
from backprop_lab.sweep.__main__ import main as sweep_main
from backprop_lab.training import interruption
from backprop_lab.training.interruption import Interrupted
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from conftest import ROOT, Program, Silent, Train, configured, environment, quick_of
from processes import processes_of_group

EXIT_STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
QUICK = ("dataset.n_samples=200", "logger=none", "callbacks=[frames]")
LONG, LOGGED = 6_000, 1_000
SWEEP = ("dataset=xor", "engine=module", "logger=none", "callbacks=[frames]", f"log_every_n_epochs={LOGGED}")


def start(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "train", *arguments],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(happened: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    while not happened():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def has_trained(run: Run) -> bool:
    """Whether there is a checkpoint after the one of before the first step."""
    last, previous = run.checkpoint_file("last"), run.checkpoint_file("previous")
    return previous.is_file() and not previous.samefile(last)


def stop(process: "subprocess.Popen[str]", signum: signal.Signals) -> tuple[str, str]:
    """Send a signal to the process alone; gives what it said, and sees that it and all its children ended."""
    process.send_signal(signum)
    try:
        out, err = process.communicate(timeout=60)
        patience = time.monotonic() + 20
        while processes_of_group(process.pid) and time.monotonic() < patience:
            time.sleep(0.05)  # joblib's resource tracker ends when it finds its parent gone
        assert not processes_of_group(process.pid), "it left a child behind"
        return out, err
    finally:
        if process.poll() is None or processes_of_group(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.mark.parametrize("signum", quick_of(EXIT_STATUS, signal.SIGINT, signal.SIGHUP))
def test_a_signal_ends_a_run_with_its_epoch(signum: signal.Signals, tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    process = start(tmp_path, *QUICK, "epochs=1000000", f"hydra.run.dir={run.folder}")
    wait_for(lambda: has_trained(run), process)
    out, err = stop(process, signum)

    assert process.returncode == EXIT_STATUS[signum]
    assert err == f"error: interrupted: by {signum.name}\n"
    assert out.endswith("run\n")
    summary = run.summary
    assert summary["status"] == "interrupted"
    assert summary["error"] == f"by {signum.name}"
    assert 0 < summary["epochs"] < 1_000_000
    assert summary["epochs"] == run.state().epoch == run.metrics()["epoch"][-1]
    assert summary["weights_sha256"] == run.state().weights_sha256
    assert summary["metrics"].keys() == {"train_loss", "train_acc", "val_loss", "val_acc"}
    assert [path.name for path in run.folder.rglob(".*") if path.name not in (".hydra", ".lock")] == []


def test_ctrl_c_ends_a_sweep_which_is_then_completed_with_nothing_done_twice(tmp_path: Path) -> None:
    # Jobs 0, 2 and 3 end in a moment; 1 lasts for seconds.
    epochs = [3, LONG, 4, 5]
    sweep, runs, out = interrupted_sweep(tmp_path, signal.SIGINT, epochs)
    assert [row["status"] for row in table(sweep)] == ["finished", "interrupted", "not run", "not run"]
    assert "3 of 4 jobs did not finish" in out
    done = runs[0].summary_file.stat().st_mtime_ns
    reached = runs[1].state().epoch
    assert 0 < reached < LONG

    assert sweep_main([str(sweep), "--complete"]) == 0
    assert [row["status"] for row in table(sweep)] == ["finished"] * 4
    assert [run.summary["epochs"] for run in runs] == [run.state().epoch for run in runs] == epochs
    for run, number in zip(runs, epochs, strict=True):
        rows = [*range(LOGGED, number + 1, LOGGED), *([number] if number % LOGGED else [])]
        assert run.metrics()["epoch"].tolist() == rows
    assert f", from epoch {reached:,} on" in runs[1].log_file.read_text()
    assert runs[0].summary_file.stat().st_mtime_ns == done


@pytest.mark.slow
def test_sigterm_to_a_sweep_with_workers_ends_them_all(tmp_path: Path) -> None:
    launcher = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
    sweep, _, out = interrupted_sweep(tmp_path, signal.SIGTERM, [3, LONG, LONG, 4], *launcher)
    statuses = [row["status"] for row in table(sweep)]
    assert statuses[:2] == ["finished", "interrupted"]
    assert statuses[2] in ("interrupted", "not run")
    assert statuses[3] == "not run"
    assert "3 of 4 jobs did not finish" in out


def test_a_run_that_ignores_sighup_goes_on(tmp_path: Path) -> None:
    """As after ``nohup``."""
    run = Run(tmp_path / "run")
    line = (*QUICK, "epochs=1000000", f"hydra.run.dir={run.folder}")
    process = subprocess.Popen(
        ["nohup", sys.executable, "-m", "train", *line], cwd=tmp_path, env=environment(), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    wait_for(lambda: has_trained(run), process)
    process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    reached = run.state().epoch
    wait_for(lambda: run.state().epoch > reached, process)
    stop(process, signal.SIGTERM)
    assert process.returncode == 143


BATCHED = ("-m", "hydra/launcher=batched", "hydra.launcher.threads=2", "dataset=xor",
           "epochs=2,50_000_000", "log_every_n_epochs=1000000", "seed=range(2)", "hydra.sweep.dir=sweep")  # fmt: skip
ONE_BY_ONE = ("-m", *SWEEP, f"epochs=3,{50 * LONG}", "hydra.sweep.dir=sweep")
MOMENTS = [(0.0, 0.0), (0.05, 0.1), (0.5, 0.1), (1.0, 0.6), (2.0, 0.0), (3.0, 0.1), (4.5, 0.0)]


@pytest.mark.parametrize("moments", quick_of(MOMENTS, (0.5, 0.1), (3.0, 0.1)))
@pytest.mark.parametrize("line", quick_of([BATCHED, ONE_BY_ONE], BATCHED), ids=lambda line: line[1])
def test_two_ctrl_cs_leave_nothing_behind_and_print_no_traceback(
    line: tuple[str, ...], moments: tuple[float, float], tmp_path: Path
) -> None:
    """Whatever the processes of the sweep are doing then, also while they import and while they end."""
    after, between = moments
    process = start(tmp_path, *line)
    time.sleep(0.1 + after)
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(between)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    try:
        _, err = process.communicate(timeout=60)
        if before_the_program(err):
            return
        assert "Traceback" not in err
        assert "KeyboardInterrupt" not in err
        assert process.returncode in (130, -signal.SIGINT), err  # before Python has started, the system ends it
        patience = time.monotonic() + 10
        while processes_of_group(process.pid) and time.monotonic() < patience:
            time.sleep(0.05)
        assert not processes_of_group(process.pid)
        assert not list(tmp_path.rglob("*.tmp"))
    finally:
        if process.poll() is None or processes_of_group(process.pid):
            os.killpg(process.pid, signal.SIGKILL)


def before_the_program(err: str) -> bool:
    """Whether Python itself was interrupted, before this program had set its handler."""
    first, _, _ = (ROOT / "src" / "train.py").read_text().partition("SIG_DFL)")
    ours = re.findall(rf'File "{re.escape(str(ROOT / "src"))}.*\n\s*(.*)', err)
    return "Fatal Python error: init" in err or ("Traceback" in err and all(line in first for line in ours))


def interrupted_sweep(
    folder: Path, signum: signal.Signals, epochs: list[int], *arguments: str
) -> tuple[Path, list[Run], str]:
    """A sweep over ``epochs`` that got a signal in its job 1: its folder, its runs, and what it said."""
    sweep = folder / "sweep"
    swept = f"epochs={','.join(map(str, epochs))}"
    process = start(folder, "-m", *SWEEP, *arguments, swept, f"hydra.sweep.dir={sweep}")
    runs = [Run(sweep / str(number)) for number in range(len(epochs))]
    wait_for(lambda: runs[0].summary.get("status") == "finished" and has_trained(runs[1]), process)
    out, err = stop(process, signum)
    assert process.returncode == EXIT_STATUS[signum]
    assert "Traceback" not in err
    assert [row["job"] for row in table(sweep)] == [str(number) for number in range(len(epochs))]
    return sweep, runs, out


def table(sweep: Path) -> list[dict[str, str]]:
    with (sweep / "sweep.csv").open(newline="") as file:
        return list(csv.DictReader(file))


# -- in this process --------------------------------------------------------------------------------------------------

SMALL = ("epochs=6", "dataset.n_samples=60", "engine=module", "logger=none", "callbacks=[frames]")


def signal_in(epoch: int, monkeypatch: pytest.MonkeyPatch, *signums: signal.Signals) -> None:
    """Send this process signals before the first step of an epoch, once."""
    left = list(signums)

    def batches(task: Task, number: int) -> list[np.ndarray]:
        while number == epoch and left:
            os.kill(os.getpid(), left.pop())
        return in_order(task, number)

    in_order = Task.batches
    monkeypatch.setattr(Task, "batches", batches)


@pytest.mark.parametrize("engine", ["module", "lightning"])
def test_a_second_signal_ends_a_run_at_once(
    engine: str, train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signal_in(4, monkeypatch, signal.SIGINT, signal.SIGINT)
    with pytest.raises(Interrupted) as caught:
        train(*SMALL, f"engine={engine}")
    assert caught.value.exit_status == 130
    assert caught.value.state is None, "it waited for the end of the epoch"
    run = Run(tmp_path / "run")
    assert run.summary["status"] == "interrupted"
    assert run.state().epoch < 4, "a checkpoint of before"
    assert experiment.resume(run, {}, Silent(), time.monotonic()) == "finished"
    assert run.metrics()["epoch"].tolist() == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("signum", EXIT_STATUS)
@pytest.mark.parametrize("engine", ["module", "lightning"])
def test_a_signal_in_the_middle_of_an_epoch_waits_for_its_end(
    engine: str, signum: signal.Signals, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    signal_in(3, monkeypatch, signum)
    with pytest.raises(Interrupted) as caught:
        train(*SMALL, f"engine={engine}")
    assert caught.value.exit_status == EXIT_STATUS[signum]
    assert caught.value.state is not None
    assert caught.value.state.epoch == 3


@pytest.mark.parametrize("signum", EXIT_STATUS)
def test_outside_a_training_a_signal_ends_at_once_and_handlers_are_put_back(signum: signal.Signals) -> None:
    before = [signal.getsignal(number) for number in interruption.SIGNALS]
    with pytest.raises(Interrupted), interruption.handled():
        signal.raise_signal(signum)
    assert [signal.getsignal(number) for number in interruption.SIGNALS] == before


def test_a_signal_that_waited_is_forgotten_by_the_next_training(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    signal_in(2, monkeypatch, signal.SIGINT)
    with pytest.raises(Interrupted):
        train(*SMALL, folder="first")
    assert train(*SMALL, folder="second").status == "finished"


def once(signum: signal.Signals, then: Callable[..., Any]) -> Callable[..., Any]:
    """A function that sends this process a signal when it is first called, and then does what ``then`` does."""
    left = [signum]

    def function(*args: Any) -> Any:
        if left:
            os.kill(os.getpid(), left.pop())
        return then(*args)

    return function


@pytest.mark.parametrize("signum", EXIT_STATUS)
def test_a_signal_after_the_last_epoch_of_a_job_ends_the_sweep_too(
    signum: signal.Signals, tmp_path: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on_end(frames: Frames, state: State) -> None:
        """While the figures of the first job are drawn."""

    monkeypatch.setattr(Frames, "on_end", once(signum, on_end))
    assert program("-m", *SMALL, "seed=1,2,3", "hydra.sweep.dir=sweep").status == EXIT_STATUS[signum]
    assert [row["status"] for row in table(tmp_path / "sweep")][1:] == ["not run", "not run"]


def test_a_signal_during_the_completion_of_a_sweep_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        overrides = [*SMALL, f"seed={number}"]
        Run(tmp_path / "sweep" / str(number)).write_config(configured(*overrides).plain, overrides)
    signal_in(4, monkeypatch, signal.SIGTERM)
    assert sweep_main([str(tmp_path / "sweep"), "--complete"]) == 143
    assert [row["status"] for row in table(tmp_path / "sweep")] == ["interrupted", "not run", "not run"]
    assert "3 of 3 jobs did not finish" in capsys.readouterr().out
    assert sweep_main([str(tmp_path / "sweep"), "--complete"]) == 0
    assert [row["status"] for row in table(tmp_path / "sweep")] == ["finished"] * 3


@pytest.mark.parametrize("consequence", [ValueError, ImportError, OSError])
def test_what_an_interrupted_call_raises_is_an_interruption(consequence: type[Exception]) -> None:
    """As a C extension does whose import was interrupted."""

    def work() -> int:
        with contextlib.suppress(Interrupted):
            signal.raise_signal(signal.SIGINT)
        raise consequence("half imported")

    assert status_of(work) == 130
    assert status_of(lambda: 0) == 0, "the next command knows nothing of it"


def test_after_an_interruption_failures_are_failures_again() -> None:
    """An interrupted sweep still gets its table, without the figure that cannot be drawn."""

    def work() -> int:
        try:
            signal.raise_signal(signal.SIGINT)
        except Interrupted:
            with pytest.raises(OSError, match="no space"), interruption.recognized():
                raise OSError("no space left") from None
            raise
        return 0

    assert status_of(work) == 130


def dropped_by_a_return() -> None:
    """As parsers do that ANTLR generates."""
    try:
        signal.raise_signal(signal.SIGTERM)
    finally:
        return  # noqa: B012


def dropped_by_a_failed_cleanup() -> None:
    """As in OmegaConf, where a cleanup then finds a list half made; the exceptions keep each other alive."""
    kept: list[BaseException] = []
    try:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            raise AttributeError(kept)
    except AttributeError as failure:
        kept.append(failure)


@pytest.mark.parametrize("drops", [dropped_by_a_return, dropped_by_a_failed_cleanup])
def test_a_signal_that_is_dropped_is_sent_again(drops: Callable[[], None]) -> None:
    def work() -> int:
        drops()
        time.sleep(20)
        return 0

    began = time.monotonic()
    assert status_of(work) == 143
    assert time.monotonic() - began < 10


def test_what_is_done_because_of_a_signal_is_not_interrupted_by_it_again() -> None:
    def work() -> int:
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            time.sleep(4 * interruption.SOON)
            done.append("written")
        return 0

    done: list[str] = []
    assert status_of(work) == 130
    assert done == ["written"]
    time.sleep(4 * interruption.SOON)  # nothing is left that would send it


def test_a_signal_while_an_object_is_deleted_is_not_lost(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        thing = type("Thing", (), {})()
        finalizer = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGTERM))
        del thing
        time.sleep(20)
        return int(finalizer() is None)

    assert status_of(work) == 143
    assert capsys.readouterr().err == ""


def test_a_signal_while_a_sweep_is_composed_is_no_failure_of_the_sweep(
    monkeypatch: pytest.MonkeyPatch, program: Program, tmp_path: Path
) -> None:
    composed = ConfigLoaderImpl.load_sweep_config

    def interrupted(*arguments: Any, **more: Any) -> Any:
        if not (tmp_path / "sweep" / "plan.jsonl").exists():  # the jobs are still checked
            return composed(*arguments, **more)
        with contextlib.suppress(Interrupted):
            signal.raise_signal(signal.SIGINT)
        raise ConfigCompositionException

    monkeypatch.setattr(ConfigLoaderImpl, "load_sweep_config", interrupted)
    answer = program("-m", *SMALL, "seed=0,1", "hydra.sweep.dir=sweep")
    assert (answer.status, answer.err) == (130, "")
    assert [row["status"] for row in table(tmp_path / "sweep")] == ["not run", "not run"]


@pytest.mark.parametrize(
    "line", [("backprop_lab.evaluate", "run=run"), ("backprop_lab.report", "run")], ids=lambda line: line[0]
)
@pytest.mark.parametrize("after", quick_of([0.3, 0.6, 1.0, 1.5, 2.0, 3.0], 0.6, 2.0))
def test_every_command_ends_without_a_traceback(
    line: tuple[str, ...], after: float, train: Train, tmp_path: Path
) -> None:
    train(*SMALL)
    process = subprocess.Popen(
        [sys.executable, "-m", *line], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert err == ""
    assert process.returncode in (130, 0, -signal.SIGINT), "interrupted, done before, or ended in Python's own exit"
