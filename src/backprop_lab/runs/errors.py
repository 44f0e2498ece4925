"""What goes wrong with a run or sweep folder."""


class RunError(ValueError):
    """A run or sweep folder, or a file in it, that is missing, damaged, refused or in use; its text is one line."""
