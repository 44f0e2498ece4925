"""Commands to copy, with the option folders of this process."""

import shlex

from backprop_lab.config import experiments
from backprop_lab.experiment.paths import short
from backprop_lab.options.discovery import own_folders


def command(module: str, *arguments: str) -> str:
    """``python -m MODULE`` with these arguments."""
    own = [f"--config-dir={short(folder)}" for folder in own_folders()]
    return shlex.join(["python", "-m", module, *own, *arguments])


def train_command(*arguments: str) -> str:
    """The command line of a run, or with ``-m`` of a sweep; one job of an experiment that sweeps stays one run."""
    chosen = [name for key, _, name in (argument.partition("=") for argument in arguments) if key == "experiment"]
    one = ["hydra.mode=RUN"] if "-m" not in arguments and any(map(experiments.sweeps, chosen)) else []
    return command("train", *arguments, *one)
