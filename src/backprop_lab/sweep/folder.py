"""A sweep folder: a run folder for each job, and ``sweep.csv`` with a row for each."""

import csv
import functools
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backprop_lab.config.check import Config, ConfigError
from backprop_lab.options.plain_yaml import read_yaml, typed_value
from backprop_lab.options.rules import shown
from backprop_lab.runs.files import synced_at_end, write_atomically
from backprop_lab.runs.run import Run, RunError


@dataclass(frozen=True)
class Job:
    """One job as its folder tells of it. ``values`` are those of the keys in its ``overrides``, by key."""

    number: int
    run: Run
    overrides: list[str]
    values: dict[str, Any]
    status: str
    summary: dict[str, Any]

    @property
    def metrics(self) -> dict[str, float | None]:
        """The final metrics of a finished job; nothing of any other."""
        return self.summary.get("metrics", {}) if self.status == "finished" else {}

    @property
    def reason(self) -> str:
        """Why the job did not finish."""
        return str(self.summary.get("error") or "")


class Sweep:
    """The folder of a sweep, whose jobs lie in sub-folders 0, 1, 2, ..."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    @property
    def table_file(self) -> Path:
        return self.folder / "sweep.csv"

    @property
    def report_file(self) -> Path:
        return self.folder / "report.html"

    def picture_file(self, name: str) -> Path:
        return self.folder / f"{name}.png"

    @classmethod
    def at(cls, path: str | Path) -> "Sweep":
        """The sweep in a folder. Raises ``RunError`` where there is none."""
        sweep = cls(path)
        if not sweep.runs():
            raise RunError(f"{path}: not a sweep folder (it has no folder 0 with a run in it)")
        return sweep

    def check_is_new(self) -> None:
        """Raise ``ConfigError`` where there is a sweep already."""
        if self.table_file.exists():
            raise ConfigError("hydra.sweep.dir", str(self.folder), "a folder without a sweep in it")

    def begin(self, configs: Sequence[Config], overrides: Sequence[list[str]]) -> None:
        """Make the folder, with the configuration of every job and a table in which each is ``not run``.

        So a sweep that is killed can be completed, even where the YAML files have been edited since. Raises
        ``ConfigError`` where a sweep is there already.
        """
        self.check_is_new()
        with synced_at_end():
            for number, (config, typed) in enumerate(zip(configs, overrides, strict=True)):
                Run(self.folder / str(number)).write_config(config.plain, typed)
        self.write_table(self.jobs())

    @property
    def is_batched(self) -> bool:
        """Whether its jobs were launched to be trained together, as Hydra's own file says."""
        try:
            multirun = read_yaml((self.folder / "multirun.yaml").read_text(encoding="utf-8"))
            return str(multirun["hydra"]["launcher"]["_target_"]).endswith(".BatchedLauncher")
        except (OSError, ValueError, KeyError, TypeError):  # not there, or not Hydra's
            return False

    def runs(self) -> dict[int, Run]:
        """The run folders by number of job."""
        folders = self.folder.iterdir() if self.folder.is_dir() else []
        runs = {int(folder.name): Run(folder) for folder in folders if folder.name.isdecimal()}
        return {number: runs[number] for number in sorted(runs) if runs[number].config_file.is_file()}

    def jobs(self) -> list[Job]:
        """All jobs, as their folders are now."""
        jobs = []
        for number, run in self.runs().items():
            overrides, summary = run.overrides, run.summary
            jobs.append(Job(number, run, overrides, _values(overrides), run.status_of(summary), summary))
        return jobs

    def write_table(self, jobs: Sequence[Job]) -> None:
        """``sweep.csv``: job, swept keys, final and best metrics, seconds, status, error."""
        keys = swept_keys(jobs)
        names = list(dict.fromkeys(name for job in jobs for name in job.summary.get("metrics", {})))
        bests = list(dict.fromkeys(name for job in jobs for name in job.summary.get("best") or {}))
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["job", *keys, *names, *(f"best_{name}" for name in bests), "seconds", "status", "error"])
        for job in jobs:
            final, best = job.summary.get("metrics", {}), job.summary.get("best") or {}
            numbers = [*(final.get(name) for name in names), *(best.get(name) for name in bests)]
            values = [job.values.get(key) for key in keys]
            writer.writerow([job.number, *values, *numbers, job.summary.get("seconds"), job.status, job.reason])
        write_atomically(self.table_file, text.getvalue().encode())


def swept_keys(jobs: Sequence[Job]) -> list[str]:
    """The keys whose values differ between the jobs, in the order in which they were typed."""
    keys = dict.fromkeys(key for job in jobs for key in job.values)
    return [key for key in keys if len({str(job.values.get(key)) for job in jobs}) > 1]


def distinct(values: Sequence[Any]) -> list[Any]:
    """Each value of a swept key once, numbers by size and before words."""
    values = list({str(value): value for value in values}.values())
    return sorted(values, key=lambda v: (0, v, "") if isinstance(v, int | float) else (1, 0, str(v)))


def written(value: Any) -> str:
    """A value of a swept key as it was typed."""
    return value if isinstance(value, str) else shown(value)


def _values(overrides: list[str]) -> dict[str, Any]:
    pairs = (override.lstrip("+").partition("=") for override in overrides if not override.startswith("~"))
    return {key: _value(text) for key, _, text in pairs}


@functools.lru_cache(maxsize=4096)
def _value(text: str) -> Any:
    """What was typed: numbers as numbers, everything else as its text."""
    value = typed_value(text)
    return value if isinstance(value, bool | int | float) else text
