"""What a run or a sweep would leave unused of what was asked for, and so refuses."""

from collections.abc import Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf

from backprop_lab.config.errors import ConfigError

FOR_SWEEPS = ("hydra.sweep.", "hydra.sweeper.", "hydra.launcher.", "hydra/sweeper")
FOR_RUNS = ("hydra.run.",)
BASIC = "basic"
AS_A_RUN = "hydra.mode=RUN"


def refuse_for_a_run(hydra: DictConfig, typed: Sequence[str]) -> None:
    """Raise ``ConfigError`` for what only a sweep uses, unless it was ``typed`` that it shall be a run."""
    if AS_A_RUN in typed:
        return
    launcher = hydra.runtime.choices["hydra/launcher"]
    if launcher != BASIC:
        raise ConfigError("hydra/launcher", launcher, f"{BASIC}; the others with -m, for several runs")
    if params := hydra.sweeper.get("params"):
        with_m = "with -m, or with hydra: {mode: MULTIRUN} in the experiment file"
        allowed = f"{with_m}; {AS_A_RUN} trains one run without them"
        raise ConfigError("hydra.sweeper.params", ",".join(map(str, params)), allowed)
    _refuse(hydra, FOR_SWEEPS, "with -m")


def refuse_for_a_sweep(hydra: DictConfig) -> None:
    """Raise ``ConfigError`` for what only a single run uses."""
    _refuse(hydra, FOR_RUNS, "without -m; the folder of a sweep is hydra.sweep.dir")


def _refuse(hydra: DictConfig, keys: tuple[str, ...], allowed: str) -> None:
    overrides: Any = OmegaConf.to_container(hydra.overrides.hydra, resolve=False)
    for override in overrides:
        key, _, value = override.lstrip("+").partition("=")
        if key.startswith(keys):
            raise ConfigError(key, value, allowed)
