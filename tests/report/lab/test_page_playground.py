"""The page that needs no Python: it trains what its address says, and Python trains the same."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_lab import playground
from conftest import ROOT, quick_of
from report.browser import OpenPage, beyond_the_paper, overlaps, print_out
from report.trained_in_page import by_command, ended, weights

sys.path.insert(0, str(ROOT / "scripts"))
from gallery import ENTRIES, address, text

MOST_STEPS_TO_FOLLOW = 20_000  # by a rung of Python, in a test


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("playground") / "playground.html"
    assert playground.main([f"to={file}"]) == 0
    return file


def test_the_gallery_is_what_its_script_writes() -> None:
    assert (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8") == text()
    assert all((ROOT / "docs" / "gallery" / f"{entry.name}.png").exists() for entry in ENTRIES)
    assert len(ENTRIES) == 12


FRAGMENTS = {entry.name: address(entry).removeprefix("playground.html") for entry in ENTRIES} | {
    "values": "#dataset=gaussian&epochs=5&dataset.n_samples=200",
    "classes": "#dataset=blobs&dataset.classes=4&epochs=5",
    "list": "#dataset=xor&model.hidden=[3,2]&model.activation=[tanh,relu]&optimizer=adam&epochs=50",
    "points": "#dataset=points&dataset.points=[[0,0,0],[1,1,0],[0,1,1],[1,0,2]]&epochs=20",
}


@pytest.mark.parametrize("name", quick_of(FRAGMENTS, "values", "points", "xor"))
def test_its_address_trains_what_the_command_trains(page_file: Path, open_page: OpenPage, name: str) -> None:
    page = open_page(page_file, fragment=FRAGMENTS[name])
    said = ended(page)
    command = page.inner_text("#live-command")
    assert "same weights to 10⁻⁹" in said or "amplifies rounding" in said
    assert page.evaluate("opened.then((report) => report.film.training.rung.steps)") <= MOST_STEPS_TO_FOLLOW
    if "amplifies" not in said:
        made = weights(page)
        size = max(1.0, np.abs(made).max()) if "of the largest one" in said else 1.0
        assert np.abs(made - by_command(command)).max() < 1e-9 * size, command
    assert page.locator("#xray-chain .link-line").count() > 4
    kind = "truth" if name in ("values", "rate_too_high") else "confusion"
    assert page.locator(f"#{kind}").is_visible()
    assert page.locator(f"#{'confusion' if kind == 'truth' else 'truth'}").is_hidden()


def test_every_kind_of_data_follows_another(page_file: Path, open_page: OpenPage) -> None:
    """Classes in the plane, values on a line, values in the plane, several classes."""
    page = open_page(page_file)
    ended(page)
    for dataset, title in (("linear", "line"), ("gaussian", "values"), ("spiral", "classes"), ("circle", "classes")):
        page.evaluate("delete document.documentElement.dataset.trained")
        page.select_option("#live-dataset", dataset)
        ended(page)
        shown = page.locator("[data-for]:not([hidden])").evaluate_all(
            "(parts) => parts.map((part) => part.dataset.for)"
        )
        assert shown
        assert all(title in kinds.split() for kinds in shown)
        assert page.input_value("#live-dataset") == dataset


@pytest.mark.parametrize("width", quick_of([400, 1280], 400))
def test_nothing_covers_anything_in_the_playground(page_file: Path, open_page: OpenPage, width: int) -> None:
    page = open_page(page_file, width, fragment="#dataset=spiral&dataset.classes=3&model.hidden=[5,4]&epochs=5")
    ended(page)
    assert overlaps(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_those_who_cannot_see_the_playground_can_use_it(page_file: Path, browser: Any, dark: bool) -> None:
    from axe_playwright_python.sync_playwright import Axe

    # axe puts its script into the page, which the policy refuses: for this test alone it does not hold.
    context = browser.new_context(bypass_csp=True, color_scheme="dark" if dark else "light")
    page = context.new_page()
    page.goto(f"{page_file.as_uri()}#unit=1.3&epochs=5")
    ended(page)
    page.click("#xray-every summary")
    found = Axe().run(page).response["violations"]
    serious = [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]
    context.close()
    assert serious == []


def test_xor_is_broken_and_mended_again_on_a_small_touch_screen(page_file: Path, open_page: OpenPage) -> None:
    """With taps alone, from the gallery's network that learned it."""
    page = open_page(page_file, 400, fragment=FRAGMENTS["xor"], has_touch=True, is_mobile=True)
    accuracy = "opened.then((report) => report.metrics[report.frames.epoch.length - 1][1])"

    def after(act: Any) -> float:
        page.evaluate("delete document.documentElement.dataset.trained")
        act()
        ended(page)
        return float(page.evaluate(accuracy))

    ended(page)
    assert page.evaluate(accuracy) == 1.0

    width = page.locator("[data-key='model.hidden'] input[type=range]")
    assert after(lambda: width.fill("1")) < 1.0
    page.locator("#moment").tap()  # the film goes with it
    assert after(lambda: width.fill("8")) == 1.0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_with_less_motion_only_the_end_is_drawn(page_file: Path, open_page: OpenPage) -> None:
    """No picture of a training that has not ended."""
    page = open_page(page_file, reduced_motion="reduce")
    ended(page)
    page.evaluate("window.seen = []; follow(['film'], () => opened.then((report) => seen.push(report.status)))")
    page.evaluate("delete document.documentElement.dataset.trained")
    page.fill("#live-optimizer-lr", "0.2")
    page.press("#live-optimizer-lr", "Enter")
    assert "same weights to 10⁻⁹" in ended(page)
    assert set(page.evaluate("seen.slice(1)")) == {"finished"}


def test_on_paper_there_are_no_controls(page_file: Path, open_page: OpenPage) -> None:
    page = open_page(page_file, fragment="#epochs=3")
    ended(page)
    print_out(page)
    assert page.locator("#live").is_hidden()
    assert page.locator("#play").is_hidden()
    assert beyond_the_paper(page) == []
