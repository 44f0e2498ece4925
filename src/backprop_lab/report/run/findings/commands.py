"""Commands to try: the run's command with changed values, all valid for the run's options."""

from collections.abc import Sequence

from backprop_lab.config.types import Choice
from backprop_lab.experiment.commands import train
from backprop_lab.experiment.paths import short
from backprop_lab.options import discovery
from backprop_lab.options.discovery import FIXED, ONE_OF, defaults, names
from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.runs.status import Status
from backprop_lab.training.chain import described

ENOUGH_STEPS, ENOUGH_FOR_FEW = 6_000, 2_000
"""Steps in which a small network learns what it can learn; fewer are enough with all of few points in each step."""
WIDTH = 8
"""Units that are enough for every data set of this program."""


def again(evidence: Evidence, *changes: str) -> str:
    """The run's command with ``changes``, without the knobs that a changed option does not have."""
    changed = dict(change.split("=", 1) for change in changes)
    kept = [typed for typed in evidence.run.overrides if _still_holds(typed, changed)]
    return train(*kept, *changes)


def steps_needed(evidence: Evidence) -> int:
    return ENOUGH_FOR_FEW if evidence.has_few_points else ENOUGH_STEPS


def enough_steps(evidence: Evidence) -> list[str]:
    """A change of ``epochs``, if the run has fewer than a small network needs."""
    epochs = -(-steps_needed(evidence) // evidence.task.steps_per_epoch)
    return [f"epochs={epochs}"] if epochs > evidence.config.epochs else []


def usual_rate(evidence: Evidence) -> float | None:
    """The default rate of the optimizer; None for one without a rate."""
    rate = defaults("optimizer", evidence.task.optimizer.name).get("lr")
    return None if rate is None else float(rate)


def usual_rate_if_far(evidence: Evidence) -> list[str]:
    """A change of the rate to the usual one, if it is not within a factor of two of it.

    With all of few points in each step, steps are few and may be long, as in experiment=xor_mlp.
    """
    rate, usual = evidence.task.optimizer.knobs.get("lr"), usual_rate(evidence)
    if rate is None or usual is None:
        return []
    wanted = 5 * usual if evidence.has_few_points else usual
    return [] if wanted / 2 <= rate <= 2 * wanted else [f"optimizer.lr={wanted:.2g}"]


def with_rate(evidence: Evidence, rate: float) -> str:
    """The same run with another learning rate."""
    return again(evidence, f"optimizer.lr={rate:.2g}")


def going_on(evidence: Evidence) -> str:
    """The run extended: to its end if interrupted, without ``stop`` if stopped, else to ten times its length."""
    longer = [f"epochs={10 * evidence.config.epochs}"]
    if evidence.status is Status.INTERRUPTED:
        longer = []
    elif evidence.stopped:
        longer = [next(f"stop={name}" for name in names("stop") if not has("stop", name, "decisions"))]
    return train(f"resume={short(evidence.run.folder)}", *longer)


def with_units(evidence: Evidence) -> str | None:
    """The same run with one hidden layer that is wide enough, and the rate and steps to train it.

    None for a model that cannot have one.
    """
    model = evidence.task.model
    changes: list[str] = []
    if "hidden" not in model.knobs:
        fitting = _model_with_units(evidence)
        if fitting is None:
            return None
        changes.append(f"model={fitting}")
        model = Choice("model", fitting, defaults("model", fitting))
    changes.append(f"model.hidden={WIDTH}")
    if activation := bending(evidence, model):
        changes.append(f"model.activation={activation}")
    return again(evidence, *changes, *usual_rate_if_far(evidence), *enough_steps(evidence))


def bending(evidence: Evidence, model: Choice) -> str | None:
    """The activation to change to, if the one of ``model`` is linear, or can die where there are few points."""
    if "activation" not in model.knobs:
        return None
    given = model.knobs["activation"]
    current = given if isinstance(given, list) else [given]
    if evidence.has_few_points:
        bounded = [name for name in names("activation") if has("activation", name, "RANGE")]
        centred = [name for name in bounded if sum(discovery.module("activation", name).RANGE) == 0]
        return None if {*current} <= {*centred} else next(iter(centred), None)
    if not all(has("activation", name, "IS_LINEAR") for name in current):
        return None
    default = defaults("model", model.name).get("activation")
    lively = [name for name in (default, *names("activation")) if name and not has("activation", name, "IS_LINEAR")]
    return next(iter(lively), None)


def _model_with_units(evidence: Evidence) -> str | None:
    for name in names("model"):
        knobs = {knob: value for knob, value in defaults("model", name).items() if knob not in FIXED}
        layers = described(Choice("model", name, knobs), evidence.task.in_features, evidence.task.head.outputs)
        if (
            "hidden" in knobs
            and layers
            and any(not has("activation", layer.activation, "IS_LINEAR") for layer in layers)
        ):
            return name
    return None


def without(evidence: Evidence, changes: Sequence[str]) -> str:
    """The same run without something, and with the steps to show it."""
    return again(evidence, *changes, *enough_steps(evidence))


def has(group: str, name: str, flag: str) -> bool:
    return hasattr(discovery.module(group, name), flag)


def _still_holds(typed: str, changed: dict[str, str]) -> bool:
    """Whether an override is still valid with the changes."""
    key, _, value = typed.lstrip("+~").partition("=")
    group, _, knob = key.partition(".")
    if key in changed:
        return False
    if group == "model" and value.startswith("[") and not changed.keys().isdisjoint(("model", "model.hidden")):
        return False  # it has an entry for each layer or weight of the network as it was
    is_of_another_option = bool(knob) and group in changed and group in ONE_OF
    return not is_of_another_option or knob in defaults(group, changed[group])
