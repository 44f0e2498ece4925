"""Text of others in a terminal, a log and a page: what would act, hide or move is shown instead."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_lab.experiment.console import aligned
from backprop_lab.experiment.printing import error, say
from backprop_lab.experiment.visible import visible, visible_lines

SHOWN = {
    "\x1b[2J": r"\x1b[2J", "\x1b]0;title\x07": r"\x1b]0;title\x07", "a\nb\r\tc": r"a\nb\r\tc", "\x9b1A": r"\x9b1A",
    "\u202egnp.exe": r"\u202egnp.exe", "\u2066x\u2069": r"\u2066x\u2069", "\u200b\ufeff": r"\u200b\ufeff",
    "\u2028": r"\u2028", "\x00\x7f": r"\x00\x7f", "\udc80": r"\udc80", "\U000e0041": r"\U000e0041",
    "± ² é 漢 🙂 \\x1b": "± ² é 漢 🙂 \\x1b", "": "",
}  # fmt: skip


@pytest.mark.parametrize("text", SHOWN, ids=ascii)
def test_what_is_not_printable_is_shown(text: str) -> None:
    assert visible(text) == SHOWN[text]
    assert visible_lines(f"{text}\n") == f"{visible_lines(text)}\n"


@given(st.text())
def test_any_text_is_one_line_without_anything_that_acts(text: str) -> None:
    said = visible(text)
    assert len(said.splitlines()) <= 1
    assert not [c for c in said if c != " " and unicodedata.category(c)[0] in "CZ"]
    assert visible(said) == said


def test_a_line_that_is_printed_stays_one(capsys: pytest.CaptureFixture[str]) -> None:
    say("job 1\njob 2  \x1b[32mfinished", 5)
    error("a\nb \x1b[31m\u202e")
    said = capsys.readouterr()
    assert said.out == "job 1\\njob 2  \\x1b[32mfinished\n5\n"
    assert said.err == "error: a b \\x1b[31m\\u202e\n"


def test_columns_are_as_wide_as_what_is_shown() -> None:
    assert aligned([["a\x1b", "1"], ["b", "2"]]) == ["a\\x1b  1", "b      2"]
