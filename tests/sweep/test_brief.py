"""A brief receipt says what the receipt says, and many of them take little memory."""

import pickle
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_lab import train_many
from backprop_lab.sweep.brief import LEFT_OUT, Brief, Shapes
from backprop_lab.sweep.folder import columns

NUMBERS = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**53) + 1, 2**53 - 1))
LEAVES = st.one_of(st.none(), st.booleans(), st.text(max_size=3), NUMBERS, st.integers(2**60, 2**62))
PLAIN = st.recursive(
    LEAVES,
    lambda inside: st.one_of(st.lists(inside, max_size=3), st.dictionaries(st.text(max_size=3), inside, max_size=3)),
    max_leaves=8,
)
RECEIPTS = st.dictionaries(st.text(max_size=3).filter(lambda name: name not in LEFT_OUT), PLAIN, max_size=4)


def exactly(value: Any) -> str:
    """As text, which tells 1 from 1.0 and from True."""
    return repr(value)


@given(st.lists(RECEIPTS, min_size=1, max_size=4))
def test_any_entries_come_back_as_they_were(receipts: list[dict[str, Any]]) -> None:
    shapes: Shapes = {}
    briefs = [Brief.of(receipt, shapes) for receipt in receipts]
    for brief, receipt in zip([*briefs, *pickle.loads(pickle.dumps(briefs))], receipts * 2, strict=True):
        assert exactly(dict(brief)) == exactly(receipt)


def test_a_sweep_that_is_packed_has_the_table_of_one_in_folders(tmp_path: Any) -> None:
    swept = {"optimizer.lr": [0.1, 1e30], "seed": range(8)}
    made = {
        storage: train_many("dataset.n_samples=60", "epochs=3", "report=False", swept, folder=tmp_path / storage,
                            storage=storage)
        for storage in ("folders", "packed")
    }  # fmt: skip
    tables = [columns(made[storage].jobs()) for storage in made]
    tables.append(columns(type(made["packed"])(made["packed"].folder).jobs()))
    for table in tables:
        table.pop("seconds")
    assert tables[0] == tables[1] == tables[2]
    assert exactly(tables[0]["best_epoch"]) == exactly(tables[1]["best_epoch"])
    whole, remembered = (made[storage].run(0) for storage in made)
    assert isinstance(remembered.brief, Brief)
    assert remembered.summary.keys() == whole.summary.keys(), "asked for by name, it is read from its pack"
    assert remembered.summary["scores"] == whole.summary["scores"]
    assert remembered.objective == whole.objective


def test_a_brief_takes_a_few_hundred_bytes(tmp_path: Any) -> None:
    sweep = train_many("dataset.n_samples=60", "epochs=3", "report=False", {"seed": range(4)}, folder=tmp_path / "s",
                       storage="packed")  # fmt: skip
    briefs = [brief for number in range(4) if isinstance(brief := sweep.run(number).brief, Brief)]
    assert len(briefs) == 4
    assert max(sys.getsizeof(brief) + sys.getsizeof(brief._numbers) for brief in briefs) < 500
    assert len({id(brief._entries) for brief in briefs}) <= len({brief["success"] for brief in briefs})
    with pytest.raises(KeyError):
        briefs[0]["weights_sha256"]
