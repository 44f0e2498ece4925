"""The curves of metrics.csv, thinned out to what is visible if there are very many rows."""

from collections.abc import Mapping

import numpy as np

COLUMNS = 300  # for more than MOST_ROWS rows; each column keeps its lowest and its highest value
MOST_ROWS = 1_500
COUNTERS = ("epoch", "step")


def curve_arrays(history: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    kept = kept_rows(history)
    return {
        f"curve/{name}": column[kept].astype("int32" if name in COUNTERS else "float32")
        for name, column in history.items()
    }


def kept_rows(history: Mapping[str, np.ndarray]) -> np.ndarray:
    """The rows to show: all, or the lowest and the highest of each metric in each column of the picture."""
    epoch = history["epoch"]
    if len(epoch) <= MOST_ROWS:
        return np.arange(len(epoch))
    column = np.floor(COLUMNS * np.cbrt(epoch / epoch[-1]))
    kept = {0, len(epoch) - 1}
    for rows in np.split(np.arange(len(epoch)), np.flatnonzero(np.diff(column)) + 1):
        for name, values in history.items():
            if name not in COUNTERS:
                kept |= {int(rows[values[rows].argmin()]), int(rows[values[rows].argmax()])}
    return np.array(sorted(kept))
