"""The Hydra callback that checks a single run before its folder exists, and concludes a multirun."""

import sys
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from hydra_plugins.lab.composition import plain


class Border(Callback):
    """Refuses with ``SystemExit(2)``: Hydra turns any other exception of a callback into a warning and goes on."""

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        from pathlib import Path

        from backprop_lab.config.check import ConfigError, check
        from backprop_lab.training import devices

        try:
            devices.require(check(plain(config)))
            folder = Path(config.hydra.run.dir)
            if (folder / "summary.json").exists():
                raise ConfigError(
                    "hydra.run.dir", str(folder), f"a folder without a run in it (resume={folder} goes on)"
                )
        except (ValueError, OSError, OmegaConfBaseException) as error:
            print(f"error: {str(error).splitlines()[0]}", file=sys.stderr)
            raise SystemExit(2) from None

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        from backprop_lab.sweep.folder import Sweep
        from backprop_lab.sweep.jobs import conclude

        raise SystemExit(conclude(Sweep(config.hydra.sweep.dir)))
