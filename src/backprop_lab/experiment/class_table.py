"""The classes of a receipt's scores as lines of text."""

from collections.abc import Mapping
from typing import Any

from backprop_lab.experiment.console import aligned
from backprop_lab.options.text import cut

MOST_COLUMNS, MOST_CHARACTERS = 12, 16


def class_table(scores: Mapping[str, Any], target: str) -> list[str]:
    """A row for each class with its scores, and one with how many of its points were taken for each class; ``target``
    is what the classes are of. Empty for values."""
    classes = scores.get("classes", [])
    if not classes:
        return []
    named = [cut(one["name"], MOST_CHARACTERS) for one in classes]
    rows = [
        [name, str(one["points"]), *(_share(one[score]) for score in ("precision", "recall", "f1"))]
        for name, one in zip(named, classes, strict=True)
    ]
    said = aligned([[cut(target, MOST_CHARACTERS), "points", "precision", "recall", "F1"], *rows])
    if len(classes) > MOST_COLUMNS:
        return [*said, f"the confusion matrix of {len(classes)} classes is in summary.json"]
    undecided = [one["points"] - sum(row) for one, row in zip(classes, scores["confusion"], strict=True)]
    head, last = ["taken for", *named], [[str(count)] for count in undecided]
    if not any(undecided):
        last = [[] for _ in undecided]
    else:
        head.append("none")
    counted = [[name, *map(str, row), *rest] for name, row, rest in zip(named, scores["confusion"], last, strict=True)]
    return [*said, *aligned([head, *counted])]


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4f}"
