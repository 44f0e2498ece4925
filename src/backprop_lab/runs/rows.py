"""Reads the columns of ``metrics.csv``."""

import csv
import io

import numpy as np

WHOLE = ("epoch", "step")


def load(file: bytes) -> dict[str, np.ndarray]:
    """Columns by name, each of shape [rows]. Raises ``ValueError`` if it is not a table of numbers."""
    try:
        rows = list(csv.reader(io.StringIO(file.decode(errors="replace"))))
        table = np.array(rows[1:], dtype=float).reshape(len(rows) - 1, len(rows[0]))
    except (ValueError, IndexError, csv.Error):
        raise ValueError("not a table of numbers") from None
    return {name: table[:, i].astype(int) if name in WHOLE else table[:, i] for i, name in enumerate(rows[0])}
