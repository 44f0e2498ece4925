"""Addresses of the TensorFlow Playground: what they say, as our overrides, and the other way round.

It draws points and first weights with another generator, shuffles nothing, has axes from -6 to 6, first weights from
-1/2 to 1/2, biases of 0.1, and for classes half the squared error of a tanh against -1 and 1. So a network of the same
description is something like it, and its numbers are others. Source: state.ts, dataset.ts and nn.ts of
tensorflow/playground.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from backprop_lab.config.types import Config

HOST = "playground.tensorflow.org"
WHY = (
    "Something like it, with other numbers: the Playground draws its points and first weights with another generator, "
    "does not shuffle, and always takes half the squared error, for classes of a tanh."
)
DEFAULTS = {
    "activation": "tanh", "batchSize": "10", "dataset": "circle", "regDataset": "reg-plane", "learningRate": "0.03",
    "regularizationRate": "0", "noise": "0", "networkShape": "4,2", "percTrainData": "50", "problem": "classification",
    "x": "true", "y": "true",
}  # fmt: skip
"""Of state.ts, as far as they decide the training."""
DATASETS = {"circle": "circle", "xor": "xor", "gauss": "gauss", "spiral": "spiral"}
REGRESSIONS = {"reg-plane": "plane", "reg-gauss": "gaussian"}
ACTIVATIONS = {"relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid", "linear": "identity"}
FEATURES = {
    "x": "x1", "y": "x2", "xTimesY": "x1_x2", "xSquared": "x1_squared", "ySquared": "x2_squared", "sinX": "sin_x1",
    "sinY": "sin_x2",
}  # fmt: skip
POINTS = 500
MOST_BATCH = 10_000_000
TURNS_OF_SPIRAL = 1.75
DISPLAY = ("showTestData", "discretize", "collectStats", "tutorial", "hideText")
UNUSED = ("cosX", "cosY")


@dataclass
class Translation:
    """``overrides`` by key, and ``left_out``: of each field that is not honoured, why."""

    overrides: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def listed(self) -> list[str]:
        return [f"{key}={value}" for key, value in self.overrides.items()]


def is_theirs(address: str) -> bool:
    return HOST in address.partition("#")[0]


def translated(address: str) -> Translation:
    """What an address of theirs says in our words; what it does not say has their default."""
    fields = {}
    for part in address.partition("#")[2].split("&"):
        name, _, value = part.partition("=")
        if name:
            fields[name] = unquote(value)
    made = Translation()
    said = _Said(fields, made)
    is_regression = said.one_of("problem", ("classification", "regression")) == "regression"
    _points(said, made, is_regression)
    _network(said, made)
    _training(said, made)
    for name in fields:
        if name not in said.asked:
            made.left_out[name] = _why_not(name)
    return made


def _why_not(name: str) -> str:
    if name in ("dataset", "regDataset"):
        return "it is not used for the other kind of problem"
    if name in DISPLAY or name.endswith("_hide"):
        return "it changes only what the Playground shows"
    if name in UNUSED:
        return "the Playground itself does not use it"
    return "it is no field of the Playground"


class _Said:
    """The fields of an address; one that is not valid is left out, and their default taken, as they do."""

    def __init__(self, fields: Mapping[str, str], made: Translation) -> None:
        self.fields, self.made = fields, made
        self.asked: set[str] = set()

    def value(self, name: str) -> str:
        self.asked.add(name)
        return self.fields.get(name, "") or DEFAULTS.get(name, "")

    def one_of(self, name: str, known: Mapping[str, str] | tuple[str, ...]) -> str:
        value = self.value(name)
        if value in known:
            return value
        self.made.left_out[name] = f"{value[:40]!r} is none of {', '.join(known)}"
        return DEFAULTS[name]

    def number(self, name: str, is_right: Callable[[float], bool], allowed: str) -> float:
        value = self.value(name)
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if is_right(number):
            return number
        self.made.left_out[name] = f"{value[:40]!r} is not {allowed}"
        return float(DEFAULTS[name])

    def flag(self, name: str) -> bool:
        """Anything but false is true in an address."""
        return self.value(name) not in ("", "false")


def _points(said: _Said, made: Translation, is_regression: bool) -> None:
    known, name = (REGRESSIONS, "regDataset") if is_regression else (DATASETS, "dataset")
    theirs = said.one_of(name, known)
    made.overrides |= {"dataset": known[theirs], "dataset.n_samples": str(POINTS)}
    noise = said.number("noise", lambda value: 0 <= value <= 100, "a number from 0 to 100") / 100
    if theirs == "gauss":  # variances from 0.5 to 4 around centres at 2, of ours at 1/2
        made.overrides["dataset.spread"] = _short(math.sqrt(0.5 + 7 * min(noise, 0.5)) / 4)
    elif noise:
        reach = noise / 5 if theirs == "spiral" else noise  # uniform up to it, in units of the picture
        made.overrides["dataset.noise"] = _short(reach / math.sqrt(3))
    if theirs == "spiral":
        made.overrides["dataset.turns"] = _short(TURNS_OF_SPIRAL)
    if theirs == "xor":
        made.overrides["dataset.shuffle"] = "true"
    share = said.number("percTrainData", lambda value: 0 < value < 100, "a number above 0 and below 100")
    made.overrides["dataset.val_fraction"] = _short(1 - share / 100)
    size = said.number(
        "batchSize", lambda value: 1 <= value <= MOST_BATCH and value == int(value), "a whole number from 1"
    )
    made.overrides["dataset.batch_size"] = str(int(size))
    chosen = [ours for theirs, ours in FEATURES.items() if said.flag(theirs)]
    if not chosen:
        made.left_out["x"] = made.left_out["y"] = "a network needs an input"
    elif chosen != ["x1", "x2"]:
        made.overrides["dataset.features"] = f"[{','.join(chosen)}]"


def _network(said: _Said, made: Translation) -> None:
    text = said.fields.get("networkShape", DEFAULTS["networkShape"])
    said.asked.add("networkShape")
    widths = text.split(",") if text.strip() else []
    if not all(width.isdecimal() and 1 <= int(width) <= 4096 for width in widths) or len(widths) > 32:
        made.left_out["networkShape"] = f"{text[:40]!r} is no list of widths from 1 to 4096"
        widths = DEFAULTS["networkShape"].split(",")
    activation = ACTIVATIONS[said.one_of("activation", ACTIVATIONS)]
    if widths:
        made.overrides["model.hidden"] = f"[{','.join(str(int(width)) for width in widths)}]"
        made.overrides["model.activation"] = activation
    else:
        made.overrides["model"] = "single_layer"
    if said.flag("initZero"):
        made.overrides["model.init"] = "zeros"


def _training(said: _Said, made: Translation) -> None:
    if made.overrides["dataset"] != "spiral":  # whose arms are classes, each with an output of its own
        made.overrides["loss"] = "mse"
    rate = said.number("learningRate", lambda value: 0 < value < math.inf, "a number above 0")
    made.overrides["optimizer.lr"] = _short(rate)
    kind = said.fields.get("regularization") or "none"
    said.asked.add("regularization")
    strength = said.number("regularizationRate", lambda value: 0 <= value < math.inf, "a number from 0")
    if kind not in ("none", "L1", "L2"):
        made.left_out["regularization"] = f"{kind[:40]!r} is none of none, L1, L2"
    elif kind != "none" and strength:
        # theirs is w^2 / 2, ours w^2
        made.overrides |= {
            "penalty": kind.lower(),
            "penalty.strength": _short(strength / 2 if kind == "L2" else strength),
        }
    seed = said.value("seed")
    if seed:
        digits = "".join(character for character in seed.partition(".")[2] or seed if character in "0123456789")[:9]
        if digits:
            made.overrides["seed"] = str(int(digits))
            made.left_out["seed"] = f"its generator is another; seed={int(digits)} draws other points and weights"
        else:
            made.left_out["seed"] = "it has no digits"


def _short(value: float) -> str:
    return f"{value:.6g}"


# -- the other way ----------------------------------------------------------------------------------------------------


def address_for(config: Config) -> str | None:
    """The address of something like a training; None if the Playground has nothing like it."""
    plain = config.plain
    dataset, model, optimizer = plain["dataset"], plain["model"], plain["optimizer"]
    datasets = {ours: theirs for theirs, ours in {**DATASETS, **REGRESSIONS}.items()}
    activations = {ours: theirs for theirs, ours in ACTIVATIONS.items()}
    features = {ours: theirs for theirs, ours in FEATURES.items()}
    hidden = [] if model["name"] == "single_layer" else model.get("hidden", [])
    widths = hidden if isinstance(hidden, list) else [hidden]
    kinds = {"none": "none", "l1": "L1", "l2": "L2"}
    fits = [
        dataset["name"] in datasets and dataset.get("classes", 2) == 2 and dataset["n_samples"] is not None,
        model["name"] in ("mlp", "single_layer") and model["bias"] and model["init"] in ("default", "zeros"),
        model["name"] == "single_layer" or model.get("activation") in activations,
        not model.get("dropout"),
        len(widths) <= 6 and all(width <= 8 for width in widths),
        optimizer["name"] == "sgd" and not optimizer["momentum"] and not optimizer["weight_decay"],
        optimizer["clip_norm"] is None and plain["schedule"]["name"] == "constant",
        plain["penalty"]["name"] in kinds and not dataset["label_noise"] and not dataset["standardize"],
        set(dataset["features"] or ["x1", "x2"]) <= set(features),
    ]
    if not all(fits):
        return None
    is_regression = datasets[dataset["name"]] in REGRESSIONS
    strength = plain["penalty"].get("strength", 0.0) * (2 if plain["penalty"]["name"] == "l2" else 1)
    batch_size = dataset["batch_size"]
    chosen = dataset["features"] or ["x1", "x2"]
    fields = {
        "activation": activations.get(model.get("activation"), "linear"),
        "regularization": kinds[plain["penalty"]["name"]],
        "batchSize": str(min(30, batch_size or 30)),
        ("regDataset" if is_regression else "dataset"): datasets[dataset["name"]],
        "learningRate": _short(optimizer["lr"]),
        "regularizationRate": _short(strength),
        "noise": str(_noise(dataset)),
        "networkShape": ",".join(map(str, widths)),
        "seed": str(plain["seed"]),
        "percTrainData": str(min(90, max(10, 10 * round(10 * (1 - dataset["val_fraction"]))))),
        **{theirs: str(ours in chosen).lower() for ours, theirs in features.items()},
        "problem": "regression" if is_regression else "classification",
        "initZero": str(model["init"] == "zeros").lower(),
    }
    return f"https://{HOST}/#" + "&".join(f"{name}={value}" for name, value in fields.items())


def _noise(dataset: Mapping[str, Any]) -> int:
    """In percent, in steps of 5 up to 50."""
    if dataset["name"] == "gauss":
        share = ((4 * dataset["spread"]) ** 2 - 0.5) / 7
    else:
        share = dataset["noise"] * math.sqrt(3) * (5 if dataset["name"] == "spiral" else 1)
    return min(50, max(0, 5 * round(20 * share)))
