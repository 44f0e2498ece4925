"""A failure in one line."""

import traceback
from pathlib import Path

from backprop_lab.config.errors import ConfigError
from backprop_lab.runs.errors import RunError


def described(failure: BaseException) -> str:
    """One line: what went wrong, and where, except for errors of configurations and folders, whose text is enough."""
    if isinstance(failure, ConfigError | RunError):
        return " ".join(str(failure).split())
    frames = traceback.extract_tb(failure.__traceback__)
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    said = f"sys.exit({failure.code})" if isinstance(failure, SystemExit) else f"{type(failure).__name__}: {failure}"
    return " ".join(said.split()) + place
