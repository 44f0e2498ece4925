"""Linear separability: how many points of two classes in a plane a straight line can separate."""

import numpy as np


def most_right(x: np.ndarray, y: np.ndarray) -> int:
    """The largest number of the points ``x`` [n, 2], of classes ``y`` [n], that one straight line gets right.

    Projected on a direction, the points have an order, and a perpendicular line cuts that order in two. The order
    changes only at directions perpendicular to a line through two points, so one direction between each two of these
    finds every cut. Time O(n^3).
    """
    pairs = x[None] - x[:, None]
    angles = np.arctan2(pairs[..., 1], pairs[..., 0])[np.triu_indices(len(x), 1)]
    turns = np.unique(np.round((angles + np.pi / 2) % np.pi, 12))
    between = (turns + np.append(turns[1:], turns[:1] + np.pi)) / 2
    along = x @ np.stack([np.cos(between), np.sin(between)])
    order = np.argsort(along, axis=0)
    places, classes = np.take_along_axis(along, order, axis=0), y[order] > 0.5
    # Correct with class 1 beyond the cut: the zeros before it and the ones after it.
    right = np.cumsum(~classes, axis=0) + classes.sum(axis=0) - np.cumsum(classes, axis=0)
    is_cut = np.diff(places, axis=0) > 1e-12 * np.ptp(x)
    cuts = right[:-1][is_cut]
    ones = int((y > 0.5).sum())
    return int(max(ones, len(y) - ones, *cuts, *(len(y) - cuts)))


def is_separable(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether a straight line gets all points right: it separates the classes if it separates their convex hulls."""
    parts = [_hull(x[y > 0.5]), _hull(x[y <= 0.5])]
    labels = np.repeat([1.0, 0.0], [len(part) for part in parts])
    return most_right(np.concatenate(parts), labels) == len(labels)


def _hull(points: np.ndarray) -> np.ndarray:
    """The corners of the convex hull, by Andrew's monotone chain (1979)."""
    ordered = np.unique(points, axis=0).tolist()
    if len(ordered) < 3:
        return np.array(ordered).reshape(-1, 2)
    corners: list[list[float]] = []
    for way in (ordered, ordered[::-1]):
        chain: list[list[float]] = []
        for point in way:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        corners += chain[:-1]
    return np.array(corners)


def _turn(a: list[float], b: list[float], c: list[float]) -> float:
    """Positive if the path from a via b to c turns left."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
