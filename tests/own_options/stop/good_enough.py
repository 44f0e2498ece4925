"""Stops if the training loss is low enough."""

from backprop_lab.options.rules import ABOVE_0, real

KNOBS = {"below": real("the training loss to reach", ABOVE_0)}


def decisions(rows, *, below):
    for row in rows:
        yield row["train_loss"] < below


def reason(*, below):
    return f"train_loss is below {below:g}"
