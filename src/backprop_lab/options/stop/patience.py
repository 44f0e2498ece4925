"""Stops when a metric has not improved for a number of rows: Prechelt 1998, early stopping."""

from collections.abc import Iterable, Iterator, Mapping

from backprop_lab.options.rules import FROM_0, choice, real, whole

ALSO_CALLED = ("EarlyStopping",)
KNOBS = {
    "monitor": choice("the metric to watch", "val_loss", "train_loss"),
    "patience": whole("rows without improvement before the training stops", 1, 100_000_000),
    "min_delta": real("smallest decrease that counts as an improvement", FROM_0),
}


def decisions(rows: Iterable[Mapping[str, float]], *, monitor: str, patience: int, min_delta: float) -> Iterator[bool]:
    best, waited = float("inf"), 0
    for row in rows:
        if row[monitor] < best - min_delta:
            best, waited = row[monitor], 0
        else:
            waited += 1
        yield waited >= patience


def reason(*, monitor: str, patience: int, min_delta: float) -> str:
    by = f" by more than {min_delta:g}" if min_delta else ""
    return f"{monitor} has not fallen{by} for {patience:,} row{'s' * (patience != 1)}"
