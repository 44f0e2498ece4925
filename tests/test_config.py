"""The border: every knob has a rule, defaults pass, and whatever is wrong is named in one line."""

import copy
import math
from collections.abc import Iterator
from typing import Any

import pytest

from backprop_lab.config.check import CONFIGS, FIXED, GROUPS, ConfigError, UnknownKeyError, check, known_keys, options
from backprop_lab.options.plain_yaml import read_yaml
from backprop_lab.options.rules import RULES, shown
from conftest import composed

Plain = dict[str, Any]


def leaves(tree: Plain, prefix: str = "") -> Iterator[str]:
    """The dotted keys of all values in a dictionary of dictionaries."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def knobs_of_all_files() -> Iterator[str]:
    train = read_yaml((CONFIGS / "train.yaml").read_text(encoding="utf-8"))
    yield from (key for key in train if key not in ("defaults", "hydra"))
    for file in sorted(CONFIGS.glob("*/*.yaml")):
        group = file.parent.name
        tree = read_yaml(file.read_text(encoding="utf-8")) or {}
        if group == "experiment":
            yield from leaves({key: value for key, value in tree.items() if key not in ("defaults", "hydra")})
        else:
            yield from leaves({key: value for key, value in tree.items() if key not in FIXED}, f"{group}.")


BASES = {
    group: composed(*choices)
    for group, choices in {
        "circle": (),
        "linear": ("dataset=linear",),
        "xor": ("dataset=xor",),
        "adam": ("optimizer=adam",),
    }.items()
}


def with_value(base: str, key: str, value: object) -> Plain:
    """A configuration in which one value is another."""
    config = copy.deepcopy(BASES[base])
    *parents, last = key.split(".")
    place = config
    for parent in parents:
        place = place[parent]
    place[last] = value
    return config


def refusal(config: Plain) -> str:
    """What the border says about a wrong configuration, which must be one line."""
    with pytest.raises(ConfigError) as refused:
        check(config)
    text = str(refused.value)
    assert "\n" not in text
    return text


def test_every_knob_of_every_file_has_a_rule() -> None:
    assert set(knobs_of_all_files()) - set(RULES) == set()


def test_every_rule_belongs_to_a_knob() -> None:
    assert set(RULES) - set(knobs_of_all_files()) == set()


def test_a_knob_without_a_rule_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(RULES, "dataset.radius")
    assert "dataset.radius" in refusal(BASES["circle"])
    assert "no rule" in refusal(BASES["circle"])


@pytest.mark.parametrize("choice", [f"{group}={option}" for group in GROUPS for option in options(group)])
def test_every_option_is_accepted_with_its_defaults(choice: str) -> None:
    group, _, option = choice.partition("=")
    chosen = getattr(check(composed(choice)), group)
    assert (chosen if isinstance(chosen, str) else chosen.name) == option


@pytest.mark.parametrize("experiment", options("experiment"))
def test_every_experiment_is_accepted(experiment: str) -> None:
    overrides = [f"experiment={experiment}"]
    assert check(composed(*overrides)).plain == composed(*overrides)


def test_the_defaults_are_the_circle_of_the_source_text() -> None:
    config = check(BASES["circle"])
    assert (config.seed, config.epochs, config.loss, config.precision) == (0, 50, "bce", 32)
    assert (config.engine, config.trainer, config.logger) == ("lightning", "cpu", "tensorboard")
    assert config.dataset.knobs == {"radius": 0.5}
    assert (config.dataset.n_samples, config.dataset.val_fraction, config.dataset.batch_size) == (5000, 0.2, 32)
    assert config.model.knobs == {"hidden": 8, "activation": "relu", "bias": True, "init": "default"}
    assert config.optimizer.knobs["lr"] == 0.1
    assert list(config.callbacks) == ["frames", "decision_boundary", "training_curves"]


@pytest.mark.parametrize(
    ("dataset", "given", "used"),
    [
        ("circle", "auto", "bce"),
        ("linear", "auto", "mse"),
        ("circle", "mse", "mse"),
        ("circle", "bce", "bce"),
        ("linear", "mse", "mse"),
    ],
)
def test_loss_auto_is_bce_for_classes_and_mse_for_a_regression(dataset: str, given: str, used: str) -> None:
    assert check(with_value(dataset, "loss", given)).loss == used


RIGHT = [
    ("circle", "seed", 0),
    ("circle", "seed", 2**32 - 1),
    ("circle", "epochs", 1),
    ("circle", "precision", 64),
    ("circle", "dataset.n_samples", 2),
    ("xor", "dataset.n_samples", None),
    ("xor", "dataset.n_samples", 100),
    ("circle", "dataset.noise", 0),
    ("circle", "dataset.val_fraction", 0.999),
    ("circle", "dataset.batch_size", None),
    ("circle", "dataset.batch_size", 1_000_000),
    ("circle", "dataset.radius", 2),
    ("linear", "dataset.slope", -3),
    ("linear", "dataset.intercept", 0.0),
    ("circle", "model.hidden", 1),
    ("circle", "model.hidden", [8, 8]),
    ("circle", "model.init", "zeros"),
    ("circle", "model.init", -1.5),
    ("circle", "model.init", 1),
    ("circle", "optimizer.lr", 1e-9),
    ("circle", "optimizer.lr", 1),
    ("circle", "optimizer.momentum", 0.99),
    ("circle", "optimizer.weight_decay", 0),
    ("adam", "optimizer.betas", [0, 0.5]),
    ("circle", "callbacks.frames.count", 2),
    ("circle", "callbacks.decision_boundary.every_n_epochs", 10),
]


@pytest.mark.parametrize(("base", "key", "value"), RIGHT, ids=[f"{key}={shown(value)}" for _, key, value in RIGHT])
def test_a_value_at_the_edge_of_its_range_is_accepted(base: str, key: str, value: object) -> None:
    check(with_value(base, key, value))


NAN, INF = math.nan, math.inf
WRONG: list[tuple[str, str, Any, str]] = [
    *[
        ("circle", "seed", value, "0 to 4,294,967,295")
        for value in (-1, 2**32, "", None, True, 1.0, "1", NAN, [1], {"a": 1})
    ],
    *[("circle", "epochs", value, "from 1 to") for value in (0, -1, True, 1.5, "abc", None, 10**9, INF)],
    *[("circle", "loss", value, "auto, bce, mse") for value in ("hinge", None, 0, ["bce"])],
    *[("circle", "precision", value, "32, 64") for value in (16, "32", 32.0, None)],
    *[("circle", "log_every_n_epochs", value, "from 1 to") for value in (0, False, 0.5)],
    *[("circle", "report", value, "auto, true, false") for value in (0, 1, "false", None)],
    *[("circle", "dataset.n_samples", value, "from 2 to") for value in (1, 0, -5, 10**8, 2.5, "many", True)],
    *[("circle", "dataset.noise", value, "from 0") for value in (-0.1, NAN, INF, True, None, "0.1")],
    *[("circle", "dataset.val_fraction", value, "above 0 and below 1") for value in (0, 0.0, 1, 1.5, -0.2, NAN, None)],
    *[("circle", "dataset.batch_size", value, "from 1 to") for value in (0, -1, 1.5, True, "all")],
    *[("circle", "dataset.shuffle", value, "true or false") for value in (1, 0, "true", None)],
    *[("circle", "dataset.radius", value, "above 0") for value in (0, -1, NAN, INF, False)],
    *[("linear", "dataset.slope", value, "a number from -3.4e38") for value in (NAN, INF, -INF, True, "steep", None)],
    *[("linear", "dataset.intercept", value, "a number from -3.4e38") for value in (NAN, False, "")],
    *[
        ("circle", "model.hidden", value, "from 1 to 4,096")
        for value in (0, -1, True, 1.5, "", "8", None, [8, 0], [8, True], [8, [8]], [1] * 33, 4097, {"a": 1})
    ],
    *[("circle", "model.activation", value, "relu, tanh, sigmoid, identity") for value in ("Relu", None, 0, "gelu")],
    *[("circle", "model.bias", value, "true or false") for value in (1, "no", None)],
    *[("circle", "model.init", value, "default, zeros") for value in ("ones", NAN, -INF, True, None, [0])],
    *[("circle", "optimizer.lr", value, "above 0") for value in (-1, 0, 0.0, NAN, INF, -INF, "", None, True, [0.1])],
    *[("circle", "optimizer.momentum", value, "from 0 and below 1") for value in (1, 1.0, -0.1, NAN, True)],
    *[("circle", "optimizer.nesterov", value, "true or false") for value in (1, "false", None)],
    *[("circle", "optimizer.weight_decay", value, "from 0") for value in (-0.1, INF, None, True)],
    *[
        ("adam", "optimizer.betas", value, "a list of two numbers")
        for value in (0.9, None, [0.9], [0.9, 0.99, 0.999], [0.9, 1], [1.0, 0.9], [-0.1, 0.9], [NAN, 0.9], [True, 0])
    ],
    *[("circle", "callbacks.frames.count", value, "from 2 to") for value in (1, 0, None, True, 2.5)],
    *[("circle", "callbacks.decision_boundary.every_n_epochs", value, "from 1 to") for value in (0, -1, 0.5, True)],
]


@pytest.mark.parametrize(
    ("base", "key", "value", "allowed"), WRONG, ids=[f"{key}={shown(value)}" for _, key, value, _ in WRONG]
)
def test_a_wrong_value_is_refused_naming_key_value_and_what_is_allowed(
    base: str, key: str, value: object, allowed: str
) -> None:
    said, _, permitted = refusal(with_value(base, key, value)).partition("; allowed: ")
    assert said == f"{key}: got {shown(value)}"
    assert allowed in permitted


def test_every_rule_refuses_something_and_explains_itself() -> None:
    tried: list[object] = [None, -1, 0, 1, 1.5, NAN, "?", [], True]
    for key, rule in RULES.items():
        assert not all(rule.accepts(value) for value in tried), key
        assert rule.meaning, key
        assert rule.allowed, key


@pytest.mark.parametrize("key", [*leaves(BASES["circle"])])
def test_a_missing_key_is_named(key: str) -> None:
    config = copy.deepcopy(BASES["circle"])
    *parents, last = key.split(".")
    place = config
    for parent in parents:
        place = place[parent]
    del place[last]
    named = key.removesuffix(".name")  # an option without a name is no option
    assert refusal(config).startswith(f"{named}: got ")


@pytest.mark.parametrize("group", GROUPS)
def test_a_missing_group_is_answered_with_its_options(group: str) -> None:
    config = {key: value for key, value in BASES["circle"].items() if key != group}
    assert refusal(config) == f"{group}: got nothing; allowed: {', '.join(options(group))}"


def test_callbacks_may_be_missing() -> None:
    config = {key: value for key, value in BASES["circle"].items() if key != "callbacks"}
    assert check(config).callbacks == {}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sed", "seed"),
        ("epoch", "epochs"),
        ("datset", "dataset"),
        ("dataset.n_sample", "dataset.n_samples"),
        ("dataset.raduis", "dataset.radius"),
        ("model.hiden", "model.hidden"),
        ("optimizer.learning_rate", "optimizer.lr"),
        ("colour", None),
        ("optimizer.momentun", "optimizer.momentum"),
        ("callbacks.frame", "callbacks.frames"),
        ("callbacks.frames.cuont", "callbacks.frames.count"),
    ],
)
def test_a_misspelt_key_is_answered_with_the_nearest_right_one(typed: str, meant: str | None) -> None:
    config = with_value("circle", typed, 1)
    with pytest.raises(UnknownKeyError) as refused:
        check(config)
    text = str(refused.value)
    assert text.startswith(f"{typed}: no such key (got 1)")
    assert (f"did you mean {meant}?" in text) if meant else ("did you mean" not in text)


def test_a_key_that_belongs_to_another_option_is_refused() -> None:
    assert refusal(with_value("adam", "optimizer.momentum", 0.5)).startswith("optimizer.momentum: no such key")
    assert refusal(with_value("xor", "dataset.radius", 0.5)).startswith("dataset.radius: no such key")


def test_all_known_keys_are_groups_or_have_rules() -> None:
    assert {"dataset", "model.hidden", "dataset.slope", "optimizer.betas", "callbacks.frames.count"} <= {*known_keys()}
    assert {*known_keys()} - {*RULES} == {*GROUPS, "callbacks", "experiment"}


@pytest.mark.parametrize(
    ("base", "changes", "key"),
    [
        ("linear", {"loss": "bce"}, "loss"),
        ("circle", {"optimizer.nesterov": True}, "optimizer.nesterov"),
        ("circle", {"dataset.n_samples": None}, "dataset.n_samples"),
        (
            "circle",
            {"callbacks": {"decision_boundary": {"every_n_epochs": 5}}},
            "callbacks.decision_boundary.every_n_epochs",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_combination_that_makes_no_sense_is_refused(base: str, changes: Plain, key: str) -> None:
    for changed, value in changes.items():
        text = refusal(with_value(base, changed, value))
    assert text.startswith(f"{key}: got ")
    assert "; allowed: " in text


def test_what_makes_a_combination_senseless_is_the_combination() -> None:
    nesterov = with_value("circle", "optimizer.nesterov", True)
    nesterov["optimizer"]["momentum"] = 0.9
    assert check(nesterov).optimizer.knobs["nesterov"] is True
    assert check(with_value("circle", "callbacks.decision_boundary.every_n_epochs", 5)).callbacks["frames"]
    assert check(with_value("circle", "callbacks", {"decision_boundary": {"every_n_epochs": None}})).callbacks


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("dataset.task", "regression", "dataset.task"),
        ("dataset.name", "xor", "dataset.radius"),  # the circle's radius is not a knob of xor
        ("dataset.name", "nope", "dataset"),
        ("dataset.name", ["circle"], "dataset"),
        ("dataset.name", None, "dataset"),
        ("model.name", "single_layer", "model.hidden"),
        ("engine.name", "scala", "engine"),
        ("trainer.name", "tpu", "trainer"),
        ("logger.name", "../logger/none", "logger"),
    ],
)
def test_what_an_option_is_cannot_be_set(key: str, value: object, named: str) -> None:
    assert refusal(with_value("circle", key, value)).startswith(f"{named}: ")


@pytest.mark.parametrize(
    ("key", "value"),
    [(key, value) for key in [*GROUPS, "callbacks"] for value in ("circle", 3, [1], True)],
)
def test_a_group_that_is_not_a_dictionary_is_refused(key: str, value: object) -> None:
    assert refusal({**BASES["circle"], key: value}).startswith(f"{key}: got ")


@pytest.mark.parametrize("key", ["callbacks.frames", "callbacks.training_curves"])
@pytest.mark.parametrize("value", [None, 3, "frames", []])
def test_a_callback_that_is_not_a_dictionary_is_refused(key: str, value: object) -> None:
    assert refusal(with_value("circle", key, value)).startswith(f"{key}: got {shown(value)}")


@pytest.mark.parametrize("key", ["seed", "loss", "dataset.radius", "model.hidden", "model.init", "dataset.name"])
@pytest.mark.parametrize("value", ["${oc.env:HOME}", "${seed}", "???"])
def test_an_interpolation_is_refused(key: str, value: str) -> None:
    text = refusal(with_value("circle", key, value))
    assert value in text


@pytest.mark.parametrize("place", ["", "dataset.", "model.", "callbacks.", "callbacks.frames.", "trainer."])
def test_a_target_in_a_configuration_is_refused_like_any_unknown_key(place: str) -> None:
    text = refusal(with_value("circle", f"{place}_target_", "os.system"))
    assert text.startswith(f"{place}_target_: no such key")


@pytest.mark.parametrize("key", [1, None, 2.5, True, ""])
def test_a_key_that_is_no_name_is_refused(key: object) -> None:
    assert refusal({**BASES["circle"], key: 1}).startswith(f"{key}: no such key")  # type: ignore[dict-item]
    assert refusal(with_value("circle", "model", {**BASES["circle"]["model"], key: 1})).startswith(f"model.{key}: ")


@pytest.mark.parametrize("value", ["two\nlines", "a\rb", "tab\t", "\x1b[31m", "a;b"])
def test_a_value_with_control_characters_is_still_told_in_one_line(value: str) -> None:
    assert len(refusal(with_value("circle", "model.activation", value)).splitlines()) == 1


def test_a_refused_configuration_is_left_as_it_was() -> None:
    config = with_value("circle", "epochs", 0)
    before = copy.deepcopy(config)
    refusal(config)
    assert config == before


@pytest.mark.parametrize(
    ("value", "typed"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        ([8, 8], "[8,8]"),
        ([0.9, None, True], "[0.9,null,true]"),
        ({"a": [1]}, "{a:[1]}"),
        ("relu", "relu"),
        ("", "''"),
        ("a b", "'a b'"),
        (1e-3, "0.001"),
    ],
)
def test_a_value_is_shown_as_one_types_it(value: object, typed: str) -> None:
    assert shown(value) == typed
