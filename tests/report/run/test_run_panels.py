"""What the panels of a run say is so for runs that go well and for those where nothing moves."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_lab.runs.run import Run
from backprop_lab.training.metrics import final_metrics
from conftest import ROOT
from report.browser import OpenPage, overlaps
from report.films import run_with_page

RUNS = {
    "circle": ["dataset.n_samples=1000", "epochs=8"],
    "dead": ["dataset=xor", "model.init=-1"],
    "wide": ["dataset.n_samples=300", "model.hidden=64", "epochs=5"],
    "one weight": ["experiment=linear_regression", "epochs=20"],
    "diverged": ["dataset=linear", "model=single_layer", "optimizer.lr=0.3", "epochs=500"],
    "pairs": ["dataset=xor", "dataset.batch_size=2", "epochs=3"],
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    runs: dict[str, Run] = {}

    def run(name: str) -> Run:
        if name not in runs:
            runs[name] = run_with_page(tmp_path_factory.mktemp("runs"), *RUNS[name])
        return runs[name]

    return run


Trained = Callable[[str], Run]


def number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def numbers_of(page: Any, place: str) -> tuple[list[str], list[list[str]]]:
    """The heads and the rows of the first chart in a place."""
    details = page.locator(f"{place} details.numbers").first
    details.locator("summary").click()
    details.locator("tbody tr").first.wait_for()
    rows = [row.split("\t") for row in details.locator("tbody").inner_text().splitlines()]
    return details.locator("th").all_inner_texts(), rows


def legend(page: Any) -> str:
    text: str = page.inner_text("#network-legend")
    return text


# -- the network ------------------------------------------------------------------------------------------------------


def test_gradients_of_zero_are_grey_dots(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("dead").report_file, fragment="#view=gradients")
    zero = page.locator(".link.zero").count()
    assert zero
    assert "Grey, dotted: exactly 0." in legend(page)
    colour = "(element, name) => getComputedStyle(element)[name]"
    grey = page.locator(".column-title").first.evaluate(colour, "fill")
    assert page.locator(".link.zero").first.evaluate(colour, "stroke") == grey
    page.keyboard.press("g")
    page.wait_for_timeout(100)
    assert page.locator(".link.zero").count() == 0
    assert "exactly 0" not in legend(page)


def test_the_longest_bar_is_the_largest_bias_of_the_run(trained: Trained, open_page: OpenPage) -> None:
    run = trained("circle")
    page = open_page(run.report_file)
    (said,) = re.findall(r"the longest of all is (\S+)\.", legend(page))
    biases = [np.abs(frame.weights[name]).max() for frame in run.frames() for name in frame.weights if "bias" in name]
    assert number(said) == pytest.approx(max(biases), rel=5e-4)


def test_without_a_bias_no_bar_is_explained(trained: Trained, open_page: OpenPage) -> None:
    assert "bias" not in legend(open_page(trained("one weight").report_file))


def test_of_a_wide_layer_the_lines_are_those_of_the_framed_unit(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("wide").report_file)
    (layer, unit) = re.findall(r"only lines of unit (\d)\.(\d+), which has a frame", legend(page))[0]
    assert page.locator(".unit.speaking").get_attribute("aria-label").startswith(f"unit {layer}.{unit}")
    drawn = page.eval_on_selector_all(".hit", "links => links.map((link) => link.dataset.weight)")
    index = int(unit) - 1
    assert sorted(drawn) == sorted([f"0.{index}.0", f"0.{index}.1", f"1.0.{index}"])


@pytest.mark.parametrize("control", ["input[value=gradients]", "#switching", "#moment"])
def test_escape_deselects_wherever_the_focus_is(trained: Trained, open_page: OpenPage, control: str) -> None:
    page = open_page(trained("circle").report_file, fragment="#unit=1.2")
    assert page.inner_text("#answer-title") == "Output of unit 1.2"
    page.focus(control)
    page.keyboard.press("Escape")
    page.wait_for_timeout(100)
    assert page.inner_text("#answer-title") == "Predictions of the network"


def test_a_chosen_unit_has_its_numbers_where_the_legend_was(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("circle").report_file)
    below = page.locator("#network-legend").bounding_box()["y"]
    page.locator(".unit.hidden").nth(1).click()
    page.mouse.move(2, 2)
    page.wait_for_timeout(100)
    assert not page.locator("#network-legend").is_visible()
    assert page.inner_text("#network-card h3").startswith("unit 1.2")
    assert page.locator("#network-card").bounding_box()["y"] < below + 8
    assert overlaps(page) == []


def test_a_tapped_unit_is_shown_large_without_a_tip(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("circle").report_file, 400, has_touch=True)
    unit = page.locator(".unit.hidden").nth(2)
    unit.scroll_into_view_if_needed()
    unit.tap()
    page.wait_for_timeout(300)
    assert not page.locator(".tip").is_visible()
    assert page.inner_text("#answer-title") == "Output of unit 1.3"
    assert 0 <= page.locator("#answer-picture").bounding_box()["y"] < 300


# -- curves -----------------------------------------------------------------------------------------------------------


def test_the_stretched_axis_is_named(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("circle").report_file)
    for place in ("#curves-legend", "#steps .legend"):
        assert "epoch axis is stretched at the start" in page.inner_text(place)
    page.check("#even")
    page.wait_for_timeout(100)
    for place in ("#curves-legend", "#steps .legend"):
        assert "stretched" not in page.inner_text(place)


def test_curves_that_stay_at_zero_lie_on_an_axis_from_zero(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("dead").report_file)
    ticks = page.eval_on_selector_all("#steps .tick", "ticks => ticks.map((tick) => tick.textContent)")
    assert ticks
    assert not [tick for tick in ticks if tick.startswith("−")]


# -- the landscape ----------------------------------------------------------------------------------------------------


def test_where_nothing_moved_there_is_no_landscape(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("dead").report_file)
    said = page.inner_text("#landscape-legend")
    assert said == "The weights were the same at every recorded epoch: there is no path to draw."
    assert page.locator("#landscape svg").count() == 0


def test_the_way_down_has_ends_losses_and_a_curve(trained: Trained, open_page: OpenPage) -> None:
    run = trained("circle")
    page = open_page(run.report_file)
    assert page.locator("#landscape .path-end").all_text_contents() == ["start", "end"]
    levels = [number(text) for text in page.locator("#landscape .contour-label").all_text_contents()]
    low, high = (number(text) for text in page.inner_text("#landscape-scale").split("\n"))
    assert levels
    assert all(low < level < high for level in levels)
    _, rows = numbers_of(page, "#landscape-curve")
    assert [int(row[0]) for row in rows] == [frame.epoch for frame in run.frames()]
    assert number(rows[0][1]) > number(rows[-1][1]) > low * 0.9


def test_ticks_of_huge_weights_do_not_touch(trained: Trained, open_page: OpenPage) -> None:
    assert overlaps(open_page(trained("diverged").report_file)) == []


def test_the_other_point_of_a_pair_is_one_point(trained: Trained, open_page: OpenPage) -> None:
    text = open_page(trained("pairs").report_file).inner_text("#xray")
    assert "that of the other point" in text
    assert "1 points" not in text


# -- words and lines for newcomers ------------------------------------------------------------------------------------


def test_the_line_of_guessing_is_the_loss_of_the_mean(trained: Trained, open_page: OpenPage) -> None:
    run = trained("circle")
    page = open_page(run.report_file)
    share = float(run.task.train.y.mean(dtype=np.float64))
    heads, rows = numbers_of(page, "#curves-charts")
    expected = -share * np.log(share) - (1 - share) * np.log(1 - share)
    assert number(rows[-1][heads.index("guessing")]) == pytest.approx(expected, rel=1e-3)
    assert "Guessing: the loss of the best constant prediction" in page.inner_text("#curves-legend")


def test_rarely_logged_curves_show_the_recorded_epochs_between(
    tmp_path: Path, trained: Trained, open_page: OpenPage
) -> None:
    run = run_with_page(tmp_path, "dataset.n_samples=200", "epochs=200", "log_every_n_epochs=100")
    page = open_page(run.report_file)
    heads, rows = numbers_of(page, "#curves-charts")
    shown = {int(row[0]): row for row in rows}
    frames = run.frames()
    assert shown.keys() >= {frame.epoch for frame in frames}
    for frame in (frames[0], frames[7], frames[-2]):
        expected = final_metrics(run.task, frame, run.task.val)["val_loss"]
        assert number(shown[frame.epoch][heads.index("validation")]) == pytest.approx(expected, rel=1e-3)
    assert shown[0][heads.index("training")] == ""
    said = "Between the logged epochs: both, with the weights at the recorded ones."
    assert said in page.inner_text("#curves-legend")
    assert said not in open_page(trained("circle").report_file).inner_text("#curves-legend")


@pytest.mark.parametrize("name", ["circle", "one weight"])
def test_every_panel_says_how_to_read_it_and_where_its_words_are_explained(
    trained: Trained, open_page: OpenPage, name: str
) -> None:
    page = open_page(trained(name).report_file)
    for panel in ("answer", "network", "curves", "findings", "steps", "xray", "landscape"):
        assert page.locator(f"#{panel} .reading:visible").count() >= 1, panel
    links = page.eval_on_selector_all(".reading a", "links => links.map((link) => link.getAttribute('href'))")
    assert links
    for link in set(links):
        assert page.locator(link).count() == 1, link
    lessons = re.findall(r"python (scripts/lessons/\w+\.py)", page.inner_text("#words"))
    words = page.locator("#words dt").all_inner_texts()
    for word, lesson in zip(words, lessons, strict=True):
        assert word in (ROOT / lesson).read_text(encoding="utf-8").replace("\n# ", " ").lower(), word


def test_on_a_phone_the_result_comes_before_the_switch_of_themes(trained: Trained, open_page: OpenPage) -> None:
    page = open_page(trained("circle").report_file, 400)
    result, switch = (page.locator(place).bounding_box() for place in (".facts", "#themes"))
    assert result["y"] + result["height"] <= switch["y"]


def test_on_a_low_window_the_film_bar_leaves_room(trained: Trained, open_page: OpenPage) -> None:
    """A zoom of 200 % makes 640 x 400 of 1280 x 800."""
    page = open_page(trained("circle").report_file)
    page.set_viewport_size({"width": 640, "height": 400})
    page.wait_for_timeout(200)
    assert page.locator(".film-bar").bounding_box()["height"] <= 60
    assert "accuracy" in page.inner_text(".film-bar #readout")
