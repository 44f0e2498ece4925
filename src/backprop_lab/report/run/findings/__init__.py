"""A rule-based summary of a training: one rule per file, each with evidence and a command to try."""

from collections.abc import Callable

import numpy as np

from backprop_lab.report.run.findings import (
    dead_layer,
    dead_units,
    diverged,
    guessing,
    identical_units,
    not_separable,
    overfitting,
    rate_too_high,
    rate_too_low,
    saturated,
    settled,
    still_falling,
    waited,
)
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding, Findings
from backprop_lab.report.run.findings.verdict import verdict_of
from backprop_lab.report.run.measures import Measures
from backprop_lab.runs.run import Run
from backprop_lab.runs.status import Status
from backprop_lab.training.state import State
from backprop_lab.training.task import Task

MOST_SHOWN = 4

Rule = Callable[[Evidence], Finding | None]
# In display order.
RULES: list[Rule] = [
    diverged.find,
    not_separable.find,
    dead_layer.find,
    rate_too_high.find,
    rate_too_low.find,
    identical_units.find,
    guessing.find,
    dead_units.find,
    saturated.find,
    overfitting.find,
    waited.find,
    still_falling.find,
    settled.find,
]
CAUSES: list[Rule] = [diverged.find, dead_layer.find, identical_units.find]


def find(run: Run, task: Task, frames: list[State], measures: Measures) -> Findings:
    """All findings, most important first. For a diverged run only the rules in ``CAUSES`` apply."""
    evidence = Evidence(run, run.checked_config(), task, frames, measures)
    rules = CAUSES if evidence.status is Status.DIVERGED else RULES
    with np.errstate(over="ignore", invalid="ignore"):  # weights of a diverging run
        found = [finding for rule in rules if (finding := rule(evidence)) is not None]
    return Findings(verdict_of(evidence), found[:MOST_SHOWN], found[MOST_SHOWN:], len(rules) - len(found))
