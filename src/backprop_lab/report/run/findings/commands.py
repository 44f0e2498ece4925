"""Commands to try: the run's command with changed values, all valid for the run's options."""

from backprop_lab.config.types import Choice
from backprop_lab.experiment.commands import train
from backprop_lab.experiment.paths import short
from backprop_lab.options import discovery
from backprop_lab.options.discovery import FIXED, ONE_OF, defaults, names
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.runs.status import Status
from backprop_lab.training.chain import described

SEEDS = 2**32


def again(evidence: Evidence, *changes: str) -> str:
    """The run's command with ``changes``, without the knobs that a changed option does not have."""
    changed = dict(change.split("=", 1) for change in changes)
    kept = [typed for typed in evidence.run.overrides if _still_holds(typed.partition("=")[0].lstrip("+~"), changed)]
    return train(*kept, *changes)


def with_other_weights(evidence: Evidence) -> str:
    """The same run from different initial weights."""
    config = evidence.config
    has_default = config.model.knobs["init"] == "default"
    return again(evidence, f"seed={(config.seed + 1) % SEEDS}" if has_default else "model.init=default")


def with_rate(evidence: Evidence, factor: float) -> str | None:
    """The same run with ``factor`` times the learning rate; None for an optimizer without one."""
    rate = evidence.task.optimizer.knobs.get("lr")
    return None if rate is None else again(evidence, f"optimizer.lr={rate * factor:.2g}")


def going_on(evidence: Evidence) -> str:
    """The run extended: to its end if interrupted, without ``stop`` if stopped, else to twice its length."""
    longer = [f"epochs={2 * evidence.config.epochs}"]
    if evidence.status is Status.INTERRUPTED:
        longer = []
    elif evidence.stopped:
        longer = [next(f"stop={name}" for name in names("stop") if not _has("stop", name, "decisions"))]
    return train(f"resume={short(evidence.run.folder)}", *longer)


def with_hidden_layer(evidence: Evidence) -> str | None:
    """The same run with a nonlinear model: another activation, or another model if it has no hidden layer."""
    model = evidence.task.model
    if len(evidence.layers) > 1:
        default = defaults("model", model.name).get("activation")
        bending = [name for name in names("activation") if not _has("activation", name, "IS_LINEAR")]
        return _with_activation(evidence, [name for name in (default, *bending) if name in bending])
    for name in names("model"):
        knobs = {knob: value for knob, value in defaults("model", name).items() if knob not in FIXED}
        layers = described(Choice("model", name, knobs), evidence.task.in_features, evidence.task.head.outputs)
        if layers and any(not _has("activation", layer.activation, "IS_LINEAR") for layer in layers):
            return again(evidence, f"model={name}")
    return None


def with_units_that_cannot_die(evidence: Evidence) -> str | None:
    """The same run with an activation that is neither flat anywhere nor bounded."""
    unwanted = ("CAN_DIE", "IS_LINEAR", "RANGE")
    lively = [name for name in names("activation") if not any(_has("activation", name, flag) for flag in unwanted)]
    return _with_activation(evidence, lively)


def _with_activation(evidence: Evidence, wanted: list[str]) -> str | None:
    """The same run with the first of these; None if there is none or the model has no such knob."""
    if not wanted or "activation" not in evidence.task.model.knobs:
        return None
    return again(evidence, f"model.activation={wanted[0]}")


def _has(group: str, name: str, flag: str) -> bool:
    return hasattr(discovery.module(group, name), flag)


def _still_holds(key: str, changed: dict[str, str]) -> bool:
    """Whether an override of ``key`` is still valid with the changes."""
    group, _, knob = key.partition(".")
    if key in changed:
        return False
    is_of_another_option = bool(knob) and group in changed and group in ONE_OF
    return not is_of_another_option or knob in defaults(group, changed[group])
