"""A command to copy gives the shell the words that it was made of, whatever is in them."""

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_lab.experiment import commands

bash = pytest.mark.skipif(shutil.which("bash") is None, reason="asks bash")
NASTY = [
    "plain", "a b", "x; touch pwned $(id) `id` '", "optimizer.lr=0.1", "model.hidden=[8,8]", "~x", "$HOME", "!!",
    "a\\b",
    "\x1b[2J", "a\nb", "it's\n\\", "\u202e", "", "é 漢", "\x80", "\U000e0041",
]  # fmt: skip


def as_bash_reads(line: str) -> list[str]:
    script = f"set +H; printf '%s\\0' {line}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
    return done.stdout.decode(errors="surrogateescape").split("\0")[:-1]


@bash
def test_a_shell_reads_the_words_that_were_meant() -> None:
    line = commands.command("echo", *NASTY)
    assert line.isprintable()
    assert as_bash_reads(line) == ["echo", *NASTY]


@bash
@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_whatever_is_in_them(words: list[str]) -> None:
    line = commands.command(*words)
    assert line.isprintable()
    assert as_bash_reads(line) == words


@bash
def test_a_name_that_is_no_text_is_the_same_bytes() -> None:
    assert as_bash_reads(commands.quoted("a\udcff")) == ["a\udcff"]


@bash
def test_a_quoted_folder_goes_on_with_the_number_of_a_job() -> None:
    assert as_bash_reads(f"{commands.quoted('my $(id) folder/')}12") == ["my $(id) folder/12"]


def test_ordinary_commands_have_no_quotes() -> None:
    assert commands.train("seed=1", "model.hidden=8") == "python -m train seed=1 model.hidden=8"
    assert commands.verb("sweep", "a/b", "--complete") == "python -m backprop_lab.sweep a/b --complete"
