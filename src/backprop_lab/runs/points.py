"""The points of a run as the bytes of ``data.npz``."""

import numpy as np

from backprop_lab.runs import arrays
from backprop_lab.training.points import Points


def dump(train: Points, val: Points) -> bytes:
    return arrays.dump({"train_x": train.x, "train_y": train.y, "val_x": val.x, "val_y": val.y})


def load(file: bytes, limit: int) -> tuple[Points, Points]:
    """Training and validation points.

    Raises ``ValueError`` if they are not finite points with their labels, or contain more than ``limit`` bytes.
    """
    stored = arrays.load(file, limit)
    try:
        train, val = (Points(stored[f"{part}_x"], stored[f"{part}_y"]) for part in ("train", "val"))
    except KeyError as error:
        raise ValueError(f"{error} is missing") from None
    if not (_are_points(train) and _are_points(val)):
        raise ValueError("not points with their labels")
    return train, val


def _are_points(points: Points) -> bool:
    x, y = points.x, points.y
    have_shapes = x.ndim == 2 and len(x) > 0 and y.shape == (len(x),)
    return have_shapes and all(a.dtype.kind in "fiub" and bool(np.isfinite(a).all()) for a in (x, y))
