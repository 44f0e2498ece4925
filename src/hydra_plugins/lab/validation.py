"""The Hydra callback that checks a single run before its folder exists, and finishes a multirun."""

import sys
from typing import Any

from hydra.experimental.callback import Callback
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from backprop_lab.experiment.printing import doing, error
from hydra_plugins.lab.interpolation import resolved, value_at
from hydra_plugins.lab.modes import refuse_for_a_run


class Validation(Callback):
    """Refuses with ``SystemExit(2)``: Hydra turns any other exception in a callback into a warning and continues."""

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        from backprop_lab.config.check import check
        from backprop_lab.config.errors import ConfigError
        from backprop_lab.training import devices

        try:
            refuse_for_a_run(config.hydra, sys.argv)  # Hydra itself adds the mode to its overrides
            devices.require(check(resolved(config)))

            with doing("loading torch"):  # an invalid configuration need not wait for it
                from backprop_lab.experiment import experiment  # noqa: F401
                from backprop_lab.runs.run import Run

            folder = value_at(config, "hydra.run.dir")
            if (run := Run(folder)).has_begun:
                raise ConfigError("hydra.run.dir", folder, f"a folder without a run (resume={folder} continues it)")
            run.files.refuse_links()
        except (ValueError, OSError, OmegaConfBaseException) as wrong:
            error(str(wrong).splitlines()[0])
            raise SystemExit(2) from None

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        from backprop_lab.report.sweep.conclusion import conclude
        from backprop_lab.sweep.folder import Sweep

        raise SystemExit(conclude(Sweep(config.hydra.sweep.dir)))
