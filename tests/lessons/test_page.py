"""The page of a lesson, which is read without Python."""

import html
import re
from pathlib import Path
from typing import Any

import pytest
from page import CELL, cells, html_of, make_page

from conftest import LESSONS

FILES = sorted(path.name for path in LESSONS.glob("0*.py"))


@pytest.mark.parametrize("name", ["02_computation_graph.py"])
def test_it_holds_the_whole_lesson_in_one_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, browser: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    file = make_page(LESSONS / name)
    source = (LESSONS / name).read_text(encoding="utf-8")
    page = browser.new_page(viewport={"width": 400, "height": 800})
    page.goto(file.resolve().as_uri())
    assert page.locator("h1, h2").count() == len(re.findall(r"^# ##? ", source, re.MULTILINE))
    assert page.locator("img").count() == len(re.findall(r"\bshow\(", source))
    assert page.evaluate("[...document.images].every((image) => image.naturalWidth > 0)")
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    assert page.locator("samp", has_text="not answered yet").count() >= 1


def test_it_prints_what_the_script_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    printed = "\n".join(cell.printed for cell in cells(LESSONS / "02_computation_graph.py"))
    assert "dL/da = 10" in printed
    assert "figure:" not in printed


@pytest.mark.parametrize("name", FILES)
def test_every_formula_of_a_lesson_is_set(name: str) -> None:
    _, *parts = CELL.split((LESSONS / name).read_text(encoding="utf-8"))
    for is_text, source in zip(parts[::2], parts[1::2], strict=True):
        if is_text:
            text = html_of(re.sub(r"^# ?", "", source, flags=re.MULTILINE))
            assert text.count("<math") == len(re.findall(r"\$\$.+?\$\$|\$[^$]+\$", source, re.DOTALL))
            assert not re.search(r"formula\d|\$", text)
            assert not re.search(r"\\[a-z]", re.sub(r"<code>.*?</code>", "", text, flags=re.DOTALL))


def test_formulas_and_links() -> None:
    text = html_of("Of $x_1 < 2$ see [4](04_gradient_descent.py):\n\n$$\\frac{a}{b}$$")
    assert "<msub><mi>x</mi><mn>1</mn></msub>" in text
    assert 'href="04_gradient_descent.html"' in text
    assert "<mfrac>" in text
    assert "<" in html.unescape(re.sub("<[^>]+>", "", text))  # the sign, not a tag
