"""The line under the title: how far the run ends from its recording when the page trains it again."""

import functools
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import quickjs

from backprop_lab import engines
from backprop_lab.config.types import Choice, Config
from backprop_lab.report import document
from backprop_lab.report.document import plain
from backprop_lab.report.option_formulas import option_formulas
from backprop_lab.report.run import again as recorded
from backprop_lab.training.epoch_end import EpochEnd
from backprop_lab.training.first_state import first_state
from backprop_lab.training.split import points_of
from backprop_lab.training.state import State
from backprop_lab.training.task import build_task
from conftest import configured
from report.browser import OpenPage
from report.films import run_with_page
from report.javascript import LAB

SMALL = ("dataset.n_samples=300", "epochs=5")
# What a page has and QuickJS has not: pictures that follow each other at once.
BROWSER = """
const line = {}, waiting = [];
globalThis.document = { createElement: () => ({ getContext: () => null }) };
globalThis.requestAnimationFrame = (work) => waiting.push(work);
globalThis.performance = { now: Date.now };
function saidAgain(report) {
  report.arrays["again/weights"] &&= { values: Float64Array.from(report.arrays["again/weights"]) };
  startCheck(report, () => {});
  while (waiting.length) waiting.shift()();
  return line.textContent;
}
"""


@functools.cache
def page_scripts() -> quickjs.Context:
    made = quickjs.Context()
    scripts = document.script_of(["common/format.js", *LAB, "run/check.js"])
    made.eval(f"{scripts}{BROWSER}function byId() {{ return line; }}")
    # This engine has no words for numbers of another language.
    made.eval(
        "Number.prototype.toLocaleString = function () { return String(this).replace(/\\B(?=(\\d{3})+$)/g, ','); }"
    )
    return made


def film(config: Config, engine: str = "by_hand") -> list[State]:
    task = build_task(config, *points_of(config))
    frames = [first_state(task)]

    def watch(end: EpochEnd) -> None:
        frames.append(end.state)

    engines.load(Choice("engine", engine, {}))(task, frames[0], watch)
    return frames


def said(config: Config, frames: Sequence[State]) -> str:
    data, arrays = recorded.again(config, frames)
    train = len(build_task(config, *points_of(config)).train)
    live = {"formulas": option_formulas(config)}
    report = {**data, "live": live, "arrays": arrays, "points": {"of_train": train}, "epochs": config.epochs}
    text: str = page_scripts().eval(f"saidAgain({json.dumps(plain(report))})")
    return text


def sizes(text: str) -> list[float]:
    """The sizes in a line, such as 5·10⁻¹⁵ or 0.3."""
    digits = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    found = re.findall(r"(\d+(?:\.\d+)?)·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", text)
    return [float(f"{factor}e{power.translate(digits)}") for factor, power in found]


def test_a_run_of_64_bits_agrees_to_a_rounding() -> None:
    config = configured("precision=64", *SMALL)
    text = said(config, film(config, "module"))
    assert re.fullmatch(
        r"Trained again in this browser: 40 steps in [\d,]+ ms; its weights agree with the recorded ones "
        r"(to \d·10⁻\S+|in every bit)\.", text,
    )  # fmt: skip
    assert all(size < 1e-14 for size in sizes(text))


def test_a_run_of_32_bits_agrees_to_theirs() -> None:
    config = configured("precision=32", *SMALL)
    text = said(config, film(config, "module"))
    assert text.endswith("; the run was recorded in float32.")
    assert 1e-8 < sizes(text)[0] < 1e-5


def test_what_is_said_is_not_less_than_it_is() -> None:
    config = configured("precision=64", *SMALL)
    frames = film(config)
    name = "layers.0.weight"
    moved = frames[-1].weights[name].copy()
    moved[0, 0] += 2.1e-10
    frames[-1] = replace(frames[-1], weights=frames[-1].weights | {name: moved})
    assert sizes(said(config, frames)) == [3e-10]


def test_other_weights_are_not_explained() -> None:
    config = configured("precision=64", *SMALL)
    frames = film(config)
    frames[-1] = replace(frames[-1], weights={name: 1.01 * w for name, w in frames[-1].weights.items()})
    text = said(config, frames)
    assert "agree" not in text
    assert "Rounding does not explain that" in text


@pytest.mark.parametrize("other", ["seed=1", "optimizer.lr=0.1001", "dataset.radius=0.6", "model.activation=tanh"])
def test_the_weights_of_another_run_are_not_explained(other: str) -> None:
    frames = film(configured("precision=64", *SMALL, other))
    assert "Rounding does not explain that" in said(configured("precision=64", *SMALL), frames)


def test_a_training_that_amplifies_rounding_is_recognized() -> None:
    line = ("dataset=linear", "dataset.n_samples=200", "model=mlp", "model.activation=tanh", "optimizer.lr=0.05")
    config = configured("precision=64", *line, "epochs=250")
    text = said(config, film(config))
    assert "This training amplifies rounding: two correct computers end apart." in text


def test_a_run_that_stopped_earlier_is_compared_there() -> None:
    """However that came about."""
    config = configured("precision=64", *SMALL)
    frames = film(config)
    text = said(configured("precision=64", *SMALL, "epochs=9"), frames)
    assert text.startswith("Trained again in this browser up to epoch 5: 40 steps")
    assert "agree" in text


def test_a_run_that_diverged_is_compared_before() -> None:
    config = configured("precision=64", "dataset=linear", "optimizer.lr=1", "model=single_layer", "epochs=800")
    frames = film(config)
    assert not frames[-1].is_finite()
    last = max(frame.epoch for frame in frames if frame.is_finite())
    assert f"up to epoch {last}:" in said(config, frames)


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        (["dataset=iris"], "it cannot make the points of dataset=iris"),
        (["model.hidden=[64,64]"], "it does not hold 4,417 weights in full precision"),
        (["dataset.n_samples=100000", "epochs=800"], "that would take about 17 seconds"),
    ],
)
def test_why_not(overrides: list[str], reason: str) -> None:
    config = configured(*overrides)
    start = first_state(build_task(config, *points_of(config)))
    end = replace(start, epoch=config.epochs, step=1)
    assert said(config, [start, end]) == f"This page has not trained the run again: {reason}."


def test_without_a_frame_behind_the_start_there_is_nothing_to_compare() -> None:
    config = configured("precision=64", *SMALL)
    assert "no epoch with finite weights was recorded" in said(config, film(config)[:1])


@pytest.mark.slow
def test_in_a_browser(open_page: OpenPage, tmp_path: Path) -> None:
    run = run_with_page(tmp_path / "run", "dataset=circle", "precision=64", "epochs=20", "dataset.n_samples=1000")
    page = open_page(run.report_file)
    page.wait_for_selector("#again-here:text('agree with the recorded ones')", timeout=20_000)
    assert sizes(page.inner_text("#again-here"))[0] < 1e-13
