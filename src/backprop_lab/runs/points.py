"""The points of a run as the bytes of ``data.npz``."""

from collections.abc import Mapping

import numpy as np

from backprop_lab.config.types import Config
from backprop_lab.runs import arrays
from backprop_lab.runs.arrays import Header
from backprop_lab.runs.errors import wrong
from backprop_lab.training.points import Points, classes_said, held_back, is_class

PARTS = ("train", "val")


def dump(train: Points, val: Points) -> bytes:
    return arrays.dump({"train_x": train.x, "train_y": train.y, "val_x": val.x, "val_y": val.y})


def load(file: bytes, limit: int, config: Config) -> tuple[Points, Points]:
    """Training and validation points, in float64.

    Raises ``ValueError`` if they are not the configured number of finite points with their targets, or contain more
    than ``limit`` bytes.
    """
    stored = arrays.load(file, limit, lambda headers: _check(headers, config))
    for name, array in stored.items():
        with np.errstate(over="ignore"):
            if not np.isfinite(array.astype(f"float{config.precision}")).all():
                raise wrong(name, "a number that is not finite", f"finite numbers of {config.precision} bits")
    train, val = (Points(stored[f"{part}_x"], stored[f"{part}_y"]) for part in PARTS)
    if config.dataset.task != "regression" and not all(is_class(config.dataset, part.y).all() for part in (train, val)):
        raise wrong("targets", "another number", classes_said(config.dataset))
    return train, val


def _check(headers: Mapping[str, Header], config: Config) -> None:
    expected = {f"{part}_{axis}" for part in PARTS for axis in "xy"}
    if headers.keys() != expected:
        raise wrong("arrays", sorted(headers), ", ".join(sorted(expected)))
    features = headers["train_x"].shape[1:]
    if len(features) != 1 or features[0] < 1:
        raise wrong("train_x", f"shape {list(headers['train_x'].shape)}", "points, [n, features]")
    n = config.dataset.n_samples
    own = headers["train_y"].shape[:1] or (0,)  # a data set with its own points validates on them too
    held = held_back(n, config.dataset.val_fraction) if n is not None else 0
    for part, count in zip(PARTS, own * 2 if n is None else (n - held, held), strict=True):
        for axis, shape in (("x", (count, *features)), ("y", (count,))):
            if headers[f"{part}_{axis}"] != (shape, np.dtype(np.float64)) or count < 1:
                given = headers[f"{part}_{axis}"]
                raise wrong(f"{part}_{axis}", f"{given.dtype} {list(given.shape)}", f"float64 {list(shape)}")
