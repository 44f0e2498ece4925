"""The headings of the lessons on the terminal."""

import re
from collections.abc import Callable

import pytest
from tell import sections, tell

from conftest import LESSONS, Lesson, quick_of

FILES = sorted(path.name for path in LESSONS.glob("0*.py"))


def printed_by(name: str) -> list[tuple[str, list[str]]]:
    """What a lesson's calls print, without running it."""
    lines = (LESSONS / name).read_text(encoding="utf-8").splitlines()
    calls = [i for i, line in enumerate(lines, start=1) if line == "tell()"]
    return [section for call in calls for section in sections(lines[:call])]


@pytest.mark.parametrize("name", FILES)
def test_every_heading_is_printed_once_and_in_order(name: str) -> None:
    text = (LESSONS / name).read_text(encoding="utf-8")
    headings = re.findall(r"^# #+ (.+)$", text, re.MULTILINE)
    found = [heading for heading, _ in printed_by(name)]
    assert found == [re.sub(r"[$`*]", "", heading) for heading in headings]


@pytest.mark.parametrize("name", FILES)
def test_it_begins_with_how_long_it_runs_and_what_one_must_know(name: str) -> None:
    title, *others = printed_by(name)
    assert title[0].startswith(f"{int(name[:2])}. ")
    assert re.fullmatch(r"It runs for [a-z ]+ seconds?|It runs for about half a minute", title[1][-1].split(". ")[0])
    assert ". You need " in title[1][-1]
    assert all(len(paragraphs) <= 1 for _, paragraphs in others)


@pytest.mark.parametrize("name", quick_of(FILES[:4], "02_computation_graph.py"))  # the others take longer
def test_a_lesson_that_runs_as_a_script_says_its_headings(name: str, lesson: Callable[..., Lesson]) -> None:
    said = lesson(name.removesuffix(".py")).said
    for heading, _ in printed_by(name):
        assert f"\n{heading}\n{'-' * len(heading)}\n" in said
    prose = said.split("\n\n")
    assert max(len(line) for text in prose[:3] for line in text.splitlines()) <= 79


def test_a_notebook_which_shows_the_text_is_told_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile("tell()", "<ipython-input-1>", "exec"), {"tell": tell})
    assert capsys.readouterr().out == ""
