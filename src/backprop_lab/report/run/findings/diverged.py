from backprop_lab.options.text import number
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import ALL, Finding
from backprop_lab.report.run.findings.rate_too_high import slower
from backprop_lab.report.run.sharpness import largest_stable_rate
from backprop_lab.runs.status import Status


def find(evidence: Evidence) -> Finding | None:
    if evidence.status is not Status.DIVERGED:
        return None
    epoch = int(evidence.run.summary["epochs"]) + 1
    steps = evidence.task.steps_per_epoch
    loss = evidence.train_loss[-1] if len(evidence.train_loss) else evidence.first_loss
    largest = float(evidence.update_ratio.max(initial=0.0))
    rate = evidence.task.optimizer.knobs.get("lr")
    stable = largest_stable_rate(evidence.task, evidence.frames[0], evidence.measures)
    first = (epoch - 1) * steps + 1
    when = f"step {first:,}" if steps == 1 else f"steps {first:,} to {epoch * steps:,}"
    return Finding(
        rule="diverged",
        headline=f"a rate above {number(stable)} is not stable here" if rate and stable and rate > stable else "",
        sentence=f"The training diverged: in epoch {epoch:,} a loss or a weight was no longer a finite number.",
        evidence=f"{when}; last finite training loss {number(loss)}; largest update ÷ weight {number(largest)}",
        frame=evidence.last_frame,
        panel="curves",
        command=slower(evidence) if rate else None,
        explains=ALL,
    )
