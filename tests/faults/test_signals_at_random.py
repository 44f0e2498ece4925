"""Ctrl-C, Ctrl-C twice, SIGTERM and SIGHUP at random moments of a run, a sweep and a batched sweep."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backprop_lab.runs.errors import RunError
from backprop_lab.runs.run import Run
from conftest import environment
from faults.tally import Amount, Tally
from processes import processes_of_group

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="looks for processes under /proc")]

COMMON = ("dataset=xor", "log_every_n_epochs=1000", "logger=none", "callbacks=[frames]", "report=false")
LINES = {
    "run": ("epochs=10_000_000", "hydra.run.dir=x"),
    "sweep": ("-m", "engine=module", "epochs=3,10_000_000", "hydra.sweep.dir=x"),
    "batched": ("-m", "hydra/launcher=batched", "hydra.launcher.threads=2",
                "epochs=3,10_000_000", "seed=1,2", "hydra.sweep.dir=x"),
}  # fmt: skip
SIGNALS = {"SIGINT": 130, "SIGINT twice": 130, "SIGTERM": 143, "SIGHUP": 129}
PATIENCE = 5.0


def test_signals_at_random(tmp_path: Path, tally: Tally, amount: Amount) -> None:
    drawn = random.Random(0)
    slowest = 0.0
    with tally("signals", "ended in time with the right status, no traceback and no process left") as count:
        cases = [(name, sent) for name in LINES for sent in SIGNALS]
        for number in range(amount(3, 36)):
            name, sent = cases[number * 5 % len(cases)]
            place = tmp_path / f"{number}"
            place.mkdir()
            process = subprocess.Popen(
                [sys.executable, "-m", "train", *LINES[name], *COMMON],
                cwd=place, env=environment(), text=True, start_new_session=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            time.sleep(drawn.uniform(0.3, 9.0))
            began = time.monotonic()
            signum = signal.Signals[sent.split()[0]]
            to = os.kill if sent == "SIGTERM" else os.killpg
            to(process.pid, signum)
            if "twice" in sent:
                time.sleep(drawn.uniform(0, 0.5))
                if process.poll() is None:
                    to(process.pid, signum)
            try:
                out, err = process.communicate(timeout=60)
            finally:
                seconds = time.monotonic() - began
                while (left := processes_of_group(process.pid)) and time.monotonic() < began + PATIENCE:
                    time.sleep(0.02)
                if left:
                    os.killpg(process.pid, signal.SIGKILL)
            slowest = max(slowest, seconds)
            # Before Python has begun to run the program, the signal itself ends the process.
            is_right = process.returncode in (SIGNALS[sent], -signum)
            holds = is_right and "Traceback" not in err and not left and seconds < PATIENCE and is_whole(place)
            count((name, sent), holds, (process.returncode, seconds, left, out[-300:], err[-900:]))
        count.more = f"; slowest {slowest:.1f} s"


def is_whole(place: Path) -> bool:
    try:
        for file in place.rglob("last.ckpt"):
            Run(file.parents[1]).state()
    except RunError:
        return False
    return not list(place.rglob("*.tmp"))
