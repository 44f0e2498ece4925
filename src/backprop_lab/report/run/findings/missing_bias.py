from backprop_lab.options.text import number
from backprop_lab.report.run.findings.commands import without
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding


def find(evidence: Evidence) -> Finding | None:
    if evidence.task.model.knobs.get("bias") is not False or evidence.is_solved:
        return None
    only = "what it computes" if len(evidence.layers) == 1 else "what each unit of its first layer draws"
    return Finding(
        rule="missing bias",
        headline="the bias is missing",
        sentence=f"The network has no bias, so {only} is a line through the origin, whatever the weights.",
        evidence=f"model.bias=false; training loss {number(evidence.last_loss)}",
        frame=evidence.last_frame,
        panel="answer",
        command=without(evidence, ["model.bias=true"]),
        explains=(
            "no better than guessing", "settled", "learning rate too low", "learning rate too high", "too few steps",
            "still falling", "too narrow", "saturated", "dead units",
        ),
    )  # fmt: skip
