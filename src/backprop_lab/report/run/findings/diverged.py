from backprop_lab.options.text import number
from backprop_lab.report.run.findings.commands import with_rate
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding
from backprop_lab.runs.status import Status


def find(evidence: Evidence) -> Finding | None:
    if evidence.status is not Status.DIVERGED:
        return None
    epoch = int(evidence.run.summary["epochs"]) + 1
    steps = evidence.task.steps_per_epoch
    loss = evidence.train_loss[-1] if len(evidence.train_loss) else evidence.first_loss
    largest = float(evidence.update_ratio.max(initial=0.0))
    first = (epoch - 1) * steps + 1
    when = f"step {first:,}" if steps == 1 else f"steps {first:,} to {epoch * steps:,}"
    return Finding(
        rule="diverged",
        sentence=f"The training diverged: in epoch {epoch:,} a loss or a weight was no longer a finite number.",
        evidence=f"{when}; last finite training loss {number(loss)}; largest update ÷ weight {number(largest)}",
        frame=evidence.last_frame,
        panel="curves",
        command=with_rate(evidence, 0.1),
    )
