"""A status is the word in the receipt, and answers what is asked of it everywhere."""

import json

import pytest

from backprop_lab.runs.status import Status


@pytest.mark.parametrize(
    ("word", "has_ended", "may_be_resumed", "is_missing"),
    [
        ("not run", False, False, True),
        ("queued", False, False, False),
        ("running", False, False, False),
        ("finished", True, False, False),
        ("diverged", True, False, False),
        ("failed", False, True, True),
        ("interrupted", False, True, True),
        ("dropped", False, False, False),
    ],
)
def test_a_status_says_what_may_come_next(word: str, has_ended: bool, may_be_resumed: bool, is_missing: bool) -> None:
    status = Status(word)
    assert (status.has_ended, status.may_be_resumed, status.is_missing) == (has_ended, may_be_resumed, is_missing)
    assert (status, str(status), json.dumps(status)) == (word, word, f'"{word}"')
    assert len(Status) == 8
