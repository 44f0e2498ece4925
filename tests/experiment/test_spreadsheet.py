"""A spreadsheet that opens a table of somebody else computes nothing of it."""

import csv
import io

import pytest

from backprop_lab.experiment import spreadsheet
from backprop_lab.experiment.visible import visible


@pytest.mark.parametrize("text", ["=1+1", "+1", "-x", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://x";"y")'])
def test_text_that_begins_like_a_formula_is_text(text: str) -> None:
    (row,) = csv.reader(io.StringIO(spreadsheet.table([[text, f"a{text}"]]), newline=""))
    assert row == [visible(f"'{text}"), visible(f"a{text}")]


def test_numbers_stay_numbers() -> None:
    assert spreadsheet.table([[-0.5, -3, 1e-9, None, True, "plain", 'a "b", c']]) == (
        '-0.5,-3,1e-09,,True,plain,"a ""b"", c"\n'
    )
