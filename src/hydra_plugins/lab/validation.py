"""The Hydra callback that checks a single run before its folder exists, and looks after the sweepers of others."""

import contextlib
import sys
from typing import Any

from hydra.core.utils import JobReturn
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from backprop_lab.experiment.printing import doing, error
from backprop_lab.training import interruption
from hydra_plugins.lab.interpolation import folder_at, resolved
from hydra_plugins.lab.modes import refuse_for_a_run
from hydra_plugins.lab.result import conclude


class Validation(Callback):
    """Ends the program with ``SystemExit``: Hydra turns any other exception in a callback into a warning."""

    # An attribute: Hydra executes the modules of plugins again, so there are two classes of this name.
    needs_no_jobs = True

    def __init__(self) -> None:
        self.held = contextlib.ExitStack()

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:
        from backprop_lab.config.check import check
        from backprop_lab.config.errors import ConfigError
        from backprop_lab.training import devices

        try:
            refuse_for_a_run(config.hydra, sys.argv)  # Hydra itself adds the mode to its overrides
            devices.require(check(resolved(config)))

            with doing("loading torch"), interruption.importing():  # an invalid configuration need not wait for it
                from backprop_lab.experiment import experiment  # noqa: F401
                from backprop_lab.runs.run import Run

            folder = folder_at(config, "hydra.run.dir")
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
            self.held.enter_context(Sweep(folder_at(config, "hydra.sweep.dir")).locked())
        except (ValueError, OSError, OmegaConfBaseException) as wrong:
            error(str(wrong).splitlines()[0])
            raise SystemExit(2) from None

    def on_job_end(self, config: DictConfig, job_return: JobReturn, **kwargs: Any) -> None:
        """Hydra calls the callbacks of others first. It would keep both configurations until the end of the sweep,
        0.15 MB for each job, and our sweeper needs neither."""
        if config.hydra.mode is RunMode.MULTIRUN and _is_ours(config):
            job_return.cfg = job_return.hydra_cfg = None

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        if _is_ours(config):
            return
        from backprop_lab.sweep.folder import Sweep

        with self.held:
            status = conclude(Sweep(folder_at(config, "hydra.sweep.dir")))
        raise SystemExit(status)


def _is_ours(config: DictConfig) -> bool:
    """Whether the sweeper is that of this project, which locks and concludes its sweeps itself."""
    return str(config.hydra.sweeper._target_).endswith(".LabSweeper")
