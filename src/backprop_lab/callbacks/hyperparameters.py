"""The hyperparameters of a training as a flat dictionary, to compare runs."""

from collections.abc import Mapping
from typing import Any

from backprop_lab.options.discovery import FIXED, ONE_OF

# The other keys only control what is written and drawn.
KEYS = ("seed", "epochs", "precision")


def hyperparameters(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Keys as on the command line: ``dataset`` for the name, ``dataset.noise`` for a knob."""
    flat: dict[str, Any] = {key: plain[key] for key in KEYS}
    for group in ONE_OF:
        flat[group] = plain[group]["name"]
        flat |= {f"{group}.{knob}": value for knob, value in plain[group].items() if knob not in FIXED}
    return {key: value if isinstance(value, bool | int | float | str) else str(value) for key, value in flat.items()}
