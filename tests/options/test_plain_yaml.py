"""YAML from somebody else: plain data comes out, or ValueError."""

import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest

from backprop_lab.options.plain_yaml import MAX_CHARACTERS, read_file, read_yaml


def bomb(levels: int) -> str:
    """Nine of nine of nine ...: a few hundred characters that stand for 9 ** levels words."""
    names = [f"n{level}" for level in range(levels)]
    lines = ["n0: &n0 [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]"
        for before, name in itertools.pairwise(names)
    ]  # fmt: skip
    return "\n".join(lines)


def test_plain_data_is_read_as_it_stands() -> None:
    text = "a: 1\nb: [0.9, true, null, word, '1']\nc:\n  d: {e: -2}\n  f: []\n"
    assert read_yaml(text) == {"a": 1, "b": [0.9, True, None, "word", "1"], "c": {"d": {"e": -2}, "f": []}}
    assert read_yaml("") is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("1e-3", 1e-3), ("-1E+5", -1e5), ("1.e5", 1e5), ("2.5e-1", 0.25), ("1e3", 1000.0), ("+3e0", 3.0), (".5e3", 500.0)],
)
def test_a_number_in_scientific_notation_is_a_float(text: str, number: float) -> None:
    read = read_yaml(f"x: {text}")["x"]
    assert isinstance(read, float)
    assert read == number


@pytest.mark.parametrize("word", ["1e5x", "7e4f0c2", "1e", "e5", "1e-3 m", "3e3.5", "'1e-3'", "1e5,1e6"])
def test_a_word_that_begins_like_a_number_is_a_word(word: str) -> None:
    assert read_yaml(f"x: {word}") == {"x": word.strip("'")}


@pytest.mark.parametrize("text", ["a: &x [1]\nb: *x", "a: &x 1\nb: *x", "&x [*x]", "a: &x {b: 1}\nc:\n  <<: *x"])
def test_an_alias_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="alias"):
        read_yaml(text)


@pytest.mark.parametrize("levels", [3, 9, 100])
def test_a_bomb_of_aliases_is_refused_before_it_goes_off(levels: int) -> None:
    """Built, a hundred levels would outlast the universe."""
    with pytest.raises(ValueError, match="alias"):
        read_yaml(bomb(levels))


def test_text_beyond_the_cap_is_refused_before_it_is_parsed() -> None:
    read_yaml("x" * MAX_CHARACTERS)
    with pytest.raises(ValueError, match="65,537 characters"):
        read_yaml("x" * (MAX_CHARACTERS + 1))


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['true']",
        "!!python/name:os.system ''",
        "!!python/tuple [1]",
        "!!python/object:backprop_lab.run.Run {}",
        "!unknown 3",
        "a: !!python/object/new:type [x, [], {}]",
    ],
)
def test_a_tag_that_makes_objects_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="YAML"):
        read_yaml(text)


@pytest.mark.parametrize("text", ["!!bool x", "!!int ''", "!!timestamp x", "!!float x", "!!null [1]", "!!int '-'"])
def test_a_tag_that_does_not_fit_its_value_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_yaml(text)


@pytest.mark.parametrize(
    "text", ["a: [", "a: b: c", "\x00", "{", "a: 1\n---\nb: 2", "? [a]\n: 1", "a: =", "2020-13-45", "9" * 5000]
)
def test_what_is_no_yaml_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_yaml(text)


@pytest.mark.parametrize("text", ["[" * 5000 + "]" * 5000, "[" * 5000, "- " * 5000, "{a: " * 5000 + "}" * 5000])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_yaml(text)


@pytest.mark.parametrize("text", ["'[' * 32768 + ']' * 32768", "'[' * 65000", "'- ' * 32000"])
def test_the_deepest_nesting_that_fits_does_not_end_the_process(text: str) -> None:
    load = "from backprop_lab.options.plain_yaml import read_yaml"
    program = f"{load}\ntry: read_yaml({text})\nexcept ValueError: print('refused')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "refused\n")


def test_what_is_wrong_is_told_in_one_short_line() -> None:
    with pytest.raises(ValueError, match="YAML") as refused:
        read_yaml("a: [1, 2\nb: " + "x" * 5000)
    text = str(refused.value)
    assert "\n" not in text
    assert len(text) < 300


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name: x\n\tlr: 1\n", "line 2: a tab"),
        (b"a:\n  b: 1\n \tc: 2\n", "line 3: a tab"),
        (b"a: 1\nhidden: [8, 8\nlr: 1\n", "line 2: "),
        (b"x: {a: 1, b\n", "line 1: "),
        (b"lr: 1\nrho: 2\n\nlr: 3\n", "line 4: the key lr stands here a second time"),
        (b"a:\n  b: 1\n  b: 2\n", "line 3: the key b stands here a second time"),
        (b"name: caf\xe9\n", "line 1: not UTF-8"),
        ("a: 1\nb: 2\nname: ü\n".encode("utf-16"), "line 1: not UTF-8"),
        (b"a: 1\nb: : 2\n", "line 2: "),
        (b"a: &x 1\nb: *x\n", "line 2: aliases are not supported"),
        (b"a: 1\nb: !!python/object:os.system {}\n", "line 2: tags are not supported"),
        (b"a: 'open\n", "line 1: "),
        (b"a: \x07\n", "control characters are not allowed"),
        (b"x" * (MAX_CHARACTERS + 1), "65,537 characters"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_line(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "lion.yaml"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(said)) as refused:
        read_file(file)
    assert str(refused.value).startswith(str(file))
    assert len(str(refused.value).splitlines()) == 1


def test_a_file_below_the_current_folder_is_named_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "mine" / "lion.yaml"
    file.parent.mkdir()
    file.write_text("lr: [")
    with pytest.raises(ValueError, match=r"^mine/lion\.yaml, line 1: "):
        read_file(file)


def test_a_file_that_can_be_read_gives_what_its_text_gives(tmp_path: Path) -> None:
    file = tmp_path / "lion.yaml"
    file.write_text("name: löwe\nlr: 1e-3\n", encoding="utf-8")
    assert read_file(file) == {"name": "löwe", "lr": 1e-3}
