"""Errors of run and sweep folders."""


class RunError(ValueError):
    """A run or sweep folder, or a file in it, is missing, damaged, refused or in use; the text is one line."""


class InUse(RunError):
    """Another process is writing to the folder."""
