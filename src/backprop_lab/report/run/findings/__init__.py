"""A rule-based summary of a training: one rule per file, each with evidence.

A rule has a command to try if that is known to help: ``scripts/check_advice.py`` tries them all.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from backprop_lab.report.run.findings import (
    dead_layer,
    dead_units,
    decay,
    diverged,
    few_points,
    guessing,
    identical_units,
    missing_bias,
    noise,
    not_separable,
    one_answer,
    overfitting,
    rare_class,
    rate_too_high,
    rate_too_low,
    saturated,
    scale,
    settled,
    still_falling,
    too_deep,
    too_few_steps,
    too_narrow,
    waited,
)
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import ALL, Finding, Findings
from backprop_lab.report.run.findings.verdict import verdict_of
from backprop_lab.report.run.measures import Measures
from backprop_lab.runs.run import Run
from backprop_lab.runs.status import Status
from backprop_lab.training.state import State
from backprop_lab.training.task import Task

MOST_SHOWN = 4

Rule = Callable[[Evidence], Finding | None]
# Causes before their symptoms; the first one found is also named in the verdict.
RULES: list[Rule] = [
    one_answer.find,
    noise.find,
    scale.find,
    identical_units.find,
    diverged.find,
    decay.find,
    not_separable.find,
    missing_bias.find,
    too_deep.find,
    too_narrow.find,
    rate_too_high.find,
    dead_layer.find,
    rare_class.find,
    few_points.find,
    overfitting.find,
    rate_too_low.find,
    too_few_steps.find,
    guessing.find,
    dead_units.find,
    saturated.find,
    waited.find,
    still_falling.find,
    settled.find,
]
CAUSES: list[Rule] = [one_answer.find, scale.find, identical_units.find, diverged.find]


def find(run: Run, task: Task, frames: list[State], measures: Measures) -> Findings:
    """All findings but those that an earlier one explains. For a diverged run only the rules in ``CAUSES`` apply."""
    evidence = Evidence(run, run.checked_config(), task, frames, measures)
    rules = CAUSES if evidence.status is Status.DIVERGED else RULES
    found: list[Finding] = []
    explained: set[str] = set()
    with np.errstate(over="ignore", invalid="ignore"):  # weights of a diverging run
        for rule in rules:
            finding = rule(evidence) if not explained & {*ALL} else None
            if finding is not None and finding.rule not in explained:
                if task.bar.are_few and evidence.status is not Status.DIVERGED:
                    finding = replace(finding, command=None)  # with so few points, none is known to help
                found.append(finding)
                explained |= {*finding.explains}
    return Findings(verdict_of(evidence, found), found[:MOST_SHOWN], found[MOST_SHOWN:], len(rules) - len(found))
