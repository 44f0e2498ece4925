"""``hydra/launcher=batched``: trains the jobs of a multirun together."""

import math
from collections.abc import Callable, Mapping, Sequence
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
from backprop_lab.sweep import storage
from backprop_lab.sweep.places import place
from hydra_plugins.lab.composition import Composer
from hydra_plugins.lab.interpolation import settled
from hydra_plugins.lab.job_callbacks import JobCallbacks

if TYPE_CHECKING:
    from backprop_lab.config.configs import Configs
    from backprop_lab.runs.run import Run
    from backprop_lab.sweep.folder import Sweep
    from backprop_lab.sweep.places.place import Place

Function = TypeVar("Function", bound=Callable[..., Any])


DEFAULTS: dict[str, Any] = {
    "_target_": "hydra_plugins.lab.batched_launcher.BatchedLauncher",
    "where": "local",
    "storage": "auto",
    "wait": True,
    **dict.fromkeys(place.all_keys()),
    "threads": "auto",
    "compile": "auto",
    "processes": "auto",
}
ConfigStore.instance().store(group="hydra/launcher", name="batched", node=DEFAULTS, provider="backprop-lab")


def batchable(task_function: Function) -> Function:
    """Mark a task function whose jobs are trainings of this project, which can be trained without calling it."""
    task_function.is_batchable = True  # type: ignore[attr-defined]
    return task_function


class BatchedLauncher(BasicLauncher):
    """Trains together the jobs that can be batched; launches all others as Hydra's own launcher does.

    ``given`` are the values of the keys of ``DEFAULTS``: where jobs are trained, with the keys of that place, and how
    what they leave is stored. ``processes`` and ``compile`` are what earlier versions had instead of ``threads``.
    """

    def __init__(self, **given: Any) -> None:
        super().__init__()
        self.given = {**DEFAULTS, **given}
        self.checked: Sequence[Config] | None = None  # by job number, from the sweeper of this project
        self.composer: Composer | None = None
        self.sweep: Sweep | None = None
        self.place: Place | None = None

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        # Here, not in __init__, where Hydra would wrap the error in its own message.
        given = self.given
        for key in ("threads", "processes"):
            if given[key] != "auto" and (type(given[key]) is not int or given[key] < 1):
                raise ConfigError(f"hydra.launcher.{key}", given[key], "auto, or a whole number from 1")
        if given["compile"] not in ("auto", True, False):
            raise ConfigError("hydra.launcher.compile", given["compile"], "auto, true or false")
        if given["processes"] != "auto":
            say("hydra.launcher.processes is now hydra.launcher.threads")
        if given["compile"] != "auto":
            say("hydra.launcher.compile has no effect any more: nothing is compiled for a sweep")
        storage.check(given["storage"])
        if not isinstance(given["wait"], bool):
            raise ConfigError("hydra.launcher.wait", given["wait"], "true or false")
        if not given["wait"] and given["where"] != "slurm":
            raise ConfigError("hydra.launcher.wait", False, "true; only jobs of Slurm go on without this process")
        threads = next((given[key] for key in ("threads", "processes") if given[key] != "auto"), None)
        self.knobs = {key: threads if key == "threads" else given[key] for key in place.all_keys()}
        place.check(given["where"], self.knobs)
        super().setup(hydra_context=hydra_context, task_function=task_function, config=config)

    def get_ready(self, configs: "Configs", sweep: "Sweep") -> bool:
        """Receive the folder, and the configurations of all jobs, already checked, from this project's sweeper.

        Says whether the jobs are to be packed. Raises ``ConfigError`` if they cannot be, or if the place is not there.
        """
        self.checked = configs
        self.sweep = sweep
        is_packed = storage.is_packed(self.given["storage"], configs)
        self.place = place.place_at(self.given["where"], self.knobs)
        return is_packed

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        if self.task_function is None or not getattr(self.task_function, "is_batchable", False):
            return self._launch_normally(job_overrides, initial_job_idx)
        assert self.config is not None
        assert self.hydra_context is not None

        from backprop_lab.sweep.folder import Sweep
        from backprop_lab.sweep.places.carry_out import carry_out
        from backprop_lab.sweep.places.order import Assignment, Assignments

        sweep = self.sweep or Sweep(Path(self.config.hydra.sweep.dir))
        given = {number: list(overrides) for number, overrides in enumerate(job_overrides, start=initial_job_idx)}
        jobs: Mapping[int, Assignment]
        if self.checked is not None:
            jobs = Assignments(self.checked, given, [*given])
        else:
            configs = {number: self._checked(sweep.run(number), typed) for number, typed in given.items()}
            jobs = {
                number: Assignment(config, settled(given[number], config.plain))
                for number, config in configs.items()
                if config is not None
            }
        heard = JobCallbacks(self.hydra_context, self.config, self.task_function, always=self.checked is None)
        for number, job in jobs.items() if heard.is_heard else ():
            if job.config.engine.option.IS_BATCHED:  # Hydra calls them for the others
                heard.start(number, given[number])
        returns = {}
        at = self.place or place.place_at(self.given["where"], self.knobs)
        for number in carry_out(sweep, jobs, at, waits=self.given["wait"]):
            returns[number] = self._launch_normally([given[number]], number)[0]
        for number in sorted(given.keys() - returns.keys()):
            returns[number] = _returned(given[number], sweep.run(number).objective if number in jobs else math.inf)
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
