"""The scores of a receipt are checked where it is read, and a receipt is read as it was written."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_lab.runs import receipt

CLASS = {"name": "a", "precision": None, "recall": 0.5, "f1": 0, "points": 3}
RIGHT = {"f1": 0.5, "roc_auc": None, "classes": [CLASS, CLASS], "confusion": [[1, 2], [0, 3]]}
WRONG: dict[str, tuple[Any, str]] = {
    "no mapping": ([], "scores: got"),
    "another part": ({"train": RIGHT}, "scores: got 'train'; allowed: val, test"),
    "a part that is a list": ({"val": [1]}, "scores.val: got"),
    "another score": ({"val": {"f2": 1.0}}, "scores.val: got"),
    "a score in words": ({"val": {"mae": "large"}}, "scores.val.mae: got 'large'"),
    "a score below 0": ({"val": {"log_loss": -1.0}}, "scores.val.log_loss: got -1.0"),
    "classes alone": ({"val": {"classes": [CLASS]}}, "scores.val.confusion: got None"),
    "a matrix alone": ({"val": {"confusion": [[1]]}}, "scores.val.classes: got None"),
    "a row too few": ({"val": RIGHT | {"confusion": [[1, 2]]}}, "a row and a column for each of 2 classes"),
    "a ragged row": ({"val": RIGHT | {"confusion": [[1, 2], [0]]}}, "a row and a column for each of 2 classes"),
    "a row that is a number": ({"val": RIGHT | {"confusion": [1, 2]}}, "scores.val.confusion[0]: got 1"),
    "half a point": ({"val": RIGHT | {"confusion": [[1, 2], [0, 0.5]]}}, "scores.val.confusion[1]: got"),
    "a class with less": ({"test": RIGHT | {"classes": [CLASS, {"name": "b"}]}}, "scores.test.classes[1]: got"),
    "a share above 1": ({"test": RIGHT | {"classes": [CLASS, CLASS | {"f1": 1.5}]}}, "scores.test.classes[1].f1: got"),
    "a name that is none": ({"val": RIGHT | {"classes": [CLASS, CLASS | {"name": 5}]}}, "scores.val.classes[1].name"),
    "many classes": ({"val": RIGHT | {"classes": [CLASS] * 1001}}, "scores.val.classes: got"),
}


def read(scores: Any) -> dict[str, Any]:
    return receipt.load(json.dumps({"scores": scores}).encode())


@pytest.mark.parametrize("scores", [{}, {"val": RIGHT}, {"val": RIGHT, "test": {"mae": 3.5}}, {"val": {}}])
def test_right_ones_are_read(scores: dict[str, Any]) -> None:
    assert read(scores)["scores"] == scores


@pytest.mark.parametrize("name", WRONG)
def test_wrong_ones_are_refused_by_name(name: str) -> None:
    scores, line = WRONG[name]
    with pytest.raises(ValueError, match="allowed") as refused:
        read(scores)
    assert line in str(refused.value)


def test_what_is_written_is_json_with_a_line_for_each_entry_and_row() -> None:
    entries = {
        "error": 'a "line"\n\x1b',
        "scores": {"val": RIGHT},
        "missing": [],
        "options": {},
        "predictions": [{"x": [1.0]}],
    }
    written = receipt.dump(entries).decode()
    assert json.loads(written) == entries
    assert written.split('"confusion": ')[1].splitlines()[:4] == ["[", "        [1, 2],", "        [0, 3]", "      ]"]
    with pytest.raises(ValueError, match="not JSON compliant"):
        receipt.dump({"metrics": {"val_loss": float("nan")}})


PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.text(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)),
    lambda inside: st.one_of(st.lists(inside, max_size=3), st.dictionaries(st.text(), inside, max_size=3)),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), PLAIN, max_size=4))
def test_any_plain_data_is_read_as_it_was_written(entries: dict[str, Any]) -> None:
    assert repr(json.loads(receipt.dump(entries))) == repr(entries)
    as_json = json.dumps([entries])[1:-1]
    assert receipt.dump({"rows": [entries]}).decode() == f'{{\n  "rows": [\n    {as_json}\n  ]\n}}\n'


@pytest.mark.parametrize("value", [{1: 2}, {"a": {1, 2}}, {"a": 1j}, {"a": [object()]}])
def test_what_is_no_plain_data_is_not_written(value: Any) -> None:
    with pytest.raises(TypeError):
        receipt.dump({"entry": value})
