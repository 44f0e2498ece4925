"""The texts of a sweep's page: what was swept, the result, unfinished jobs, and how to reproduce it."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backprop_lab.experiment import commands
from backprop_lab.experiment.console import number
from backprop_lab.experiment.paths import short
from backprop_lab.runs.status import Status
from backprop_lab.sweep import success
from backprop_lab.sweep.comparable import problem
from backprop_lab.sweep.folder import REPEATS, Job, Sweep, distinct, repeats, swept_keys, written
from backprop_lab.sweep.table import (
    SEED_CHANGES_NOTHING,
    Setting,
    by_problem,
    folds_said,
    seed_changes_nothing,
    spread,
    tied,
)
from backprop_lab.training.head import METRIC_LABELS

MANY_VALUES = 6
NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Verdict:
    """The best setting, its metrics, and a note about unfinished jobs."""

    best: str
    reached: str
    rest: str


@dataclass(frozen=True)
class Failure:
    """Jobs that did not finish for the same reason."""

    status: Status
    reason: str
    jobs: list[Job]


def labels(keys: Sequence[str]) -> dict[str, str]:
    """A short name for each key: ``lr`` for ``optimizer.lr``, if no other key ends in ``lr``."""
    ends = Counter(key.rpartition(".")[2] for key in keys)
    return {key: end if ends[end := key.rpartition(".")[2]] == 1 else key for key in keys}


def title(jobs: Sequence[Job], dataset: str) -> str:
    """What was swept, such as 1,000 jobs · circle · hidden 2, 4, 8 × lr 0.1, 0.3 × 50 seeds."""
    keys = swept_keys(jobs)
    named = labels(keys)
    parts = []
    for key in keys:
        values = [written(value) for value in distinct([job.values.get(key) for job in jobs])]
        if key in REPEATS:
            parts.append(f"{len(values):,} {REPEATS[key]}s")
        elif len(values) <= MANY_VALUES:
            parts.append(f"{named[key]} {', '.join(values)}")
        else:
            parts.append(f"{named[key]} {len(values):,} values from {values[0]} to {values[-1]}")
    count = f"{len(jobs):,} job{'s' * (len(jobs) != 1)}"
    return " · ".join([count, *([] if "dataset" in keys else [dataset]), *([" × ".join(parts)] if parts else [])])


def verdict(ranked: Sequence[Setting], jobs: Sequence[Job]) -> Verdict:
    """The setting with the lowest mean validation loss, which is also first in the terminal's table.

    Settings that show the same loss are tied. Of several problems, none is better than another: each has its own best.
    """
    if all(math.isinf(setting.mean("val_loss")) for setting in ranked):
        return Verdict("", "No job finished.", _unfinished(jobs))
    problems = by_problem(ranked)
    if len(problems) > 1:
        keys = " and ".join(problem(ranked[0].values))
        rule = f"Settings are ranked only within the same {keys}."
        bests = [f"{same[0].problem}: {_best_of(same)}" for same in problems[:MANY_VALUES]]
        more = [f"{len(problems) - MANY_VALUES:,} more in the table"] if len(problems) > MANY_VALUES else []
        return Verdict(rule, f"{'; '.join(bests + more)}.", _unfinished(jobs))
    named = labels(list(ranked[0].values))
    best = ranked[0]
    setting = " / ".join(_named(same, named) for same in tied(ranked)[:MANY_VALUES])
    losses = best.numbers("val_loss")
    said = [f"validation loss {spread(losses)}"]
    for metric, word in METRIC_LABELS.items():
        if values := best.numbers(f"val_{metric}"):
            said.append(f"{word} {spread(values)}")
    over = f", means over {_runs(best.jobs, len(losses))}" if len(losses) > 1 else ""
    reached = f"{', '.join(said)}{over}."
    for line in folds_said(best, [f"val_{metric}" for metric in METRIC_LABELS]):
        reached += f" {line[0].upper()}{line[1:]}."
    if seed_changes_nothing(ranked):
        reached += f" {SEED_CHANGES_NOTHING}"
    reached += _without_success([job for setting in ranked for job in setting.jobs])
    lead = f"{_called(ranked)}: {setting}." if len(ranked) > 1 else f"{setting}." if setting else ""
    return Verdict(lead, reached[0].upper() + reached[1:], _unfinished(jobs))


def _runs(jobs: Sequence[Job], finished: int) -> str:
    """How many runs there are of a setting, by what they differ in."""
    names = [REPEATS[key] for key in repeats(jobs)] or ["seed"]
    return (
        _count(finished, names[0]) if len(names) == 1 else f"{finished:,} runs, {' and '.join(f'{n}s' for n in names)}"
    )


def _without_success(jobs: Sequence[Job]) -> str:
    """That the best setting is only the least bad one, where none of the runs that can be judged is a success."""
    if not _none_succeeded(jobs):
        return ""
    words = [word for metric, word in METRIC_LABELS.items() if any(f"val_{metric}" in job.metrics for job in jobs)]
    at = success.common_threshold([job for job in jobs if job.metrics])
    takes = f", which takes {words[0]} {number(at)} or more" if words and at is not None else ""
    return f" None of the runs is a success{takes}."


def _none_succeeded(jobs: Sequence[Job]) -> bool:
    judged = {job.summary.get("success") for job in jobs} - {None}
    return judged == {False}


def _best_of(ranked: Sequence[Setting]) -> str:
    """The best of the settings of one problem, without what makes it this problem."""
    if math.isinf(ranked[0].mean("val_loss")):
        return "no job finished"
    keys = [key for key in ranked[0].values if key not in problem(ranked[0].values)]
    loss = f"validation loss {spread(ranked[0].numbers('val_loss'))}"
    if _none_succeeded([job for setting in ranked for job in setting.jobs]):
        loss += ", no run a success"
    if not keys or len(ranked) == 1:
        return loss
    setting = " / ".join(_named(same, labels(keys)) for same in tied(ranked)[:MANY_VALUES])
    called = _called(ranked)
    return f"{called[0].lower()}{called[1:]} {setting}, {loss}"


def _called(ranked: Sequence[Setting]) -> str:
    ties = len(tied(ranked))
    return "Best" if ties == 1 else "All equal" if ties == len(ranked) else f"Best, {ties} tied"


def _named(setting: Setting, named: Mapping[str, str]) -> str:
    return ", ".join(f"{label} {written(setting.values[key])}" for key, label in named.items())


def failures(jobs: Sequence[Job]) -> list[Failure]:
    """The unfinished jobs, most frequent reason first. Reasons that differ only in numbers count as one."""
    groups: dict[tuple[Status, str], list[Job]] = {}
    for job in jobs:
        if job.status is not Status.FINISHED:
            groups.setdefault((job.status, NUMBER.sub("#", job.reason)), []).append(job)
    found = [Failure(status, _common([job.reason for job in same]), same) for (status, _), same in groups.items()]
    return sorted(found, key=lambda failure: -len(failure.jobs))


def command(jobs: Sequence[Job], is_batched: bool = False) -> str | None:
    """The command of the whole sweep; None if the jobs are not a full grid."""
    typed = [dict(override.partition("=")[::2] for override in job.overrides) for job in jobs]
    keys = list(typed[0])
    if any(list(values) != keys or "" in values.values() for values in typed):
        return None
    values = {key: list(dict.fromkeys(each[key] for each in typed)) for key in keys}
    combinations = {tuple(each.values()) for each in typed}
    if len(combinations) != len(jobs) or len(jobs) != math.prod(map(len, values.values())):
        return None
    arguments = [f"{key}={_choices(values[key])}" for key in keys]
    launcher = ["hydra/launcher=batched"] if is_batched else []
    return commands.train("-m", *launcher, *arguments)


def receipt(sweep: Sweep, jobs: Sequence[Job]) -> list[tuple[str, str]]:
    """The jobs' receipts combined; if they differ, every value with its number of jobs."""
    rows = [("folder", short(sweep.folder)), ("jobs", f"{len(jobs):,}")]
    rows.append(("seconds, summed over the jobs", f"{sum(job.summary.get('seconds') or 0.0 for job in jobs):,.1f}"))
    for name in ("parameters", "epochs", "steps", "git_commit"):
        rows.append((name, _values([job.summary.get(name) for job in jobs])))
    versions: list[Mapping[str, Any]] = [job.summary.get("versions") or {} for job in jobs]
    for name in dict.fromkeys(name for version in versions for name in version):
        rows.append((f"versions.{name}", _values([version.get(name) for version in versions])))
    return [(name, value) for name, value in rows if value]


def _choices(values: Sequence[str]) -> str:
    """``range(50)`` for 0, 1, ..., 49, else the values separated by commas."""
    if len(values) > 2 and values == [str(i) for i in range(len(values))]:
        return f"range({len(values)})"
    return ",".join(values)


def _unfinished(jobs: Sequence[Job]) -> str:
    counts = Counter(job.status for job in jobs if job.status is not Status.FINISHED)
    if not counts:
        return ""
    named = ", ".join(f"{count:,} {status}" for status, count in counts.most_common())
    return f"{sum(counts.values()):,} of {_count(len(jobs), 'job')} did not finish: {named}."


def _common(reasons: Sequence[str]) -> str:
    """One sentence for reasons that differ only in numbers, with each varying number as a range."""
    columns = zip(*([match[0] for match in NUMBER.finditer(reason)] for reason in reasons), strict=True)
    ranges = iter([_range(column) for column in columns])
    return NUMBER.sub(lambda _: next(ranges), reasons[0])


def _range(numbers: Sequence[str]) -> str:
    low, high = min(numbers, key=float), max(numbers, key=float)
    return low if low == high else f"{low}–{high}"


def _values(values: Sequence[Any]) -> str:
    counts = Counter(str(value) for value in values if value is not None)
    if len(counts) <= 1:
        return next(iter(counts), "")
    if len(counts) > MANY_VALUES:
        return f"{len(counts):,} different values"
    return ", ".join(f"{value} ({_count(count, 'job')})" for value, count in counts.most_common())


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'s' * (n != 1)}"
