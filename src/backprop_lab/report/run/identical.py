"""Identical units of a layer: equal weights get equal gradients, so they stay identical and act as one unit."""

from itertools import pairwise

import numpy as np

from backprop_lab.training.chain import Layer
from backprop_lab.training.state import State

# Weights that differ by at most this fraction of the largest count as equal.
TOLERANCE = 1e-6


def identical_units(frame: State, layer: Layer, following: Layer) -> list[frozenset[int]]:
    """The groups of units of ``layer`` with equal incoming and outgoing weights."""
    bias = [] if layer.bias is None else [frame.weights[layer.bias][:, None]]
    parts = [frame.weights[layer.weight], *bias, frame.weights[following.weight].T]
    rows = np.concatenate(parts, axis=1).astype(np.float64)
    near = TOLERANCE * (np.abs(rows).max() or 1.0)
    # Identical rows become neighbours when sorted by any linear combination of their columns.
    order = np.argsort(rows @ np.sqrt(np.arange(2, rows.shape[1] + 2)), kind="stable")
    same = np.abs(np.diff(rows[order], axis=0)).max(axis=1, initial=0.0) <= near
    groups = np.split(order, np.flatnonzero(~same) + 1)
    return [frozenset(group.tolist()) for group in groups if len(group) > 1]


def identical_counts(frames: list[State], layers: list[Layer]) -> list[np.ndarray]:
    """For each layer but the last, how many units are identical to a unit, itself included: [F, units] uint8.

    255 means 255 or more.
    """
    counts = []
    for layer, following in pairwise(layers):
        count = np.ones((len(frames), len(frames[0].weights[layer.weight])), np.uint8)
        for row, frame in zip(count, frames, strict=True):
            for group in identical_units(frame, layer, following):
                row[list(group)] = min(len(group), 255)
        counts.append(count)
    return counts
