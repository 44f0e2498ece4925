"""The scores of each class and the confusion matrix of a receipt as Markdown, for TensorBoard's page of texts."""

from collections.abc import Mapping, Sequence
from typing import Any

SCORES = ("precision", "recall", "f1")


def of(receipt: Mapping[str, Any]) -> str:
    """Of the validation points; empty if they have no classes."""
    final = receipt.get("scores", {}).get("val", {})
    if "classes" not in final:
        return ""
    named = [_cell(one["name"]) for one in final["classes"]]
    head = ["class", "points", "precision", "recall", "F1", *(f"taken for {name}" for name in named)]
    rows = [
        [name, str(one["points"]), *(_number(one[score]) for score in SCORES), *map(str, counted)]
        for name, one, counted in zip(named, final["classes"], final["confusion"], strict=True)
    ]
    return "\n".join(map(_line, [head, ["---", *["---:"] * (len(head) - 1)], *rows]))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(name: str) -> str:
    """A name that ends neither the cell nor the line."""
    return " ".join(name.split()).replace("|", "\\|")


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4f}"
