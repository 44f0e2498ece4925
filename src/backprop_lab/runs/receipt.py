"""What a run says of itself in ``summary.json``, beside its numbers."""

import functools
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("torch", "pytorch-lightning", "hydra-core", "numpy", "scikit-learn")


@functools.cache
def versions() -> dict[str, str]:
    """Of Python and of the packages that decide the numbers."""
    return {"python": platform.python_version(), **{package: version(package) for package in PACKAGES}}


@functools.cache
def git_commit() -> str | None:
    """The commit of the project, ``-dirty`` where files differ from it; None outside a checkout."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
