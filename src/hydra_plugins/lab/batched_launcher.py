"""``hydra/launcher=batched``: trains the jobs of a multirun together."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hydra._internal.core_plugins.basic_launcher import BasicLauncher
from hydra.core.config_store import ConfigStore
from hydra.core.utils import JobReturn, JobStatus
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from backprop_lab.config.check import check
from backprop_lab.config.errors import ConfigError
from backprop_lab.config.types import Config
from backprop_lab.experiment.printing import say
from hydra_plugins.lab.composition import Composer
from hydra_plugins.lab.interpolation import settled
from hydra_plugins.lab.job_callbacks import JobCallbacks

if TYPE_CHECKING:
    from backprop_lab.runs.run import Run
    from backprop_lab.sweep.folder import Sweep

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass
class BatchedLauncherConf:
    _target_: str = "hydra_plugins.lab.batched_launcher.BatchedLauncher"
    threads: Any = "auto"
    compile: Any = "auto"
    processes: Any = "auto"


ConfigStore.instance().store(group="hydra/launcher", name="batched", node=BatchedLauncherConf, provider="backprop-lab")


def batchable(task_function: Function) -> Function:
    """Mark a task function whose jobs are trainings of this project, which can be trained without calling it."""
    task_function.is_batchable = True  # type: ignore[attr-defined]
    return task_function


class BatchedLauncher(BasicLauncher):
    """Trains together the jobs that can be batched; launches all others as Hydra's own launcher does.

    ``threads``, a number or auto, comes from its configuration. ``processes`` and ``compile`` are what earlier versions
    had instead.
    """

    def __init__(self, threads: Any = "auto", compile: Any = "auto", processes: Any = "auto") -> None:
        super().__init__()
        self.given = {"threads": threads, "processes": processes, "compile": compile}
        self.threads = next((given for given in (threads, processes) if given != "auto"), None)
        self.checked: dict[int, Config] = {}  # by job number, from the sweeper of this project
        self.composer: Composer | None = None
        self.sweep: Sweep | None = None

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        # Here, not in __init__, where Hydra would wrap the error in its own message.
        for key in ("threads", "processes"):
            given = self.given[key]
            if given != "auto" and (type(given) is not int or given < 1):
                raise ConfigError(f"hydra.launcher.{key}", given, "auto, or a whole number from 1")
        if self.given["compile"] not in ("auto", True, False):
            raise ConfigError("hydra.launcher.compile", self.given["compile"], "auto, true or false")
        if self.given["processes"] != "auto":
            say("hydra.launcher.processes is now hydra.launcher.threads")
        if self.given["compile"] != "auto":
            say("hydra.launcher.compile has no effect any more: nothing is compiled for a sweep")
        super().setup(hydra_context=hydra_context, task_function=task_function, config=config)

    def get_ready(self, configs: Sequence[Config], sweep: "Sweep") -> None:
        """Receive the folder, and the configurations of all jobs, already checked, from this project's sweeper."""
        self.checked = dict(enumerate(configs))
        self.sweep = sweep

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        if self.task_function is None or not getattr(self.task_function, "is_batchable", False):
            return self._launch_normally(job_overrides, initial_job_idx)
        assert self.config is not None
        assert self.hydra_context is not None

        from backprop_lab.sweep.folder import Sweep
        from backprop_lab.sweep.places.local import carry_out
        from backprop_lab.sweep.places.order import Assignment

        sweep = self.sweep or Sweep(Path(self.config.hydra.sweep.dir))
        given = dict(enumerate(map(list, job_overrides), start=initial_job_idx))
        jobs: dict[int, Assignment] = {}
        for number, overrides in given.items():
            run = sweep.run(number)
            config = self.checked.get(number) or self._checked(run, overrides)
            if config is not None:
                jobs[number] = Assignment(run, config, settled(overrides, config.plain))
        heard = JobCallbacks(self.hydra_context, self.config, self.task_function, always=not self.checked)
        for number, job in jobs.items():
            if job.config.engine.option.IS_BATCHED:  # Hydra calls them for the others
                heard.start(number, given[number])
        returns = {}
        for number in carry_out(sweep, jobs, self.threads):
            returns[number] = self._launch_normally([given[number]], number)[0]
        for number in sorted(given.keys() - returns.keys()):
            returns[number] = _returned(given[number], jobs[number].run.objective if number in jobs else math.inf)
            heard.end(number, returns[number])
        return [returns[number] for number in given]

    def _launch_normally(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        returns: Sequence[JobReturn] = super().launch(job_overrides, initial_job_idx)
        return returns

    def _checked(self, run: "Run", overrides: list[str]) -> Config | None:
        """Check a job of a sweeper that proposes jobs as it goes; ours checks all jobs before the first one."""
        assert self.config is not None
        assert self.hydra_context is not None

        from backprop_lab.sweep.failed import write_failed

        self.composer = self.composer or Composer(self.hydra_context.config_loader, self.config)
        composed = self.composer.compose(overrides)
        run.write_config(composed, overrides)
        try:
            return check(composed)
        except ConfigError as wrong:
            write_failed(run, str(wrong))
            return None


def _returned(overrides: list[str], value: float) -> JobReturn:
    done = JobReturn()
    done.overrides, done.status, done.return_value = overrides, JobStatus.COMPLETED, value
    return done
