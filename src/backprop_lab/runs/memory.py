"""Refuses work for which this machine has too little memory: a small folder may ask for a large network."""

import os

from backprop_lab.runs.errors import RunError


def require(needed: int, what: str) -> None:
    """Raise ``RunError`` if ``what`` needs more bytes than the machine has."""
    if needed > (there := _total()):
        raise RunError(f"{what} needs {needed / 1e9:,.1f} GB of memory; this machine has {there / 1e9:,.1f} GB")


def _total() -> float:
    """The bytes of memory of this machine; infinite where the system does not say."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, OSError, ValueError):  # not POSIX
        return float("inf")
