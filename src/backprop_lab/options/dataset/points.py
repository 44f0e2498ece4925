"""Points of the plane of one's own: a list, or a file of three columns; trained and validated on all of them."""

from typing import Any

from backprop_lab.options.rules import Rule, is_real, is_whole, or_null
from backprop_lab.options.table import Table

ALSO_CALLED = ("own_points", "drawn", "draw")
IS_VALIDATED_ON_ITSELF = True
MOST_LISTED, MOST_CLASSES = 1_000, 20


def _are_points(value: Any) -> bool:
    return isinstance(value, list) and 2 <= len(value) <= MOST_LISTED and all(map(_is_point, value))


def _is_point(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 3
        and is_real(value[0])
        and is_real(value[1])
        and is_whole(value[2])
        and 0 <= value[2] < MOST_CLASSES
    )


KNOBS = {
    "points": or_null(
        Rule(
            _are_points,
            f"a list of 2 to {MOST_LISTED:,} points [x1,x2,class], the class a whole number from 0 to "
            f"{MOST_CLASSES - 1}",
            "the points",
        ),
        "those of dataset.path",
    ),
    "path": or_null(
        Rule(lambda v: isinstance(v, str) and v != "", "a file", "a text file of three columns: x1, x2 and the class"),
        "those of dataset.points",
    ),
}


def refusal(points: list[list[float]] | None, path: str | None) -> tuple[str, Any, str] | None:
    if points is None and path is None:
        return "points", None, f"{KNOBS['points'].allowed}; or give dataset.path=FILE"
    if points is not None and path is not None:
        return "path", path, "null where dataset.points are given"
    if points is not None and len({label for *_, label in points}) < 2:
        return "points", points, "points of two classes at least"
    return None


def table(points: list[list[float]] | None, path: str | None, task: str) -> Table:
    from backprop_lab.options.tables import drawn

    return drawn.of_list(points) if points is not None else drawn.of_file(path or "", MOST_CLASSES)


def task_of(points: list[list[float]] | None, path: str | None) -> str:
    made = table(points, path, "auto")
    return "binary" if made.y.max() < 2 else "multiclass"
