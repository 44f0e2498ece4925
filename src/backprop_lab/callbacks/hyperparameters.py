"""What decides the numbers of a training, flat: for those who compare runs."""

from collections.abc import Mapping
from typing import Any

from backprop_lab.options.discovery import FIXED, ONE_OF

# The rest of a configuration says what is written and drawn.
KEYS = ("seed", "epochs", "precision")


def hyperparameters(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Keys as one types them: ``dataset`` for its name, ``dataset.noise`` for its knobs."""
    flat: dict[str, Any] = {key: plain[key] for key in KEYS}
    for group in ONE_OF:
        flat[group] = plain[group]["name"]
        flat |= {f"{group}.{knob}": value for knob, value in plain[group].items() if knob not in FIXED}
    return {key: value if isinstance(value, bool | int | float | str) else str(value) for key, value in flat.items()}
