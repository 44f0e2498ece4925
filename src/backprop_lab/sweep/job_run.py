"""The run of a job of a sweep: as planned until it has a folder, and remembered by the process that trained it."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from backprop_lab.config.types import Config
from backprop_lab.config.upgrade import upgrade
from backprop_lab.runs import names
from backprop_lab.runs.files import Files
from backprop_lab.runs.packed import PackedFiles, Packs
from backprop_lab.runs.run import Run
from backprop_lab.sweep.failed import write_failed
from backprop_lab.sweep.plan_file import Planned
from backprop_lab.training.state import State
from backprop_lab.training.task import Task

MOST_BYTES = 16_384
"""Of rows and State that are remembered; larger ones are read again."""


class Outcome(NamedTuple):
    """What a job has written: its receipt or a ``Brief`` of it, the columns of its metrics.csv, and its last State."""

    summary: Mapping[str, Any]
    metrics: dict[str, np.ndarray]
    state: State | None


def outcome_of(summary: dict[str, Any], metrics: dict[str, np.ndarray], state: State) -> Outcome:
    """The outcome to remember: of a large job the receipt alone."""
    size = sum(array.nbytes for part in (state.weights, state.optimizer, metrics) for array in part.values())
    return Outcome(summary, metrics, state) if size <= MOST_BYTES else Outcome(summary, {}, None)


class JobRun(Run):
    """``planned`` is what the sweep's plan says of the job; None for a sweep of an earlier version."""

    def __init__(self, sweep: Path, number: int, planned: Planned | None, packs: Packs | None = None) -> None:
        # Not what Run makes at once: most of a hundred thousand jobs are never looked at.
        self.sweep, self.number, self.packs, self.checkpoint = sweep, number, packs, "last"
        self.planned = planned
        self.outcome: Outcome | None = None

    @functools.cached_property
    def folder(self) -> Path:  # type: ignore[override]
        return self.sweep / str(self.number)

    @functools.cached_property
    def files(self) -> Files:  # type: ignore[override]
        if self.packs is None:
            return Files(self.folder, self.sweep)
        return PackedFiles(self.folder, self.sweep, self.packs)

    @property
    def is_only_planned(self) -> bool:
        """Whether what its folder has does not count: without a receipt, its process may have been killed while it
        wrote the configuration."""
        if self.outcome is not None or self.planned is None:
            return False
        return not (self.files.exists(names.RECEIPT) and self.files.exists(names.CONFIG))

    @property
    def config(self) -> dict[str, Any]:
        if self.planned is not None and (self.outcome is not None or self.is_only_planned):
            return upgrade(self.planned.config, self.planned.format)
        return super().config

    @property
    def overrides(self) -> list[str]:
        if self.planned is not None and (self.outcome is not None or self.is_only_planned):
            return self.planned.overrides
        return super().overrides

    @property
    def has_begun(self) -> bool:
        return self.outcome is not None or super().has_begun

    @property
    def summary(self) -> dict[str, Any]:
        return self.outcome.summary if self.outcome and isinstance(self.outcome.summary, dict) else super().summary

    @property
    def brief(self) -> Mapping[str, Any]:
        return super().summary if self.outcome is None else self.outcome.summary

    @property
    def has_page(self) -> bool:
        return super().has_page if self.outcome is None or self.config["report"] is True else False

    def metrics(self) -> dict[str, np.ndarray]:
        return self.outcome.metrics if self.outcome is not None and self.outcome.metrics else super().metrics()

    def state(self, like: Task | None = None) -> State:
        is_known = self.outcome is not None and self.checkpoint == "last"
        state = self.outcome.state if self.outcome is not None and is_known else None
        return super().state(like) if state is None else state

    def fail(self, reason: str, config: Config, overrides: list[str]) -> None:
        """Write configuration and receipt of a job that could not be trained."""
        self.write_config(config.plain, overrides)
        write_failed(self, reason, seed=config.seed)

    def write_summary(self, **changes: Any) -> None:
        super().write_summary(**changes)
        self.outcome = None

    def remove_receipt(self) -> None:
        self.outcome = None
        if not (isinstance(self.files, PackedFiles) and self.files.is_packed):  # else a later pack will count
            super().remove_receipt()
