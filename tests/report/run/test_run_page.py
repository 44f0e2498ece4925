"""The page of a run, in a real browser: what it shows is what was recorded, and everything on it can be reached."""

import itertools
import json
import math
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_lab.config.check import check
from backprop_lab.experiment import experiment
from backprop_lab.options.text import number
from backprop_lab.report import __main__ as command
from backprop_lab.report.run import page as run_page
from backprop_lab.report.run.frames import film_of
from backprop_lab.runs.run import Run
from backprop_lab.training.film import Film
from conftest import Program, Silent, Train, composed, configured, quick_of
from report.browser import SIZES, OpenPage, beyond_the_paper, overlaps, print_out
from report.films import GATE, forgotten_afterwards, own_option

PLAIN = ("engine=module", "logger=none", "callbacks=[frames]")
RUNS = {
    "circle": ("dataset.n_samples=1000", "epochs=30"),
    "xor single layer": ("experiment=xor_single_layer", "epochs=2000"),
    "xor mlp": ("experiment=xor_mlp", "epochs=300"),
    "line": ("experiment=linear_regression", "callbacks.frames.count=50"),
    "bent line": ("dataset=linear", "model.hidden=[4,3]", "optimizer.lr=0.02"),
    "noisy line": ("dataset=linear", "dataset.n_samples=100", "dataset.noise=0.3", "optimizer.lr=0.02"),
    "moons": ("dataset=moons", "dataset.n_samples=300", "model.hidden=[5,4]", "model.activation=tanh", "epochs=20"),
    "deep": ("dataset=moons", "dataset.n_samples=200", "model.hidden=[6,6,6,6]", "epochs=6"),
    "wide": ("dataset.n_samples=300", "model.hidden=[40,24]", "epochs=5"),
    "residual": ("dataset=moons", "dataset.n_samples=200", "model=residual", "model.blocks=3", "epochs=6"),
    "margins": ("dataset=moons", "dataset.n_samples=200", "loss=hinge", "model.activation=leaky_relu", "epochs=20"),
    "near points": (
        "dataset=points",
        "dataset.points=[[0,0,0],[1,1,0],[0.9,0.95,1],[0,1,1],[2,0,1],[2,0.05,1],[1.95,1,0]]",
        "epochs=3",
    ),
    "few margins": (
        "dataset=xor",
        "loss=hinge",
        "model.hidden=4",
        "optimizer=rmsprop",
        "optimizer.lr=0.02",
        "epochs=200",
    ),
    "one line of margins": ("dataset=xor", "loss=hinge", "model=single_layer", "epochs=50"),
    "stopped": (
        "dataset.n_samples=300",
        "model.activation=gelu",
        "model.dropout=0.2",
        "penalty=l2",
        "schedule=cosine",
        "schedule.epochs=60",
        "stop=patience",
        "stop.patience=5",
        "stop.min_delta=0.01",
        "epochs=60",
    ),
    "diverged": ("dataset=linear", "model=single_layer", "optimizer.lr=0.3", "epochs=500"),
}
MINUS = "\N{MINUS SIGN}"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """``trained(name)`` carries out a run of ``RUNS`` once, and makes its page."""
    runs: dict[str, Run] = {}

    def run(name: str) -> Run:
        if name not in runs:
            there = Run(tmp_path_factory.mktemp("runs") / name.replace(" ", "_"))
            typed = [*RUNS[name], *(option for option in PLAIN if "callbacks.frames" not in " ".join(RUNS[name]))]
            experiment.train(configured(*typed), there, typed, Silent(), keep_points=True, began=time.monotonic())
            run_page.write(there)
            runs[name] = there
        return runs[name]

    return run


Trained = Callable[[str], Run]


def canvas(page: Any, place: str) -> str:
    """What a canvas shows, as text to compare."""
    shown: str = page.eval_on_selector(f"{place} canvas", "canvas => canvas.toDataURL()")
    return shown


def settle(page: Any) -> None:
    """Wait until what has changed is drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
    settle(page)


def until(page: Any, condition: str) -> None:
    """Wait for a condition, asked from outside: the page's policy refuses the code of Playwright's own waiting."""
    deadline = time.monotonic() + 20
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, condition
        page.wait_for_timeout(20)


def epoch_of(page: Any) -> int:
    return int(page.inner_text("#readout strong").removeprefix("epoch ").replace(",", ""))


WIDEST = max(SIZES)
# On a small screen everything is tried; what has room there has it on a larger one, but for a few.
AT_SIZES = [(name, 400) for name in RUNS] + [
    (name, width) for name in ("circle", "deep", "wide") for width in (1280, WIDEST)
]


QUICK_SIZES = (("circle", 400), ("xor mlp", 400), ("bent line", 400))


@pytest.mark.parametrize("size", quick_of(AT_SIZES, *QUICK_SIZES), ids=str)
def test_nothing_overlaps_or_sticks_out(trained: Trained, open_page: OpenPage, size: tuple[str, int]) -> None:
    name, width = size
    page = open_page(trained(name).report_file, width, dark=width == 1280)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert overlaps(page) == []


def test_the_first_three_panels_are_above_the_fold(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("circle").report_file, 1280)
    for picture in ("#answer-picture", "#network-picture", "#curves-charts .one-chart:nth-child(2)"):
        box = page.locator(picture).bounding_box()
        assert box["y"] + box["height"] < 800, picture


@pytest.mark.parametrize("name", quick_of(["circle", "xor mlp", "line", "wide"], "circle", "line"))
def test_the_slider_and_the_keys_move_everything(trained: Trained, open_page: OpenPage, name: str) -> None:
    run = trained(name)
    epochs = [frame.epoch for frame in run.frames()]
    page = open_page(run.report_file)
    assert epoch_of(page) == epochs[-1]

    def picture() -> list[str]:
        marker = page.locator("#curves-charts .marker").first.get_attribute("x1")
        dot = page.locator("#landscape-picture .now").get_attribute("cx")
        answer = (
            page.locator("#answer-picture .fit").get_attribute("d")
            if name == "line"
            else canvas(page, "#answer-picture")
        )
        return [marker, dot, answer, canvas(page, ".unit.output")]

    last = picture()
    press(page, "Home")
    assert epoch_of(page) == 0
    assert all(now != before for now, before in zip(picture(), last, strict=True))
    press(page, "ArrowRight")
    assert epoch_of(page) == epochs[1]
    press(page, "Shift+ArrowRight")
    assert epoch_of(page) == epochs[min(6, len(epochs) - 1)]
    press(page, "End", "ArrowLeft")
    assert epoch_of(page) == epochs[-2]
    page.locator("#moment").fill("2")
    settle(page)
    assert epoch_of(page) == epochs[2]
    page.locator("#strip button").last.click()
    settle(page)
    assert picture() == last


@pytest.mark.slow
def test_play_goes_from_the_start_to_the_end_and_pauses(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("circle").report_file)
    page.click("#play")
    until(page, "document.getElementById('play').innerText === 'Pause'")
    until(page, "Number(document.getElementById('moment').value) >= 2")
    page.click("#play")
    settle(page)
    stopped = epoch_of(page)
    page.wait_for_timeout(300)
    assert epoch_of(page) == stopped < 30
    page.locator("body").press("Space")
    until(page, "document.getElementById('readout').innerText.startsWith('epoch 30 ')")
    assert page.inner_text("#play") == "Play"


def test_the_numbers_are_those_of_metrics_csv(trained: Trained, open_page: OpenPage) -> None:
    run = trained("circle")
    page = open_page(run.report_file)
    rows = run.metrics()
    for i, frame in enumerate(run.frames()[1:], start=1):
        page.locator("#moment").fill(str(i))
        settle(page)
        row = int(np.flatnonzero(rows["epoch"] == frame.epoch)[0])
        loss, accuracy = re.findall(r"loss (\S+) · accuracy (\S+)", page.inner_text("#readout"))[0]
        assert float(loss) == pytest.approx(rows["val_loss"][row], rel=2e-4)
        assert float(accuracy) == pytest.approx(rows["val_acc"][row], abs=1e-4)
        assert f"step {frame.step:,}" in page.inner_text("#readout")


@pytest.mark.parametrize("view", ["weights", "gradients"])
def test_a_weight_that_is_pointed_at_says_what_the_checkpoint_holds(
    trained: Trained, open_page: OpenPage, view: str
) -> None:
    run = trained("circle")
    page = open_page(run.report_file)
    if view == "gradients":
        press(page, "g")
    weight = run.state().weights["layers.0.weight"]
    for unit, feature in [(0, 0), (3, 1), (7, 0)]:
        link = page.locator(f"[data-weight='0.{unit}.{feature}']")
        at = link.evaluate(
            "path => { const at = path.getPointAtLength(0.97 * path.getTotalLength());"
            " const box = path.ownerSVGElement.getBoundingClientRect(); return [box.x + at.x, box.y + at.y]; }"
        )
        page.mouse.move(*at)
        said = page.inner_text(".tip")
        assert f"from x{feature + 1} to unit 1.{unit + 1}" in said
        (shown,) = re.findall(r"weight (\S+)", said)
        assert float(shown.replace(MINUS, "-")) == pytest.approx(float(weight[unit, feature]), rel=5e-4)


def test_a_chosen_unit_shows_its_map_and_all_its_numbers(trained: Trained, open_page: OpenPage) -> None:
    run = trained("circle")
    page = open_page(run.report_file)
    answer = canvas(page, "#answer-picture")
    page.locator(".unit.hidden").first.focus()
    press(page, "ArrowDown", "ArrowDown", "Enter")
    assert page.inner_text("#answer-title") == "Output of unit 1.3"
    assert canvas(page, "#answer-picture") != answer
    weights = run.state().weights
    rows = page.locator("#network-card tbody tr").all()
    shown = {row.locator("td").first.inner_text(): float(row.locator("input").input_value()) for row in rows}
    expected = {
        "from x1": weights["layers.0.weight"][2, 0],
        "from x2": weights["layers.0.weight"][2, 1],
        "bias": weights["layers.0.bias"][2],
        "to the output": weights["layers.1.weight"][0, 2],
    }
    assert shown == {name: pytest.approx(float(value), rel=5e-4) for name, value in expected.items()}
    press(page, "Escape")
    assert page.inner_text("#answer-title") == "Predictions of the network"
    assert canvas(page, "#answer-picture") == answer


def test_a_chosen_unit_of_a_regression_shows_its_curve(trained: Trained, open_page: OpenPage) -> None:
    run = trained("bent line")
    page = open_page(run.report_file)
    answer = page.inner_html("#answer-picture")
    weights = run.state().weights
    w, b = weights["layers.0.weight"][:, 0], weights["layers.0.bias"]
    unit = int(np.argmax(w + b)) + 1  # one that is on
    page.evaluate(f"location.hash = '#unit=1.{unit}'")
    until(page, f"document.getElementById('answer-title').textContent === 'Output of unit 1.{unit}'")
    page.focus("#answer-picture svg")
    said = page.inner_text("#answer-readout")
    x, value = re.fullmatch(rf"x (\S+) → h1\.{unit} = (\S+)", said).groups()  # type: ignore[union-attr]
    expected = max(0.0, float(w[unit - 1]) * float(x) + float(b[unit - 1]))
    assert float(value) == pytest.approx(expected, rel=5e-4)
    moved = page.get_attribute("#answer-picture .fit", "d")
    press(page, "Home")
    assert page.get_attribute("#answer-picture .fit", "d") != moved
    press(page, "End", "Escape")
    assert page.inner_text("#answer-title") == "Predictions of the network"
    page.evaluate("document.activeElement.blur()")
    settle(page)
    assert page.inner_html("#answer-picture") == answer


@pytest.mark.parametrize("name", quick_of(["circle", "line", "wide", "deep", "moons"], "circle"))
def test_what_is_printed_fits_the_paper_and_has_all_but_the_controls(
    trained: Trained, open_page: OpenPage, name: str
) -> None:
    page = open_page(trained(name).report_file, dark=True)
    drawn = page.locator("#network-picture .stage").bounding_box()["width"]
    print_out(page)
    assert beyond_the_paper(page) == []
    assert overlaps(page) == []
    assert page.locator(".strip button").first.is_visible()
    assert page.locator(".unit.output").first.is_visible()
    assert page.locator("#xray .link-line .numbers:not(:empty)").first.is_visible()
    for unneeded in ("#play", "#live", "#answer-readout", "details.numbers"):
        assert page.locator(unneeded).first.is_hidden()
    assert page.evaluate("colour('--ink').formatHex()") == "#1b1f24"  # of the light theme
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#network-picture .stage").bounding_box()["width"] == drawn


def test_an_r2_that_is_cut_off_is_said_to_be(trained: Trained, open_page: OpenPage) -> None:
    assert "R² below −1 is on the lower edge." in open_page(trained("line").report_file).inner_text("#curves-legend")
    assert "lower edge" not in open_page(trained("circle").report_file).inner_text("#curves-legend")


EXPONENTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@pytest.mark.parametrize("name", ["circle", "line", "moons"])
def test_the_xray_shows_any_step_and_point(trained: Trained, open_page: OpenPage, name: str) -> None:
    run = trained(name)
    page = open_page(run.report_file)
    until(page, "document.querySelector('#xray-any') !== null")  # the page has trained the run again
    assert page.input_value("#xray-step") == str(run.state().step)
    assert "the largest of the" in page.inner_text("#xray-said")
    said = page.locator("#xray-point option").all_inner_texts()
    losses = [float(text.rpartition("loss ")[2].replace("·10", "e").translate(EXPONENTS)) for text in said]
    assert losses == sorted(losses, reverse=True)
    before = page.inner_text("#xray-chain")
    page.select_option("#xray-point", index=1)
    settle(page)
    assert page.inner_text("#xray-chain") != before
    page.fill("#xray-any", "3")
    page.press("#xray-any", "Enter")
    page.fill("#xray-step", "2")
    page.press("#xray-step", "Enter")
    until(page, "location.hash.includes('step=2') && location.hash.includes('point=3')")
    assert epoch_of(page) == (1 if run.task.steps_per_epoch == 1 else 0)
    x = run.task.train.x[2]
    assert f"{number(float(x[0]))}" in page.inner_text("#xray-said")
    page.click("#xray-wrongest")
    page.click("#xray-follow")
    press(page, "Home")
    settle(page)
    assert page.input_value("#xray-step") == "1"
    page.click("#xray-every summary")
    first = next(iter(run.frames()[0].weights.values())).ravel()[0]
    assert number(first) in page.inner_text("#xray .card:nth-child(3)")


def test_a_line_of_the_chain_shows_the_code_that_computes_it(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("circle").report_file)
    marked = {}
    for i in range(page.locator(".link-line").count()):
        page.locator(".link-line").nth(i).click()
        symbols = page.locator(".link-line").nth(i).locator(".symbols").inner_text()
        marks = page.locator("#xray-code mark").all_inner_texts()
        marked[symbols.partition(" = ")[0]] = marks[0].strip() if marks else ""
    assert marked["∂loss/∂z"] == "slope = self.form.slope(outputs, y, *self.knobs) / len(y)"
    assert marked["z"] == "z_BO = x_BI @ weights[layer.weight].T"
    assert "gradients[layer.weight] = slope_BO.T @ passed.inputs[i]" in marked.values()


def test_the_chain_goes_through_a_chosen_unit(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("circle").report_file, fragment="#unit=1.3")
    text = page.inner_text("#xray-chain")
    for part in ("z1.3 = ", "loss = ", "∂loss/∂z = p − y", "∂loss/∂h1.3 = ∂loss/∂z·w2.1.3"):
        assert part in text


def test_a_moment_can_be_linked_to(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("circle").report_file, fragment="#epoch=5&unit=1.3&view=gradients&theme=dark")
    assert epoch_of(page) == 5
    assert page.inner_text("#answer-title") == "Output of unit 1.3"
    assert page.is_checked("input[value=gradients]")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"
    press(page, "Escape", "g", "Home")
    until(page, "location.hash === '#epoch=0&theme=dark'")


@pytest.mark.slow
@pytest.mark.parametrize(
    "address", ["#epoch=x&unit=9.99&view=none&step=-1", "#epoch=1e9", "#unit=1.", "#%", "#epoch=999999"]
)
def test_an_address_that_makes_no_sense_is_passed_over(trained: Trained, open_page: OpenPage, address: str) -> None:
    page = open_page(trained("circle").report_file, fragment=address)
    assert epoch_of(page) == 30


def test_a_run_that_their_playground_could_train_has_an_address_there(trained: Trained, open_page: OpenPage) -> None:
    said = open_page(trained("circle").report_file).inner_text("#again")
    assert "https://playground.tensorflow.org/#activation=relu&" in said
    assert "with other numbers" in said
    assert "playground.tensorflow" not in open_page(trained("moons").report_file).inner_text("#again")


def test_a_finding_leads_to_its_evidence(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("xor single layer").report_file)
    assert "No straight line gets more than 3 of the 4" in page.inner_text("#findings")
    button = page.locator("#findings button.show").first
    panel = button.get_attribute("data-panel")
    button.click()
    page.wait_for_selector(f"#{panel}.pointed-at")


def test_a_run_that_diverged_says_so_and_ends_there(trained: Trained, open_page: OpenPage) -> None:
    run = trained("diverged")
    page = open_page(run.report_file)
    assert "diverged" in page.inner_text("header")
    assert "not a finite number from epoch 31" in page.inner_text("header")
    assert page.is_visible("#rail-end")
    assert epoch_of(page) == run.summary["epochs"]
    assert "outside" in page.inner_text("#answer-picture")


def test_with_less_motion_the_film_goes_step_by_step(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("circle").report_file, reduced_motion="reduce")
    page.click("#play")
    page.wait_for_timeout(500)
    assert epoch_of(page) == 0


# -- other options ----------------------------------------------------------------------------------------------------


def test_a_model_that_is_not_layers_in_a_row_says_why_there_are_no_units(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("residual").report_file)
    why = "model=residual is not sequential, so its units are not drawn and its steps have no X-ray."
    assert page.inner_text("#network-picture") == page.inner_text("#xray-content") == why
    assert page.locator(".unit").count() == 0
    assert page.locator("#views").count() == 0
    press(page, "g", "Home")  # the film goes on
    assert epoch_of(page) == 0
    assert "blocks.2" in page.inner_text("#steps-charts")
    assert "residual width 8 blocks 3 · relu" in page.inner_text("h1")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["margins", "few margins", "one line of margins"])
def test_margins_are_called_so_and_are_no_probabilities(trained: Trained, open_page: OpenPage, name: str) -> None:
    run = trained(name)
    page = open_page(run.report_file)
    assert "A margin is not a probability: its sign is the class" in page.inner_text("#answer-legend")
    assert "robability of class 1" not in page.inner_text("#answer")
    assert "Margin over the plane, from " in page.get_attribute("#answer-picture svg", "aria-label")
    page.focus("#answer-picture svg")
    press(page, *["ArrowUp"] * 9, *["ArrowRight"] * 3)
    said = page.inner_text("#answer-readout")
    x1, x2, margin = re.fullmatch(r"x1 (\S+), x2 (\S+) → margin (\S+)", said).groups()  # type: ignore[union-attr]
    place = [float(number.replace(MINUS, "-")) for number in (x1, x2)]
    expected = float(run.predict([place])[0])
    assert abs(expected) > 0.01
    assert float(margin.replace(MINUS, "-")) == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize("width", [1280, 420])
def test_words_at_points_near_each_other_and_the_edge_can_be_read(
    trained: Trained, open_page: OpenPage, width: int
) -> None:
    page = open_page(trained("near points").report_file, width=width)
    picture = page.locator("#answer-picture .frame").bounding_box() or page.locator("#answer-picture").bounding_box()
    assert picture is not None
    labels = [label.bounding_box() for label in page.locator("#answer-picture .point-label").all()]
    boxes = [(b["x"], b["y"], b["x"] + b["width"], b["y"] + b["height"]) for b in labels if b]
    assert len(boxes) >= (7 if width == 1280 else 4)
    assert min(left for left, *_ in boxes) >= picture["x"] - 2
    assert max(right for _, _, right, _ in boxes) <= picture["x"] + picture["width"] + 2
    for (a0, b0, a1, b1), (c0, d0, c1, d1) in itertools.combinations(boxes, 2):
        assert min(a1, c1) - max(a0, c0) < 2 or min(b1, d1) - max(b0, d0) < 4  # a line's box is higher than its letters


def test_margins_of_few_points_stand_beside_them(trained: Trained, open_page: OpenPage) -> None:
    run = trained("few margins")
    page = open_page(run.report_file)
    shown = page.locator("#answer-picture .point-label").all_text_contents()
    margins = run.predict(run.task.train.x)
    for text, margin, y in zip(shown, margins, run.task.train.y, strict=True):
        value, target = text.split(", target ")
        assert float(value.replace(MINUS, "-")) == pytest.approx(float(margin), rel=6e-3, abs=1e-6)
        assert float(target) == y


def test_the_equation_of_margins_has_no_sigmoid(trained: Trained, open_page: OpenPage) -> None:
    run = trained("one line of margins")
    said = open_page(run.report_file).inner_text("#equation")
    w, b = run.state().weights["layers.0.weight"][0], run.state().weights["layers.0.bias"]
    assert said.startswith("z = ")
    numbers = [float(value.replace(MINUS, "-").replace(" ", "")) for value in re.findall(rf"{MINUS}? ?\d+\.\d+", said)]
    assert numbers == [pytest.approx(float(value), rel=1e-3) for value in (*w, *b)]


def test_colours_end_at_margins_of_one(trained: Trained, open_page: OpenPage) -> None:
    """As the head shades them: all places with a margin of 1 or more have one colour, and so have those below -1."""
    run = trained("margins")
    page = open_page(run.report_file)
    painted = page.evaluate(
        """() => {
             const canvas = document.querySelector("#answer-picture canvas");
             const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
             return [canvas.width, Array.from(data)];
           }"""
    )
    side, colours = painted[0], np.array(painted[1]).reshape(painted[0], painted[0], 4)[::-1, :, :3]
    film = film_of(run.task, run.frames()[-1:])
    margins = film.fields[0]
    assert margins.shape == (side, side)
    for beyond in (margins > 1.1, margins < -1.1):
        assert beyond.sum() > 100
        assert len(np.unique(colours[beyond], axis=0)) == 1
    assert len(np.unique(colours[np.abs(margins) < 0.9], axis=0)) > 50


def test_a_stopped_run_ends_at_its_last_epoch_and_says_why(trained: Trained, open_page: OpenPage) -> None:
    run = trained("stopped")
    last = run.summary["stopped"]["epoch"]
    page = open_page(run.report_file)
    assert epoch_of(page) == last < 60
    assert f"Stopped after epoch {last} of 60: val_loss has not fallen" in page.inner_text(".verdict")
    until(page, "document.querySelector('#xray-any') !== null")
    assert int(page.get_attribute("#xray-step", "max")) == run.state().step  # no step follows the last frame
    assert "excluding the penalty" in page.inner_text("#landscape-legend")
    titles = page.locator("#curves-charts h3").all_inner_texts()
    assert titles[:3] == ["Loss", "Accuracy", "Penalty"]
    for part in ("dropout 0.2", "penalty l2 strength 0.001", "schedule cosine", "stop patience"):
        assert part in page.inner_text("h1")


def test_the_curve_of_the_penalty_is_that_of_metrics_csv(trained: Trained, open_page: OpenPage) -> None:
    run = trained("stopped")
    page = open_page(run.report_file)
    chart = page.locator("#curves-charts .one-chart").nth(2)
    chart.locator("summary").click()
    settle(page)
    rows = [row.split("\t") for row in chart.locator("tbody").inner_text().splitlines()]
    expected = run.metrics()["penalty"]
    assert [float(value) for _, value in rows] == [pytest.approx(value, rel=1e-3) for value in expected]


def test_without_scripts_the_words_and_the_receipt_remain(trained: Trained, browser: Any) -> None:
    run = trained("xor single layer")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(run.report_file.as_uri())
    text = page.inner_text("body")
    for part in ("xor · single layer 2–1", "Scripts are disabled", "python -m train experiment=xor_single_layer"):
        assert part in text
    page.get_by_text("Receipt", exact=True).click()
    assert str(run.summary["weights_sha256"]) in page.inner_text("#again")
    context.close()


@pytest.mark.parametrize("name", quick_of(["circle", "xor mlp", "line", "diverged"], "circle", "line"))
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_those_who_cannot_see_it_can_use_it(trained: Trained, browser: Any, name: str, dark: bool) -> None:
    from axe_playwright_python.sync_playwright import Axe

    # axe puts its script into the page, which the policy refuses: for this test alone it does not hold.
    context = browser.new_context(bypass_csp=True, color_scheme="dark" if dark else "light")
    page = context.new_page()
    page.goto(trained(name).report_file.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    found = Axe().run(page).response["violations"]
    serious = [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]
    context.close()
    assert serious == []


def test_a_label_stays_text(train: Train, open_page: OpenPage) -> None:
    run = train(*RUNS["circle"], "epochs=2", *PLAIN)
    nasty = "</script><script>alert(1)</script>" + "x" * 300
    run.write_config(run.config, [f"dataset={nasty}"])
    run.write_summary(error=f"<img src=x onerror=alert(1)> {nasty}")
    page = open_page(run_page.write(run), 400)
    assert nasty in page.inner_text("#command")
    assert nasty in page.inner_text("header")
    assert page.evaluate("document.documentElement.scrollWidth") == 400


@pytest.mark.parametrize("kept", [1, 2])
def test_few_frames_are_enough(train: Train, open_page: OpenPage, kept: int) -> None:
    run = train(*RUNS["circle"], "epochs=3", *PLAIN)
    run.write_film(Film.of(run.frames()[-kept:]))
    page = open_page(run_page.write(run))
    assert page.is_disabled("#moment") == (kept == 1)
    assert page.is_disabled("#play") == (kept == 1)


def test_an_interrupted_run_says_how_to_go_on(train: Train, open_page: OpenPage) -> None:
    run = train(*RUNS["circle"], "epochs=3", *PLAIN)
    run.write_summary(status="interrupted", error="by SIGINT")
    page = open_page(run_page.write(run))
    assert re.match(r"python -m train resume=\S+run$", page.inner_text("#resume"))


def test_without_frames_there_are_curves_and_the_reason(train: Train, open_page: OpenPage) -> None:
    run = train(*RUNS["circle"], "epochs=3", "engine=module", "logger=none", "callbacks=[]")
    page = open_page(run_page.write(run))
    assert "callbacks=[frames" in page.inner_text("header")
    assert page.locator("#curves .chart svg").count() == 2


@pytest.mark.slow
def test_the_circle_keeps_within_its_size(train: Train) -> None:
    run = train("engine=module", "logger=none", "callbacks=[frames]")
    run_page.write(run)
    assert run.report_file.stat().st_size < 1_280_000


# -- when it is written -----------------------------------------------------------------------------------------------

SMALL = ("epochs=2", "dataset.n_samples=100", "engine=module", "logger=none", "callbacks=[frames]")


def test_a_single_run_leaves_a_page_and_names_it(program: Program, tmp_path: Path) -> None:
    done = program(*SMALL, "hydra.run.dir=run")
    assert done.status == 0, done.err
    assert (tmp_path / "run" / "report.html").is_file()
    assert done.out.splitlines()[-1] == "run/report.html"


def test_report_false_leaves_none(program: Program, tmp_path: Path) -> None:
    assert program(*SMALL, "report=false", "hydra.run.dir=run").status == 0
    assert not (tmp_path / "run" / "report.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("asked", "pages"), [([], 0), (["report=true"], 2)], ids=["auto", "asked"])
def test_jobs_of_a_sweep_have_pages_when_asked(program: Program, tmp_path: Path, asked: list[str], pages: int) -> None:
    done = program("-m", *SMALL, "seed=0,1", *asked, "hydra.sweep.dir=sweep")
    assert done.status == 0, done.err
    assert len(list((tmp_path / "sweep").glob("[01]/report.html"))) == pages


def test_a_resumed_run_gets_a_new_page(program: Program, tmp_path: Path) -> None:
    assert program(*SMALL, "hydra.run.dir=run").status == 0
    before = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert program("resume=run", "epochs=4").status == 0
    assert "4 epochs" in (after := (tmp_path / "run" / "report.html").read_text(encoding="utf-8"))
    assert after != before


def test_a_page_that_fails_does_not_spoil_the_run(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(run: Run) -> Path:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(run_page, "write", fail)
    done = program(*SMALL, "hydra.run.dir=run")
    assert done.status == 0
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["status"] == "finished"
    (line,) = [line for line in done.err.splitlines() if line.startswith("error")]
    assert "report.html was not written (ZeroDivisionError: division by zero" in line


def test_the_command_makes_the_same_page_again(trained: Trained, capsys: pytest.CaptureFixture[str]) -> None:
    run = trained("circle")
    before = run.report_file.read_bytes()
    run.report_file.unlink()
    assert command.main([str(run.folder)]) == 0
    assert run.report_file.read_bytes() == before
    assert capsys.readouterr().out.strip().endswith("report.html")


def test_options_of_ones_own_are_named_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The page's own commands name them too. Without them one line says which is missing."""
    run = Run(tmp_path / "run")
    with own_option(tmp_path / "mine", "model", "gate", GATE):
        plain = {**composed("dataset=xor", "epochs=3", *PLAIN), "model": {"name": "gate", "init": "default"}}
        config = check(plain)
        experiment.train(config, run, ["model=gate"], Silent(), keep_points=True, began=time.monotonic())
    assert command.main([str(run.folder)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "model: got gate" in line
    assert not run.report_file.exists()
    with forgotten_afterwards():
        assert command.main([str(run.folder), f"--config-dir={tmp_path / 'mine'}"]) == 0
    assert f"python -m train --config-dir={tmp_path / 'mine'} model=gate" in run.report_file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("frames.npz", b""),
        ("frames.npz", b"PK\x03\x04 nothing"),
        ("data.npz", b"{}"),
        ("metrics.csv", b"epoch,loss\n1,x\n"),
    ],
)
def test_a_damaged_folder_is_one_clear_line(
    train: Train, capsys: pytest.CaptureFixture[str], file: str, content: bytes
) -> None:
    run = train(*RUNS["circle"], "epochs=2", *PLAIN)
    (run.folder / file).write_bytes(content)
    assert command.main([str(run.folder)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert file in line
    assert not run.report_file.exists()


def test_neither_a_run_nor_a_sweep_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([str(tmp_path)]) == 2
    assert "not a run folder" in capsys.readouterr().err


def test_weights_that_are_no_numbers_do_not_break_the_page(train: Train, open_page: OpenPage) -> None:
    """The last finite State of a run that diverges may be so large that its answers are not."""
    run = train("dataset.n_samples=100", "epochs=3", *PLAIN)
    frames = run.frames()
    for frame in frames[1:]:
        frame.weights = {name: (weight * np.float32(1e30)) for name, weight in frame.weights.items()}
    run.write_film(Film.of(frames))
    page = open_page(run_page.write(run))
    press(page, "Home", "End")
    assert math.isfinite(float(page.locator("#landscape-picture .now").get_attribute("cx")))
