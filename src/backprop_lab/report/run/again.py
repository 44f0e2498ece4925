"""Commands to copy."""

import shlex

from backprop_lab.experiment.console import short
from backprop_lab.options.discovery import own_folders


def train_command(*arguments: str) -> str:
    """The command line with these arguments, and the option folders of this process."""
    own = [f"--config-dir={short(folder)}" for folder in own_folders()]
    return shlex.join(["python", "-m", "train", *own, *arguments])
