"""What a page trained, and what the command that it prints trains."""

import shlex
from typing import Any

import numpy as np

from backprop_lab import engines
from backprop_lab.config.types import Choice
from backprop_lab.training.first_state import first_state
from backprop_lab.training.split import points_of
from backprop_lab.training.task import build_task
from conftest import configured
from report.javascript import flat

WEIGHTS = "opened.then(({ film, live }) => film && [...film.training.rung.w])"


def ended(page: Any) -> str:
    """What is said once the training in the page and its twin have ended."""
    page.wait_for_selector("html[data-trained]", state="attached", timeout=60_000)
    said: str = page.inner_text("#live-said")
    return said


def weights(page: Any) -> np.ndarray:
    return np.array(page.evaluate(WEIGHTS))


def by_command(command: str) -> np.ndarray:
    words = shlex.split(command)
    assert words[:3] == ["python", "-m", "train"]
    config = configured(*words[3:])
    task = build_task(config, *points_of(config))
    state = engines.load(Choice("engine", "by_hand", {}))(task, first_state(task), lambda end: None)
    return flat(state)
