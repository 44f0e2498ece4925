"""Devices for tensors."""

from backprop_lab.config.errors import ConfigError
from backprop_lab.config.types import Choice, Config
from backprop_lab.options import discovery


def of_batch(trainer: Choice) -> str:
    """The device of a batched sweep: the first one of ``trainer=`` that is available."""
    devices: tuple[str, ...] = trainer.option.BATCHED_DEVICES
    return next(device for device in devices if len(devices) == 1 or _is_there(device))


def require(config: Config) -> None:
    """Raise ``ConfigError`` if the configured device is not available."""
    device: str = config.trainer.option.DEVICE
    if not _is_there(device):
        fitting = discovery.those("trainer", lambda option: _is_there(option.DEVICE))
        raise ConfigError("trainer", config.trainer.name, f"{' or '.join(fitting)}, because torch finds no GPU here")


def _is_there(device: str) -> bool:
    if device == "cpu":
        return True
    import torch  # takes 1.3 s, so only import it if needed

    return torch.cuda.is_available()
