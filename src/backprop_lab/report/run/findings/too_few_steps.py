from backprop_lab.experiment.console import count
from backprop_lab.options.text import number
from backprop_lab.report.run.findings.commands import (
    WIDTH,
    again,
    enough_steps,
    steps_needed,
    usual_rate,
    usual_rate_if_far,
)
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding

FACTOR = 5
FALLING = 0.05


def find(evidence: Evidence) -> Finding | None:
    steps = evidence.last_epoch * evidence.task.steps_per_epoch
    if evidence.is_solved or steps >= steps_needed(evidence) / 2 or evidence.stopped:
        return None
    may_be_enough = not evidence.task.bar.is_known and not evidence.is_guessing
    if may_be_enough and (evidence.fall is None or evidence.fall < FALLING):
        return None
    # Of what may already be all that can be learned, more steps may learn the noise.
    changes = enough_steps(evidence) if _is_usual(evidence) and not may_be_enough else []
    if changes and evidence.has_few_points:
        changes += usual_rate_if_far(evidence)
    return Finding(
        rule="too few steps",
        headline=f"{count(steps, 'step')} are few" if steps != 1 else "1 step is little",
        sentence=f"The training had only {count(steps, 'step')}. Small networks usually need some thousands.",
        evidence=f"{count(evidence.last_epoch, 'epoch')} of {count(evidence.task.steps_per_epoch, 'step')}; "
        f"training loss {number(evidence.last_loss)}, guessing {number(evidence.loss_of_guessing)}",
        frame=evidence.last_frame,
        panel="curves",
        command=again(evidence, *changes) if changes else None,
        explains=("no better than guessing", "settled", "still falling", "waited", "learning rate too low"),
    )


def _is_usual(evidence: Evidence) -> bool:
    """Whether nothing else is known to be in the way, so that more steps alone will help."""
    rate, usual = evidence.task.optimizer.knobs.get("lr"), usual_rate(evidence)
    has_usual_rate = rate is None or usual is None or usual / FACTOR <= rate <= FACTOR * usual
    hidden = evidence.layers[:-1]
    is_wide = all(layer.units >= WIDTH for layer in hidden)
    # Bounded units above 0, such as sigmoid, learn slowly, and layers of them hardly at all.
    is_quick = not any(min(getattr(layer.option, "RANGE", (-1,))) >= 0 for layer in hidden)
    return has_usual_rate and is_wide and is_quick
