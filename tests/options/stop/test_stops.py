"""Every stop, from the rows alone."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from backprop_lab.callbacks.watch import Stop
from backprop_lab.options import discovery
from backprop_lab.options.discovery import names
from conftest import chosen


def stops_at(losses: Sequence[float], **knobs: Any) -> int | None:
    """The number of the row at which patience ends a training, counted from 1."""
    rows = [{"epoch": i, "val_loss": loss, "train_loss": -loss} for i, loss in enumerate(losses)]
    decisions = discovery.module("stop", "patience").decisions(
        rows, **{"monitor": "val_loss", "patience": 3, "min_delta": 0.0} | knobs
    )
    return next((i for i, stops in enumerate(decisions, start=1) if stops), None)


def test_every_stop_is_tried_here() -> None:
    assert {*names("stop")} == {"never", "patience"}
    stop = Stop(chosen("stop", "never"))
    assert not any(stop.is_reached({"val_loss": 1.0}) for _ in range(1000))


@pytest.mark.parametrize(
    ("losses", "knobs", "row"),
    [
        ([5, 4, 3, 2, 1, 0], {}, None),
        ([5, 5, 5, 5, 0], {}, 4),
        ([5, 6, 7, 4, 5, 6, 7, 0], {}, 7),
        ([5, 4, 4, 4, 3], {}, None),
        ([5, 5], {"patience": 1}, 2),
        ([5, 4, 5], {"patience": 1}, 3),
        ([1.0, 0.95, 0.9, 0.85, 0.8], {"min_delta": 0.1}, None),  # 0.85 is more than 0.1 below 1
        ([1.0, 0.95, 0.93, 0.91, 0.8], {"min_delta": 0.1}, 4),
        ([4.0, 3.0, 2.0, 1.0], {"min_delta": 1.0, "patience": 1}, 2),  # by just as much is not by more
        ([1, 2, 3, 4], {"monitor": "train_loss"}, None),
        ([4, 3, 2, 1], {"monitor": "train_loss"}, 4),
        ([], {}, None),
    ],
)
def test_patience_ends_where_a_metric_has_not_fallen(
    losses: list[float], knobs: dict[str, Any], row: int | None
) -> None:
    assert stops_at(losses, **knobs) == row


@pytest.mark.parametrize("patience", [1, 2, 5])
def test_it_is_the_first_row_that_ends_so_many_without_a_new_lowest(patience: int) -> None:
    for seed in range(30):
        losses = np.random.default_rng(seed).integers(0, 40, 60).tolist()
        first = next(
            (n for n in range(patience + 1, 61) if min(losses[n - patience : n]) >= min(losses[: n - patience])), None
        )
        assert stops_at(losses, patience=patience) == first


def test_the_rows_before_a_resumed_run_count() -> None:
    losses = [5.0, 4.0, 4.0, 4.0, 4.0, 1.0]
    whole = Stop(chosen("stop", "patience", patience=3))
    answers = [whole.is_reached({"val_loss": loss}) for loss in losses]
    assert answers == [False, False, False, False, True, False]
    for split in range(1, 5):
        resumed = Stop(chosen("stop", "patience", patience=3), [{"val_loss": loss} for loss in losses[:split]])
        assert [resumed.is_reached({"val_loss": loss}) for loss in losses[split:]] == answers[split:]


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"patience": 20}, "val_loss has not fallen for 20 rows"),
        ({"patience": 1, "monitor": "train_loss"}, "train_loss has not fallen for 1 row"),
        ({"patience": 1000, "min_delta": 0.01}, "val_loss has not fallen by more than 0.01 for 1,000 rows"),
    ],
)
def test_the_reason_is_told_in_words(knobs: dict[str, Any], said: str) -> None:
    assert Stop(chosen("stop", "patience", **knobs)).reason == said
