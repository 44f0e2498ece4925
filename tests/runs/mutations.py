"""Folders with one wrong thing in them: each value of each file, replaced by what somebody may have put there."""

import copy
import csv
import io
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml

NEST: Any = "x"
for _ in range(60):
    NEST = {"a": [NEST]}

VALUES: dict[str, Any] = {
    "null": None, "true": True, "minus one": -1, "zero": 0, "a half": 0.5, "two": 2, "seven": 7, "large": 2**70,
    "huge": 10**400, "largest": 1.7e308, "NaN": float("nan"), "infinity": float("-inf"), "nothing": "", "a word": "x",
    "a formula": "=1+1", "escapes": "\x1b[2J\r\n\u202e", "a surrogate": "\ud800", "a long word": "x" * 50_000,
    "an interpolation": "${oc.env:HOME}", "tags": "<b>&amp;", "mathematics": "$\\frac{$", "no list": [], "a list": [1],
    "lists": [[[]]], "no mapping": {}, "a mapping": {"_target_": "os.system"}, "nested": NEST,
}  # fmt: skip


class Mutation(NamedTuple):
    """A file of the folder, a place in it, what is put there, and the file's content with it."""

    file: str
    place: str
    what: str
    content: Callable[[], bytes]

    def __str__(self) -> str:
        return f"{self.file}, {self.place}: {self.what}"


def of_json(folder: Path, file: str) -> Iterator[Mutation]:
    tree = json.loads((folder / file).read_bytes())
    yield from _of_tree(file, tree, lambda changed: json.dumps(changed).encode())


def of_yaml(folder: Path, file: str) -> Iterator[Mutation]:
    tree = yaml.safe_load((folder / file).read_text(encoding="utf-8"))
    yield from _of_tree(file, tree, lambda changed: yaml.safe_dump(changed).encode())


def _of_tree(file: str, tree: Any, dump: Callable[[Any], bytes]) -> Iterator[Mutation]:
    def changed(change: Callable[..., Any], *arguments: Any) -> bytes:
        return dump(change(tree, *arguments))

    for place in _places(tree):
        for what, value in VALUES.items():
            yield Mutation(file, ".".join(map(str, place)), what, partial(changed, _with, place, value))
        if place:
            yield Mutation(file, ".".join(map(str, place)), "gone", partial(changed, _without, place))


def _places(tree: Any) -> Iterator[tuple[Any, ...]]:
    yield ()
    below = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in below:
        yield from ((key, *rest) for rest in _places(value))


def _with(tree: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    changed = copy.copy(tree)
    changed[place[0]] = _with(tree[place[0]], place[1:], value)
    return changed


def _without(tree: Any, place: tuple[Any, ...]) -> Any:
    changed = copy.copy(tree)
    if len(place) == 1:
        del changed[place[0]]
    else:
        changed[place[0]] = _without(tree[place[0]], place[1:])
    return changed


def of_table(folder: Path, file: str) -> Iterator[Mutation]:
    rows = list(csv.reader(io.StringIO((folder / file).read_text(encoding="utf-8"))))

    def content(changed: list[list[str]]) -> bytes:
        return "".join(",".join(row) + "\n" for row in changed).encode(errors="surrogatepass")

    for i, row in enumerate(rows):
        yield Mutation(file, f"row {i}", "gone", partial(content, rows[:i] + rows[i + 1 :]))
        yield Mutation(file, f"row {i}", "twice", partial(content, rows[: i + 1] + rows[i:]))
        for j in range(len(row)):
            for what, value in VALUES.items():
                changed = [[*row[:j], str(value), *row[j + 1 :]] if i == k else other for k, other in enumerate(rows)]
                yield Mutation(file, f"row {i}, column {j}", what, partial(content, changed))
            shorter = [row[:j] + row[j + 1 :] if i == k else other for k, other in enumerate(rows)]
            yield Mutation(file, f"row {i}, column {j}", "gone", partial(content, shorter))


ARRAYS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "a number": lambda array: array.reshape(-1)[0],
    "none": lambda array: array[:0],
    "one less": lambda array: array[1:],
    "twice": lambda array: np.concatenate([array, array]),
    "one axis more": lambda array: array[..., None],
    "words": lambda array: np.full(array.shape, "x"),
    "truths": lambda array: array.astype(bool),
    "bytes": lambda array: array.astype(np.int8),
    "halves": lambda array: array.astype(np.float16),
    "complex": lambda array: array.astype(complex),
    "dates": lambda array: np.zeros(array.shape, "datetime64[s]"),
    "records": lambda array: np.zeros(array.shape, [("a", "f4"), ("b", "f4")]),
    "backwards": lambda array: array[::-1],
    "the largest": lambda array: np.full_like(array, _largest(array)),
    "negative": lambda array: -array - 1,
    "not numbers": lambda array: np.full_like(array, np.nan) if array.dtype.kind == "f" else array - 10**9,
    "the other byte order": lambda array: array.astype(array.dtype.newbyteorder(">")),
}


def _largest(array: np.ndarray) -> Any:
    return np.finfo(array.dtype).max if array.dtype.kind == "f" else np.iinfo(array.dtype).max


def of_arrays(folder: Path, file: str) -> Iterator[Mutation]:
    with np.load(folder / file) as stored:
        arrays = dict(stored)

    def content(name: str, change: Callable[[np.ndarray], np.ndarray] | None) -> bytes:
        changed = {key: array for key, array in arrays.items() if key != name}
        if change is not None:
            changed[name] = change(arrays.get(name, np.zeros(3)))
        buffer = io.BytesIO()
        np.savez(buffer, **changed)
        return buffer.getvalue()

    for name in arrays:
        for what, change in ARRAYS.items():
            yield Mutation(file, name, what, partial(content, name, change))
        yield Mutation(file, name, "gone", partial(content, name, None))
    yield Mutation(file, "another", "an array", partial(content, "another", np.copy))


def of_bytes(folder: Path, file: str) -> Iterator[Mutation]:
    """Whatever the file is: empty, cut short, with other bits, or something else."""
    before = (folder / file).read_bytes()
    for share in (0.0, 0.3, 0.9):
        yield Mutation(file, "bytes", f"cut at {share:.0%}", partial(bytes, before[: int(share * len(before))]))
    for share in (0.01, 0.2, 0.5, 0.8, 0.99):
        place = int(share * len(before))
        for bit in (0, 6, 7):
            flipped = before[:place] + bytes([before[place] ^ 1 << bit]) + before[place + 1 :]
            yield Mutation(file, "bytes", f"bit {bit} at {share:.0%}", partial(bytes, flipped))
    for what, content in {"zeros": bytes(1000), "a zip": b"PK\x03\x04", "a picture": b"\x89PNG\r\n\x1a\n"}.items():
        yield Mutation(file, "bytes", what, partial(bytes, content))
