"""The Hydra callback that checks a single run before its folder exists, and looks after the sweepers of others."""

import contextlib
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from backprop_lab.experiment.printing import error
from hydra_plugins.lab.composition import plain
from hydra_plugins.lab.result import conclude


class Validation(Callback):
    """Ends the program with ``SystemExit``: Hydra turns any other exception in a callback into a warning."""

    def __init__(self) -> None:
        self.held = contextlib.ExitStack()

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:

        from backprop_lab.config.check import check
        from backprop_lab.config.errors import ConfigError
        from backprop_lab.training import devices

        try:
            devices.require(check(plain(config)))

            from backprop_lab.runs.run import Run  # an invalid configuration need not wait for it

            folder = config.hydra.run.dir
            if (run := Run(folder)).has_begun:
                raise ConfigError("hydra.run.dir", folder, f"a folder without a run (resume={folder} continues it)")
            run.files.refuse_links()
        except (ValueError, OSError, OmegaConfBaseException) as wrong:
            error(str(wrong).splitlines()[0])
            raise SystemExit(2) from None

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        if _is_ours(config):
            return
        from backprop_lab.sweep.folder import Sweep

        try:
            self.held.enter_context(Sweep(config.hydra.sweep.dir).locked())
        except (ValueError, OSError, OmegaConfBaseException) as wrong:
            error(str(wrong).splitlines()[0])
            raise SystemExit(2) from None

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        if _is_ours(config):
            return
        from backprop_lab.sweep.folder import Sweep

        with self.held:
            status = conclude(Sweep(config.hydra.sweep.dir))
        raise SystemExit(status)


def _is_ours(config: DictConfig) -> bool:
    """Whether the sweeper is that of this project, which locks and concludes its sweeps itself."""
    return str(config.hydra.sweeper._target_).endswith(".LabSweeper")
