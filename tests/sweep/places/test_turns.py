"""Threads of a sweep take turns: one in Python, and no more at work than there are cores."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import pytest

from backprop_lab.sweep.places.turns import Turns

WAIT = 20  # seconds, of a thread that hangs


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (1, 4), (2, 3), (3, 8)])
def test_one_is_in_python_and_all_have_a_core(cores: int, threads: int) -> None:
    turns, lock = Turns(cores), threading.Lock()
    now, most = {"python": 0, "kernel": 0}, {"python": 0, "kernel": 0, "both": 0}

    def busy(where: str) -> None:
        with lock:
            now[where] += 1
            most[where] = max(most[where], now[where])
            most["both"] = max(most["both"], sum(now.values()))
        time.sleep(0.002)
        with lock:
            now[where] -= 1

    def work(rounds: int) -> None:
        with turns.python():
            for _ in range(rounds):
                busy("python")
                with turns.kernel():
                    busy("kernel")
                busy("python")

    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, 10) for _ in range(threads)]:
            done.result(WAIT)
    assert most["python"] == 1
    assert most["both"] <= cores
    assert (most["both"] == cores) == (threads >= cores)


@pytest.mark.parametrize("inside", [nullcontext, "away", "kernel"])
def test_a_thread_that_fails_gives_its_turn_back(inside: Any) -> None:
    turns = Turns()

    def fail() -> None:
        with turns.python(), getattr(turns, inside)() if isinstance(inside, str) else inside():
            raise RuntimeError("not today")

    with ThreadPoolExecutor(2) as pool:
        for _ in range(3):
            with pytest.raises(RuntimeError, match="today"):
                pool.submit(fail).result(WAIT)


def test_who_is_away_lets_others_compute() -> None:
    turns = Turns()
    other_was_there = threading.Event()

    def other() -> None:
        with turns.python(), turns.kernel():
            other_was_there.set()

    with ThreadPoolExecutor(1) as pool, turns.python():
        done = pool.submit(other)
        assert not other_was_there.wait(0.1)
        with turns.away():
            assert other_was_there.wait(WAIT)
            done.result(WAIT)
