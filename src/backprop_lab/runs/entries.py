"""Checks the entries of a receipt, which may come from somebody else, before anything uses them."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from backprop_lab.config.upgrade import FORMAT
from backprop_lab.options.rules import is_whole
from backprop_lab.runs.errors import wrong
from backprop_lab.runs.status import Status
from backprop_lab.training.head import METRIC_LABELS, SCORE_LABELS
from backprop_lab.training.penalty import COLUMN

MOST_PREDICTIONS, MOST_FEATURES, MOST_MISSING, MOST_CLASSES = 1_000, 100_000, 100, 1_000
LARGEST_WHOLE = 2**63 - 1


class Kind(NamedTuple):
    """What an entry may be."""

    accepts: Callable[[Any], bool]
    allowed: str


def _is_number(value: Any) -> bool:
    return (is_whole(value) and abs(value) <= LARGEST_WHOLE) or (isinstance(value, float) and math.isfinite(value))


def _or_null(kind: Kind) -> Kind:
    return Kind(lambda value: value is None or kind.accepts(value), f"{kind.allowed}, or null")


NUMBER = Kind(_is_number, "a finite number")
SECONDS = Kind(lambda value: _is_number(value) and value >= 0, "a finite number from 0")
COUNT = Kind(lambda value: is_whole(value) and 0 <= value <= LARGEST_WHOLE, "a whole number from 0, below 2^63")
FLAG = Kind(lambda value: isinstance(value, bool), "true or false")
TEXT = Kind(lambda value: isinstance(value, str), "text")
SHA256 = Kind(lambda value: isinstance(value, str) and bool(re.fullmatch("[0-9a-f]{64}", value)), "a SHA-256")
POINT = Kind(
    lambda value: isinstance(value, list) and len(value) <= MOST_FEATURES and all(map(_is_number, value)),
    "a list of finite numbers",
)
PLAIN = Kind(lambda value: value is None or isinstance(value, bool | str) or _is_number(value), "text or a number")

ONE: dict[str, Kind] = {
    "format": Kind(lambda value: is_whole(value) and 1 <= value <= FORMAT, f"1 to {FORMAT} in this version"),
    "status": Kind(lambda value: isinstance(value, str) and value in {*Status}, ", ".join(Status)),
    "epochs": COUNT, "steps": COUNT, "seed": COUNT, "parameters": _or_null(COUNT),
    "seconds": SECONDS, "fit_seconds": SECONDS,
    "data_sha256": _or_null(SHA256), "file_sha256": _or_null(SHA256), "weights_sha256": _or_null(SHA256),
    "success": _or_null(FLAG), "success_at": _or_null(NUMBER),
    "git_commit": _or_null(TEXT), "error": _or_null(TEXT),
}  # fmt: skip
"""Entries of one value."""
COMPLETE = [
    {f"{part}_{name}" for part in parts for name in ("loss", metric)}
    for parts in (["val"], ["train", "val"])
    for metric in METRIC_LABELS
]
"""The names of metrics that belong together."""
STOPPED = {"epoch": COUNT, "reason": TEXT}
BATCH = {"engine": TEXT, "device": TEXT}
BATCH_OF_EARLIER_VERSIONS = {"members": COUNT, "compiled": FLAG, "device": TEXT}
ANSWER = Kind(
    lambda value: all(one is None or _is_number(one) for one in (value if isinstance(value, list) else [value])),
    "a finite number or null, or a list of them, one for each class",
)
PREDICTION = {"x": POINT, "y": _or_null(NUMBER), "prediction": ANSWER}
TESTED = {
    metric: dict.fromkeys((f"test_{name}" for name in ("loss", metric)), _or_null(NUMBER)) for metric in METRIC_LABELS
}
SHARE = Kind(lambda value: value is None or (_is_number(value) and 0 <= value <= 1), "a number from 0 to 1, or null")
CLASS_SCORES = {"name": TEXT, "precision": SHARE, "recall": SHARE, "f1": SHARE, "points": COUNT}
CONFUSION = Kind(
    lambda row: isinstance(row, list) and all(COUNT.accepts(points) for points in row),
    "a list of numbers of points, one for each class",
)
SCORES = {name: _or_null(SECONDS) for name in SCORE_LABELS}
SCORED_PARTS = ("val", "test")
ABSENT: dict[str, Any] = {"metrics": {}, "best": None, "error": None, "epochs": 0, "steps": 0, "seconds": 0.0}
"""What a receipt without the entry says."""


def checked(receipt: Any) -> dict[str, Any]:
    """The receipt, with every entry that others rely on. Raises ``ValueError`` that names the first wrong entry."""
    if not isinstance(receipt, dict):
        raise ValueError("not a receipt")
    for entry, value, kind in _parts(receipt):
        if not kind.accepts(value):
            raise wrong(entry, value, kind.allowed)
    metrics = receipt.get("metrics") or {}
    if receipt.get("status") == Status.FINISHED and (not metrics or None in metrics.values()):
        raise wrong("metrics", metrics, f"numbers, since the run is {Status.FINISHED}")
    return receipt | {entry: value for entry, value in ABSENT.items() if entry not in receipt}


def _parts(receipt: Mapping[str, Any]) -> Iterator[tuple[str, Any, Kind]]:
    """Every value in a receipt, with the name of its entry and what it may be."""
    if "format" in receipt:  # first: a receipt of a later version may have others
        yield "format", receipt["format"], ONE["format"]
    for entry, value in receipt.items():
        if entry in ONE:
            yield entry, value, ONE[entry]
        elif entry == "metrics":
            yield from _metrics(entry, value)
        elif entry == "best":
            yield from () if value is None else _metrics(entry, value, also={"epoch": COUNT, COLUMN: _or_null(NUMBER)})
        elif entry == "test":
            yield from () if value is None else _named(entry, value, {"epoch": COUNT} | TESTED[_metric_of(value)])
        elif entry == "scores":
            for part, scores in _mapping(entry, value).items():
                if part not in SCORED_PARTS:
                    raise wrong(entry, part, ", ".join(SCORED_PARTS))
                yield from _scores(f"{entry}.{part}", scores)
        elif entry == "stopped":
            yield from () if value is None else _named(entry, value, STOPPED)
        elif entry == "batch":
            is_earlier = isinstance(value, dict) and "engine" not in value
            kinds = BATCH_OF_EARLIER_VERSIONS if is_earlier else BATCH
            yield from () if value is None else _named(entry, value, kinds)
        elif entry == "missing":
            for i, name in enumerate(_items(entry, value, MOST_MISSING)):
                yield f"{entry}[{i}]", name, TEXT
        elif entry == "predictions":
            for i, prediction in enumerate(_items(entry, value, MOST_PREDICTIONS)):
                yield from _named(f"{entry}[{i}]", prediction, PREDICTION)
        elif entry in ("versions", "options"):
            yield from _named(entry, value, dict.fromkeys(_mapping(entry, value), TEXT))
        else:
            yield entry, value, PLAIN


def _metric_of(value: Any) -> str:
    """The metric that a test names besides the loss, or the first one there is."""
    names = [metric for metric in METRIC_LABELS if isinstance(value, dict) and f"test_{metric}" in value]
    return names[0] if names else next(iter(METRIC_LABELS))


def _metrics(entry: str, value: Any, also: Mapping[str, Kind] | None = None) -> Iterator[tuple[str, Any, Kind]]:
    """Loss and metric of the validation points, and of the training points if the epoch had a row; or nothing."""
    given = _mapping(entry, value)
    beside = {name: kind for name, kind in (also or {}).items() if name in given}
    names = given.keys() - beside.keys()
    if (names and names not in COMPLETE) or ("epoch" in (also or {}) and "epoch" not in beside):
        raise wrong(entry, value, ", ".join([*(also or ()), "val_loss and val_acc or val_r2, the same of train_"]))
    yield from _named(entry, value, dict.fromkeys(names, _or_null(NUMBER)) | beside)


def _scores(entry: str, value: Any) -> Iterator[tuple[str, Any, Kind]]:
    """Numbers by name; those of each class, and as many rows of a confusion matrix, each with as many numbers."""
    given = _mapping(entry, value)
    of_classes = {name: given[name] for name in ("classes", "confusion") if name in given}
    numbers = {name: kind for name, kind in SCORES.items() if name in given}
    yield from _named(entry, {name: given[name] for name in given if name not in of_classes}, numbers)
    if not of_classes:
        return
    classes = _items(f"{entry}.classes", of_classes.get("classes"), MOST_CLASSES)
    for i, one in enumerate(classes):
        yield from _named(f"{entry}.classes[{i}]", one, CLASS_SCORES)
    rows = _items(f"{entry}.confusion", of_classes.get("confusion"), MOST_CLASSES)
    for i, row in enumerate(rows):
        yield f"{entry}.confusion[{i}]", row, CONFUSION
    if {len(classes)} != {len(rows), *map(len, rows)}:
        raise wrong(f"{entry}.confusion", f"{len(rows)} rows", f"a row and a column for each of {len(classes)} classes")


def _named(entry: str, value: Any, kinds: Mapping[str, Kind]) -> Iterator[tuple[str, Any, Kind]]:
    """The values of a mapping that has these names and no others."""
    if _mapping(entry, value).keys() != kinds.keys():
        raise wrong(entry, value, ", ".join(kinds))
    for name, kind in kinds.items():
        yield f"{entry}.{name}", value[name], kind


def _mapping(entry: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong(entry, value, "values by name")
    return value


def _items(entry: str, value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise wrong(entry, value, f"a list of at most {most:,}")
    return value
