"""The outcome of a run in one sentence."""

from backprop_lab.report.run.findings import rate_too_low
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.runs.status import Status


def verdict_of(evidence: Evidence) -> str:
    if evidence.status is Status.DIVERGED:
        return f"Diverged in epoch {int(evidence.run.summary['epochs']) + 1:,}."
    trend = _trend(evidence)
    return f"{_end(evidence)}{_outcome(evidence)}{'; ' + trend if trend else ''}."


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
    if evidence.is_solved:
        return "Learned it"
    if evidence.is_guessing:
        return "Learned nothing: no better than guessing"
    if evidence.task.head.is_classification and evidence.val_metric <= evidence.largest_class + 1e-9:
        return "Learned little: predicting one class everywhere is as accurate"
    return "Learned part of it"


def _trend(evidence: Evidence) -> str:
    fall = evidence.fall
    if fall is None:
        return ""
    if fall >= 0.05:
        return "the loss still falls slowly" if fall < 0.2 else "the loss still falls"
    if fall >= 0.01:
        return "the loss has nearly settled"
    if rate_too_low.find(evidence):
        return "the loss falls too slowly"
    return "the loss has settled" if fall > -0.01 else "the loss goes up and down"
