"""What the numbers of a run's points stand for, as the bytes of ``data.json``."""

import json
import math
from collections.abc import Sequence
from typing import Any

from backprop_lab.options.table import Column, Meaning
from backprop_lab.runs.errors import wrong
from backprop_lab.training.split import Split

MOST_COLUMNS, MOST_NAMES, MOST_CHARACTERS = 100_000, 1_000, 1_000


def dump(meaning: Meaning) -> bytes:
    columns = [
        {"name": column.name, "categories": list(column.categories)}
        | ({} if column.filling is None else {"filling": column.filling})
        for column in meaning.columns
    ]
    plain = {"columns": columns, "target": meaning.target, "classes": list(meaning.classes)}
    return f"{json.dumps(plain, indent=1)}\n".encode()


def load(file: bytes, of: Split) -> Meaning:
    """What the points ``of`` a run stand for. Raises ``ValueError`` that names the first wrong entry."""
    try:
        plain = json.loads(file)
    except (ValueError, RecursionError):
        raise ValueError("damaged (not JSON)") from None
    if not isinstance(plain, dict) or plain.keys() != {"columns", "target", "classes"}:
        raise ValueError("damaged (not columns, target and classes)")
    columns = plain["columns"]
    if not isinstance(columns, list) or not 0 < len(columns) <= MOST_COLUMNS:
        raise wrong("columns", type(columns).__name__, f"a list of at most {MOST_COLUMNS:,} columns")
    for column in columns:
        if not isinstance(column, dict) or column.keys() - {"filling"} != {"name", "categories"}:
            raise wrong("columns", "an entry", "a name and its categories")
    made = tuple(
        Column(_name(column["name"]), _names(column["categories"]), _filling(column.get("filling")))
        for column in columns
    )
    meaning = Meaning(made, _name(plain["target"]), _names(plain["classes"]))
    if len(meaning.inputs) != of.train.x.shape[1]:
        raise wrong("columns", f"{len(meaning.inputs)} inputs", f"{of.train.x.shape[1]}, as many as the points have")
    largest = max(part.y.max() for part in of if part is not None)
    if meaning.classes and not largest < len(meaning.classes):
        raise wrong("classes", f"{len(meaning.classes)} names", f"one for each class, up to class {largest:g}")
    return meaning


def _filling(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise wrong("a filling", type(value).__name__, "a finite number")
    return float(value)


def _names(values: Any) -> tuple[str, ...]:
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) > MOST_NAMES:
        raise wrong("names", type(values).__name__, f"a list of at most {MOST_NAMES:,} names")
    return tuple(map(_name, values))


def _name(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MOST_CHARACTERS:
        raise wrong("a name", type(value).__name__, f"text of at most {MOST_CHARACTERS:,} characters")
    return value
