"""The command to try if the loss stays high."""

from backprop_lab.report.run.findings import dead_layer, identical_units, not_separable, rate_too_high, rate_too_low
from backprop_lab.report.run.findings.commands import with_other_weights, with_rate
from backprop_lab.report.run.findings.evidence import Evidence

REASONS = (not_separable, dead_layer, rate_too_high, rate_too_low, identical_units)


def remedy(evidence: Evidence) -> str | None:
    """The command of the first rule that explains it, or else a likely one."""
    for reason in REASONS:
        if (finding := reason.find(evidence)) is not None:
            return finding.command
    is_hopeful = len(evidence.layers) > 1 and (evidence.is_guessing or evidence.has_few_points)
    if not is_hopeful:
        return None
    # A bounded activation is almost flat at its ends, and longer steps get out; otherwise a bad start stays bad.
    has_ends = any(hasattr(layer.option, "RANGE") for layer in evidence.layers)
    return (with_rate(evidence, 10) if has_ends else None) or with_other_weights(evidence)
