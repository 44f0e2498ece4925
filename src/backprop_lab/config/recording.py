"""Which epochs a configuration records."""

from backprop_lab.config.types import Config
from backprop_lab.options import discovery


def recorded_epochs(config: Config) -> set[int]:
    """The epochs at whose end the States are kept for the callbacks; empty without a recording."""
    recording = [discovery.module("callbacks", name) for name in config.callbacks]
    if not any(getattr(option, "RECORDS", False) for option in recording):
        return set()
    epochs: set[int] = set()
    for option, knobs in zip(recording, config.callbacks.values(), strict=True):
        if hasattr(option, "epochs"):
            epochs |= set(option.epochs(config.epochs, **knobs))
    return epochs
