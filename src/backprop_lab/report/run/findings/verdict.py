"""The outcome of a run in one sentence, with the first cause of a failure, or how a success came about."""

from collections.abc import Sequence

import numpy as np

from backprop_lab.options.text import number
from backprop_lab.report.run.findings.evidence import Evidence, since
from backprop_lab.report.run.findings.finding import Finding
from backprop_lab.runs.status import Status

PLATEAU = 0.1  # share of the epochs
NEAR = 0.05  # of the loss of guessing


def verdict_of(evidence: Evidence, found: Sequence[Finding]) -> str:
    cause = next((finding.headline for finding in found if finding.headline), "")
    if evidence.status is Status.DIVERGED:
        return f"Diverged in epoch {int(evidence.run.summary['epochs']) + 1:,}{f': {cause}' if cause else ''}."
    outcome = _outcome(evidence)
    if evidence.is_learned:
        parts = [outcome, *([cause] if cause else []), *_success(evidence)]
        return f"{_end(evidence)}{'; '.join(parts)}."
    reason = cause or _trend(evidence)
    explains = cause and (evidence.task.bar.is_known or evidence.is_guessing)
    return f"{_end(evidence)}{outcome}{': ' if explains else '; ' if reason else ''}{reason}."


def _end(evidence: Evidence) -> str:
    """How far the run came, if it did not reach its last epoch."""
    epoch, of = f"epoch {evidence.last_epoch:,}", f"of {evidence.config.epochs:,}"
    if evidence.stopped:
        return f"Stopped after epoch {evidence.stopped['epoch']:,} {of}: {evidence.stopped['reason']}. "
    return {
        Status.INTERRUPTED: f"Interrupted after {epoch} {of}. ",
        Status.FAILED: f"Failed after {epoch}. ",
        Status.RUNNING: f"Still running, after {epoch} {of}. ",
    }.get(evidence.status, "")


def _outcome(evidence: Evidence) -> str:
    bar = evidence.task.bar
    if evidence.is_learned:
        as_well = " as well as the noise allows" if bar.knows_rule and bar.rule < 1 - 1e-9 else ""
        return f"Learned it{as_well}"
    if not bar.is_known and not evidence.is_guessing:
        metric = f"{evidence.task.head.metric_label[0].upper()}{evidence.task.head.metric_label[1:]}"
        reached = f"{metric} {number(evidence.val_metric)}, {number(bar.constant)} by the same answer everywhere"
        return f"{reached}; how much more is possible is not known"
    if bar.is_known and not bar.can_be_judged:
        return "Cannot be judged"
    if evidence.is_guessing:
        return "Learned nothing"
    if evidence.task.head.is_classification and evidence.val_metric <= bar.constant + 1e-9:
        return "Learned little"
    return "Learned part of it"


def _success(evidence: Evidence) -> list[str]:
    """Since when it is right, whether it waited, and whether the loss still falls."""
    task, least = evidence.task, evidence.task.bar.least
    said: list[str] = []
    if least is not None and len(evidence.epoch):
        reached = evidence.history[f"val_{task.head.metric}"] >= least - 1e-9
        epoch = int(evidence.epoch[since(reached)]) if reached[-1] else None
        are_all_right = task.head.is_classification and evidence.has_few_points and evidence.val_metric == 1
        what = f"all {len(task.val)} points right" if are_all_right else f"{task.head.metric_label} above {least:.2f}"
        plateau = _plateau(evidence)
        after = f", after a plateau of {plateau:,} epochs" if plateau else ""
        if epoch is not None:
            said.append(f"{what} since epoch {epoch:,}{after}")
    if _is_exact(evidence):
        return [*said, f"as exact as {evidence.config.precision}-bit numbers allow"]
    trend = _trend(evidence)
    return [*said, trend] if trend and trend.startswith("the loss still") else said


def _plateau(evidence: Evidence) -> int:
    """How many epochs the loss first stayed near that of guessing; 0 if that was a small part of the training."""
    stays = np.abs(evidence.train_loss - evidence.loss_of_guessing) <= NEAR * evidence.loss_of_guessing
    rows = len(stays) if stays.all() else int(np.argmin(stays))
    epoch = int(evidence.epoch[rows - 1]) if rows else 0
    return epoch if epoch >= PLATEAU * evidence.last_epoch else 0


def _is_exact(evidence: Evidence) -> bool:
    """Whether the error of a regression is that of rounding."""
    task = evidence.task
    smallest = 16 * np.finfo(task.dtype).eps * float(np.abs(task.train.y).max())
    return not task.head.is_classification and evidence.measures.losses[-1].max() <= smallest**2


def _trend(evidence: Evidence) -> str:
    fall = evidence.fall
    if fall is None:
        return ""
    if fall >= 0.2:
        return "the loss still falls"
    # A loss that has hardly left that of guessing falls by little, and may have most of its way before it.
    if fall >= 0.05 or (fall >= 0.01 and evidence.part_of_fall >= 0.1):
        return "the loss still falls slowly"
    if fall >= 0.01:
        return "the loss has nearly settled"
    return "the loss has settled" if fall > -0.01 else "the loss goes up and down"
