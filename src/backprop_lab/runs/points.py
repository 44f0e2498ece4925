"""The points of a run as the bytes of ``data.npz``."""

from collections.abc import Mapping

import numpy as np

from backprop_lab.config.types import Config, Dataset
from backprop_lab.runs import arrays
from backprop_lab.runs.arrays import Header
from backprop_lab.runs.errors import wrong
from backprop_lab.training.points import Points, classes_said, is_class
from backprop_lab.training.split import Split, sizes_of

PARTS = ("train", "val", "test")


def dump(split: Split) -> bytes:
    parts = {name: part for name, part in zip(PARTS, split, strict=True) if part is not None}
    return arrays.dump({f"{name}_{axis}": getattr(part, axis) for name, part in parts.items() for axis in "xy"})


def load(file: bytes, limit: int, config: Config) -> Split:
    """The points of a run, in float64.

    Raises ``ValueError`` if they are not the configured number of finite points with their targets, or contain more
    than ``limit`` bytes.
    """
    stored = arrays.load(file, limit, lambda headers: _check(headers, config))
    for name, array in stored.items():
        with np.errstate(over="ignore"):
            if not np.isfinite(array.astype(f"float{config.precision}")).all():
                raise wrong(name, "a number that is not finite", f"finite numbers of {config.precision} bits")
    parts = [Points(stored[f"{part}_x"], stored[f"{part}_y"]) for part in PARTS if f"{part}_x" in stored]
    if config.dataset.task != "regression" and not all(is_class(config.dataset, part.y).all() for part in parts):
        raise wrong("targets", "another number", classes_said(config.dataset))
    return Split(*parts)


def _check(headers: Mapping[str, Header], config: Config) -> None:
    sizes = _sizes(headers, config.dataset)
    expected = {f"{part}_{axis}" for part in sizes for axis in "xy"}
    if headers.keys() != expected:
        raise wrong("arrays", sorted(headers), ", ".join(sorted(expected)))
    features = headers["train_x"].shape[1:]
    if len(features) != 1 or features[0] < 1:
        raise wrong("train_x", f"shape {list(headers['train_x'].shape)}", "points, [n, features]")
    for part, count in sizes.items():
        for axis, shape in (("x", (count, *features)), ("y", (count,))):
            if headers[f"{part}_{axis}"] != (shape, np.dtype(np.float64)) or count < 1:
                given = headers[f"{part}_{axis}"]
                raise wrong(f"{part}_{axis}", f"{given.dtype} {list(given.shape)}", f"float64 {list(shape)}")


def _sizes(headers: Mapping[str, Header], dataset: Dataset) -> dict[str, int]:
    """How many points each part should have; those of a data set with points of its own, as many as are there."""
    if dataset.n_samples is not None:
        sizes = sizes_of(dataset)._asdict()
        return {name: size for name, size in sizes.items() if size}
    names = ["train", "val", *(["test"] if dataset.test_fraction else [])]
    there = {name: next(iter(headers[f"{name}_y"].shape), 0) for name in names if f"{name}_y" in headers}
    own = there.get("train", 0)
    return {name: own if dataset.is_validated_on_itself else there.get(name, 0) for name in names}
