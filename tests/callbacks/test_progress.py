"""A bar and its numbers fit into the terminal, whole."""

import pytest

from backprop_lab.callbacks import progress
from backprop_lab.callbacks.progress import bar_format, fitting
from backprop_lab.experiment.console import aligned_left

PARTS = ["train_loss 0.1234", "val_loss 0.1234", "val_acc 0.9000"]


@pytest.mark.parametrize(("room", "shown"), [(200, 3), (40, 2), (37, 2), (36, 1), (20, 1), (19, 0), (0, 0), (-5, 0)])
def test_as_many_numbers_are_shown_as_fit(room: int, shown: int) -> None:
    assert fitting(PARTS, room) == "  ".join(PARTS[:shown])


@pytest.mark.parametrize(("columns", "has_bar"), [(200, True), (80, True), (79, False), (40, False)])
def test_a_narrow_terminal_has_no_bar(monkeypatch: pytest.MonkeyPatch, columns: int, has_bar: bool) -> None:
    monkeypatch.setattr(progress, "columns", lambda: columns)
    assert ("{bar:" in bar_format("epoch 1/2", "left")) is has_bar


@pytest.mark.parametrize("width", [40, 60, 80])
def test_what_is_trained_is_wrapped_between_words(width: int) -> None:
    items = ["radius 0.5", "4,000 training points", "1,000 validation points", "batches of 32"]
    rows = [("circle", items), ("lightning", ["50 epochs"]), ("writes to", ["a/very/long/path/" * 5])]
    lines = aligned_left(rows, width)
    assert all(len(line) <= width for line in lines if "/" not in line)
    assert lines[-1].strip().endswith("a/very/long/path/" * 5), "a path stays whole, to be copied"
    assert " ".join(" ".join(lines).split()) == " ".join(f"{name} {', '.join(items)}" for name, items in rows)
    assert len(aligned_left(rows, 10_000)) == 3
