"""So much noise that even the rule by which the points were labelled is no better than one answer everywhere."""

from backprop_lab.options.text import number
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import ALL, Finding


def find(evidence: Evidence) -> Finding | None:
    bar, noise = evidence.task.bar, evidence.config.dataset.noise
    if not noise or not bar.knows_rule or bar.leaves_something:
        return None
    label = evidence.task.head.metric_label
    return Finding(
        rule="noise",
        headline="the noise leaves nothing to learn",
        sentence=f"Noise of {noise:g} leaves nothing to learn: on these points even the noise-free rule is no better "
        "than the same prediction everywhere, or hardly.",
        evidence=f"{label} of the rule {number(bar.rule)}, of the same prediction {number(bar.constant)}",
        frame=evidence.last_frame,
        panel="answer",
        explains=ALL,
    )
