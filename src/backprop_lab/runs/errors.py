"""Errors of run and sweep folders."""

import reprlib


class RunError(ValueError):
    """A run or sweep folder, or a file in it, is missing, damaged, refused or in use; the text is one line."""


class InUse(RunError):
    """Another process is writing to the folder."""


def wrong(entry: str, value: object, allowed: str) -> ValueError:
    """The error of an entry of a file. A long or deeply nested value is shortened."""
    return ValueError(f"{entry}: got {reprlib.repr(value)}; allowed: {allowed}")
