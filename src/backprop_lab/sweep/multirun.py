"""What Hydra's ``multirun.yaml`` says of a sweep."""

import re

from backprop_lab.options.plain_yaml import read_yaml
from backprop_lab.runs.errors import wrong

FILE = "multirun.yaml"
MAX_BYTES = 1024**2  # it lists every value of a sweep


def launcher(file: bytes) -> str:
    """The class of the launcher. Raises ``ValueError`` if the file does not say one."""
    # Hydra's YAML has the bytes of paths that are no text in the user's language as lone surrogates.
    found = read_yaml(re.sub(r"\\uDC[0-9A-F]{2}", "?", file.decode(errors="replace")), MAX_BYTES)
    for key in ("hydra", "launcher", "_target_"):
        if not isinstance(found, dict) or key not in found:
            raise wrong("hydra.launcher._target_", "nothing", "the class of a launcher")
        found = found[key]
    if not isinstance(found, str):
        raise wrong("hydra.launcher._target_", found, "the class of a launcher")
    return found
