"""The panel of a page trains other runs than the recorded one; the command that it prints gives the same weights."""

import random
import shlex
from typing import Any

import numpy as np
import pytest

from backprop_lab import engines
from backprop_lab.config.types import Choice
from backprop_lab.runs.run import Run
from backprop_lab.training.first_state import first_state
from backprop_lab.training.split import points_of
from backprop_lab.training.task import build_task
from conftest import configured, quick_of
from report.browser import OpenPage
from report.films import run_with_page
from report.javascript import flat

WEIGHTS = "opened.then(({ film, live }) => film && [...film.training.rung.w])"
RUNS = {
    "circle": ("dataset.n_samples=300", "epochs=6"),
    "spiral": ("dataset=spiral", "dataset.classes=3", "dataset.n_samples=200", "epochs=5", "model.hidden=[4,3]"),
    "line": ("dataset=linear", "epochs=20", "optimizer.lr=0.02"),
    "plane": ("dataset=plane", "dataset.n_samples=200", "epochs=5", "dataset.standardize=true"),
    "xor": ("dataset=xor", "epochs=40", "loss=hinge", "model.activation=tanh"),
}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Any:
    made: dict[str, Run] = {}

    def run(name: str) -> Run:
        if name not in made:
            made[name] = run_with_page(tmp_path_factory.mktemp("panel") / "run", *RUNS[name])
        return made[name]

    return run


def opened(open_page: OpenPage, run: Run, **how: Any) -> Any:
    page = open_page(run.report_file, **how)
    page.wait_for_selector("#live:not([hidden])")
    return page


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


def press(page: Any, drawn: random.Random) -> str:
    """Move a control at random; returns its key."""
    rows = page.locator("#live-shown .control")
    row = rows.nth(drawn.randrange(rows.count()))
    key: str = row.get_attribute("data-key")
    if row.locator("select").count():
        options = row.locator("option").all_text_contents()
        row.locator("select").select_option(drawn.choice(options))
    elif row.locator("input[type=checkbox]").count():
        row.locator("input[type=checkbox]").click()
    elif row.locator("input[type=range]").count():
        slider = row.locator("input[type=range]")
        most = int(slider.get_attribute("max"))
        slider.fill(str(drawn.randrange(0 if most > 40 else 1, 1 + most * 3 // 5)))
    return key


@pytest.mark.parametrize("seed", quick_of(range(20), 0, 1))
def test_the_command_of_any_state_gives_the_weights_of_the_page(recorded: Any, open_page: OpenPage, seed: int) -> None:
    drawn = random.Random(seed)
    page = opened(open_page, recorded(list(RUNS)[seed % len(RUNS)]))
    pressed = [press(page, drawn) for _ in range(4)]
    page.wait_for_timeout(200)
    if page.locator("#live-again").is_hidden():  # pressed back, or refused in words
        assert page.inner_text("#live-said").startswith("This is not trained") or not page.evaluate(
            "state.changes.x"
        ), pressed
        return
    said = ended(page)
    command = page.inner_text("#live-command")
    made, expected = weights(page), by_command(command)
    assert made.shape == expected.shape
    if "amplifies rounding" in said or "Diverged" in said:
        return
    assert np.abs(made - expected).max() < 1e-9, command
