"""The sweeper of every multirun: composes and checks all jobs before it creates a folder."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper, BasicSweeperConf
from hydra.core.config_store import ConfigStore

from backprop_lab.config.configs import Configs
from backprop_lab.config.errors import ConfigError
from backprop_lab.experiment import commands, garbage
from backprop_lab.experiment.paths import short
from backprop_lab.experiment.printing import error, say
from backprop_lab.training import interruption
from backprop_lab.training.interruption import Interrupted
from hydra_plugins.lab import full_error
from hydra_plugins.lab.batched_launcher import BatchedLauncher
from hydra_plugins.lab.composition import Composer, parser_of
from hydra_plugins.lab.interpolation import folder_at, is_open, settled
from hydra_plugins.lab.modes import refuse_for_a_sweep
from hydra_plugins.lab.result import conclude

SUBDIR = "${hydra.job.num}"


@dataclass
class LabSweeperConf(BasicSweeperConf):
    _target_: str = "hydra_plugins.lab.sweeper.LabSweeper"
    params: dict[str, str] | None = field(default_factory=dict)


ConfigStore.instance().store(group="hydra/sweeper", name="lab", node=LabSweeperConf, provider="backprop-lab")


class LabSweeper(BasicSweeper):
    """Hydra's basic sweeper, but it composes each job once and checks all of them before creating the folder."""

    waiting: list[list[str]]  # the overrides of the jobs that have not been started

    def sweep(self, arguments: list[str]) -> Any:
        with full_error.as_the_user_has_it():
            return self._sweep(arguments)

    def _sweep(self, arguments: list[str]) -> Any:
        assert self.config is not None
        assert self.hydra_context is not None
        garbage.resume()  # ten thousand parsed overrides leave a lot of garbage
        loader = self.hydra_context.config_loader
        parsed = parser_of(loader).parse_overrides([*self._parse_config(), *arguments])
        for override in parsed:
            if override.is_sweep_override() and not (override.is_discrete_sweep() and [*override.sweep_iterator()]):
                key, _, value = str(override.input_line).partition("=")
                raise ConfigError(key, value, f"at least one value, as in {key}=a,b,c or {key}=range(3)")
        jobs = [job for batch in self.split_arguments(parsed, None) for job in batch]
        subdir = self.config.hydra.sweep._get_node("subdir")._value()  # as typed
        if subdir != SUBDIR:
            raise ConfigError("hydra.sweep.subdir", subdir, f"{SUBDIR}, which the table uses to find the jobs")
        refuse_for_a_sweep(self.config.hydra)
        configs = _checked(Composer(loader, self.config), jobs)
        self.waiting = [
            settled(job, configs[number].plain) if any(map(is_open, job)) else job for number, job in enumerate(jobs)
        ]

        with interruption.importing():
            from backprop_lab.sweep.folder import Sweep
            from backprop_lab.sweep.places.carry_out import Submitted

        sweep = Sweep(folder_at(self.config, "hydra.sweep.dir"))
        sweep.check_is_new()
        launcher = self.launcher
        is_batched = isinstance(launcher, BatchedLauncher)
        is_packed = isinstance(launcher, BatchedLauncher) and launcher.get_ready(configs, sweep)
        with sweep.locked():
            sweep.begin(configs, self.waiting, is_batched, is_packed)
            try:
                with interruption.recognized():
                    done = super().sweep(arguments)
            except Interrupted:
                conclude(sweep)
                raise
            except Submitted as submitted:
                later = commands.verb("sweep", short(sweep.folder), "--complete", "--wait", "--where=slurm")
                say(f"submitted  {submitted}", f"later: {later}")
                return None
            except Exception as failure:  # a launcher lost its workers; their finished jobs are on disk
                error(f"{type(failure).__name__}: {failure}")
                done = None
            status = conclude(sweep)
        if status:
            # Hydra's callbacks cannot end the program, and Hydra does not call them any more if it ends here.
            self.hydra_context.callbacks.on_multirun_end(config=self.config, config_name=None)
            raise SystemExit(status)
        return done

    def get_job_batch(self) -> Sequence[Sequence[str]]:
        """The next jobs, as they were checked: an interpolation is not resolved a second time."""
        count = len(super().get_job_batch())
        batch, self.waiting = self.waiting[:count], self.waiting[count:]
        return batch

    def validate_batch_is_legal(self, batch: Sequence[Sequence[str]]) -> None:
        """No-op: all jobs were validated in ``sweep``."""


def _checked(composer: Composer, jobs: Sequence[list[str]]) -> Configs:
    """The configurations of all jobs. If any are invalid, prints a line per distinct error and exits with status 2."""
    configs = Configs()
    wrong: dict[str, list[int]] = {}
    for number, job in enumerate(jobs):
        try:
            configs.add(composer.compose(job))
        except ConfigError as refused:
            wrong.setdefault(str(refused), []).append(number)
    if not wrong:
        from backprop_lab.training import devices

        for trainer, config in {config.trainer.name: config for config in configs.settings}.items():
            try:
                devices.require(config)
            except ConfigError as refused:
                wrong[str(refused)] = [n for n, other in enumerate(configs) if other.trainer.name == trainer]
    if wrong:
        for line, numbers in wrong.items():
            error(f"{line}{_which(numbers, len(jobs))}")
        raise SystemExit(2)
    return configs


def _which(numbers: list[int], total: int) -> str:
    if len(numbers) == total:
        return ""
    named = ", ".join(map(str, numbers[:8]))
    more = f" and {len(numbers) - 8} more" if len(numbers) > 8 else ""
    return f" (job{'s' * (len(numbers) > 1)} {named}{more})"
