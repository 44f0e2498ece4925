"""A training is killed before and in the middle of everything that it does to a file."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backprop_lab.runs.errors import RunError
from backprop_lab.runs.run import Run
from experiment.test_resume import assert_same_run
from faults.child import Child, forked, training
from faults.tally import Amount, Tally

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="forks")]

LINE = ("dataset=xor", "epochs=4", "optimizer=adam", "callbacks=[frames,decision_boundary]", "logger=csv")
CALLS = ("open", "fsync", "replace", "rename", "link", "unlink", "mkdir", "rmdir", "ftruncate", "truncate")


def training_that_dies(folder: Path, run: str, at: int) -> Child:
    """It is killed at its ``at``-th call that changes a file, and says at its end how many there were."""

    def work() -> None:
        seen = 0

        def counted(name: str) -> Callable[..., Any]:
            called = getattr(os, name)

            def call(*arguments: Any, **named: Any) -> Any:
                nonlocal seen
                only_reads = name == "open" and not arguments[1] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
                if not only_reads:
                    seen += 1
                    if seen == at:
                        os.kill(os.getpid(), signal.SIGKILL)
                return called(*arguments, **named)

            return call

        import train

        for name in CALLS:
            setattr(os, name, counted(name))
        sys.argv = ["train.py", *LINE, f"hydra.run.dir={run}"]
        try:
            train.main()
        finally:
            print(f"{seen} calls")

    return forked(folder, work)


def test_crash_points(tmp_path: Path, tally: Tally, amount: Amount) -> None:
    done = training_that_dies(tmp_path, "whole", 0).end()
    assert done.status == 0, done.err
    points = int(done.out.split()[-2])
    reference = Run(tmp_path / "whole")
    with tally("crash points", "left what loads, and resumed to the same run or said there is none") as count:
        for point in range(1, points + 1, amount(max(points // 6, 1), 2)):
            run = Run(tmp_path / str(point))
            assert training_that_dies(tmp_path, str(point), point).end().status == -signal.SIGKILL
            try:
                began = run.folder.is_dir() and run.has_begun and run.checkpoint_file("last").exists()
                status = run.status if began else None
                for which in ("last", "previous", "best"):
                    if began and run.checkpoint_file(which).exists():
                        Run(run.folder, which).state()
                done = training(tmp_path, f"resume={point}").end()
                if began:
                    assert done.status == 0, done
                    assert_same_run(run, reference)
                    assert not run.missing
                    assert {path.name for path in run.folder.rglob("*.png")} == {
                        path.name for path in reference.folder.rglob("*.png")
                    }
                else:
                    assert (done.status, done.err.count("\n")) == (2, 1), done
                count(point, True)
            except (AssertionError, RunError) as wrong:
                count(point, False, (status, str(wrong)[:600]))
