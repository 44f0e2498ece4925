"""What Hydra's ``multirun.yaml`` says of a sweep."""

from backprop_lab.options.plain_yaml import read_yaml
from backprop_lab.runs.errors import wrong

FILE = "multirun.yaml"
MAX_BYTES = 1024**2  # it lists every value of a sweep


def launcher(file: bytes) -> str:
    """The class of the launcher. Raises ``ValueError`` if the file does not say one."""
    found = read_yaml(file.decode(errors="replace"), MAX_BYTES)
    for key in ("hydra", "launcher", "_target_"):
        if not isinstance(found, dict) or key not in found:
            raise wrong("hydra.launcher._target_", "nothing", "the class of a launcher")
        found = found[key]
    if not isinstance(found, str):
        raise wrong("hydra.launcher._target_", found, "the class of a launcher")
    return found
