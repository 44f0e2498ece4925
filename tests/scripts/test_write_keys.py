"""The reference of keys."""

import pytest

import write_keys
from backprop_lab.config.keys import GROUPS, RULES
from backprop_lab.options.discovery import names, rules


def test_the_reference_is_that_of_the_rules() -> None:
    assert write_keys.PAGE.read_text(encoding="utf-8") == write_keys.text(), "run `python scripts/write_keys.py`"


@pytest.mark.parametrize("group", GROUPS)
def test_every_option_and_every_key_has_a_row_with_words(group: str) -> None:
    rows = [
        [cell.strip() for cell in line.split(" | ")]
        for line in write_keys.text().splitlines()
        if line.startswith("| `")
    ]
    words = {row[0].removeprefix("| ").split()[0].strip("`"): row[1].removesuffix("|").strip() for row in rows}
    for name in names(group):
        assert words[name], name
        for knob in rules(group, name):
            key = next(key for key in (f"{group}.{knob}", f"{group}.{name}.{knob}") if key in words)
            assert words[key]
    assert {*RULES} <= {*words}


def test_every_experiment_is_described_by_its_question() -> None:
    table = write_keys.text().partition("## `experiment=`")[2]
    for name in names("experiment"):
        (row,) = (line for line in table.splitlines() if line.startswith(f"| `{name}`"))
        assert "?" in row
