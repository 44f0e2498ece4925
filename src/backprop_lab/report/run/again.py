"""What a page needs to train the recorded run again, and to compare where it ends."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from backprop_lab.config.types import Config
from backprop_lab.training.state import State

MOST_WEIGHTS = 2_000
"""That a page holds in full precision: 20 kB."""


def again(config: Config, frames: Sequence[State]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Data and arrays of page/run/check.js, beside the formulas in ``live``.

    The weights are those of the last recorded epoch in which all are finite; without them, as there are too many or
    none, nothing can be compared.
    """
    last = next((frame for frame in reversed(frames) if frame.is_finite()), frames[0])
    weights = np.concatenate([weight.reshape(-1) for weight in last.weights.values()]).astype(np.float64)
    schedule = {**config.plain["schedule"], "epochs": config.schedule.knobs["epochs"]}
    data = {
        "config": {**config.plain, "loss": {"name": config.loss.name, **config.loss.knobs}, "schedule": schedule},
        "epoch": last.epoch,
        "step": last.step,
        "weights": len(weights),
    }
    return {"again": data}, {"again/weights": weights} if len(weights) <= MOST_WEIGHTS else {}
