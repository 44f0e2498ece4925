"""Recorded States as the bytes of ``frames.npz``: the first axis of each array is the frame."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from backprop_lab.config.recording import recorded_epochs
from backprop_lab.config.types import Config
from backprop_lab.runs import arrays
from backprop_lab.runs.arrays import Header
from backprop_lab.runs.errors import wrong
from backprop_lab.training.film import Film
from backprop_lab.training.state import State

if TYPE_CHECKING:
    from backprop_lab.training.state import Shape

PARTS = ("weights", "optimizer", "buffers")
# A run that is extended keeps the frames of before: each time at most its former last one and those of the new epochs,
# which are fewer than recorded in all.
MOST_EXTENSIONS, TIMES_RECORDED = 1_000, 4


def dump(film: Film) -> bytes:
    named = {f"{part}/{name}": array for part, of in zip(PARTS, film.parts, strict=True) for name, array in of.items()}
    return arrays.dump({"epoch": film.epochs, "step": film.steps, **named})


def most(config: Config) -> int:
    """The largest number of frames that a run of this configuration has."""
    return min(config.epochs + 1, TIMES_RECORDED * len(recorded_epochs(config)) + MOST_EXTENSIONS)


def load(file: bytes, limit: int, config: Config, shapes: Sequence[Mapping[str, "Shape"]]) -> list[State]:
    """The States, with growing epochs. ``shapes`` are those of weights, optimizer state and buffers.

    Raises ``ValueError`` that names what is wrong with the file, or if it contains more than ``limit`` bytes.
    """
    expected = {f"{part}/{name}": of for part, named in zip(PARTS, shapes, strict=True) for name, of in named.items()}
    stored = arrays.load(file, limit, lambda headers: _check(headers, most(config), expected))
    _check_counts("epoch", stored["epoch"], config.epochs)
    _check_counts("step", stored["step"], np.iinfo(np.int64).max)
    parts = [{name: stored[f"{part}/{name}"] for name in named} for part, named in zip(PARTS, shapes, strict=True)]
    for part, named in zip(PARTS, parts, strict=True):
        broken = [name for name, array in named.items() if part != "optimizer" and not np.isfinite(array).all()]
        if broken:
            raise wrong(f"{part}/{broken[0]}", "a number that is not finite", "finite numbers")
    return Film(stored["epoch"], stored["step"], *parts).states()


def _check(headers: Mapping[str, Header], most: int, expected: Mapping[str, "Shape"]) -> None:
    """Refuse arrays of another network, and more frames than ``most``."""
    names = {"epoch", "step", *expected}
    if headers.keys() != names:
        other = sorted(headers.keys() ^ names)[0]
        raise wrong(
            other, "an array" if other in headers else "nothing", f"the arrays {', '.join(sorted(names))[:200]}"
        )
    frames = headers["epoch"].shape
    if len(frames) != 1 or not 1 <= frames[0] <= most:
        raise wrong("epoch", f"shape {list(frames)}", f"1 to {most:,} frames")
    of_counts = (("epoch", ((), np.dtype(np.int64))), ("step", ((), np.dtype(np.int64))))
    for name, (shape, dtype) in (*of_counts, *expected.items()):
        if headers[name] != ((*frames, *shape), dtype):
            got = f"{headers[name].dtype} {list(headers[name].shape)}"
            raise wrong(name, got, f"{dtype} {[*frames, *shape]}, as the configured network and optimizer have it")


def _check_counts(name: str, counts: np.ndarray, last: int) -> None:
    grows = np.ones(len(counts), dtype=bool)
    grows[1:] = counts[1:] > counts[:-1]
    is_right = grows & (counts >= 0) & (counts <= last)
    if not is_right.all():
        frame = int(np.argmin(is_right))
        raise wrong(f"{name} of frame {frame + 1:,}", counts[frame].item(), f"numbers that grow from 0, up to {last}")
