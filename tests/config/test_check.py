"""The border: every knob has a rule, defaults pass, and whatever is wrong is named in one line."""

import copy
import math
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from backprop_lab.config import keys
from backprop_lab.config.check import check
from backprop_lab.config.errors import ConfigError, UnknownKeyError
from backprop_lab.config.keys import GROUPS, RULES, known
from backprop_lab.options import discovery
from backprop_lab.options.discovery import ANY_OF, CONFIGS, FIXED, ONE_OF, defaults, names, rules
from backprop_lab.options.features import FEATURES
from backprop_lab.options.plain_yaml import read_yaml
from backprop_lab.options.rules import shown
from backprop_lab.options.text import cut
from conftest import composed, fitting

Plain = dict[str, Any]


def leaves(tree: Plain, prefix: str = "") -> Iterator[str]:
    """The dotted keys of all values in a dictionary of dictionaries."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


BASES = {
    group: composed(*choices)
    for group, choices in {
        "circle": (),
        "linear": ("dataset=linear",),
        **{
            name: (f"dataset={name}",)
            for name in ("xor", "gauss", "rings", "checkerboard", "gaussian", "blobs", "spiral", "iris")
        },
        "csv": fitting("dataset", "csv"),
        "formula": ("dataset=formula",),
        "points": fitting("dataset", "points"),
        "adam": ("optimizer=adam",),
        "rmsprop": ("optimizer=rmsprop",),
        "residual": ("model=residual",),
        "cosine": ("schedule=cosine",),
        "step": ("schedule=step",),
        "exponential": ("schedule=exponential",),
        "one_cycle": ("schedule=one_cycle",),
        "warmup": ("schedule=warmup",),
        "adagrad": ("optimizer=adagrad",),
        "huber": ("dataset=linear", "loss=huber"),
        "l2": ("penalty=l2",),
        "patience": ("stop=patience",),
    }.items()
}


def changed(base: str, changes: Plain) -> Plain:
    """A configuration in which some values are others."""
    config = copy.deepcopy(BASES[base])
    for key, value in changes.items():
        *parents, last = key.split(".")
        place = config
        for parent in parents:
            place = place[parent]
        place[last] = value
    return config


def with_value(base: str, key: str, value: object) -> Plain:
    return changed(base, {key: value})


def without(base: str, key: str) -> Plain:
    config = copy.deepcopy(BASES[base])
    *parents, last = key.split(".")
    place = config
    for parent in parents:
        place = place[parent]
    del place[last]
    return config


def refusal(config: Plain) -> str:
    """What the border says about a wrong configuration, which must be one line."""
    with pytest.raises(ConfigError) as refused:
        check(config)
    text = str(refused.value)
    assert len(text.splitlines()) == 1
    return text


OPTIONS = [(group, name) for group in GROUPS for name in names(group)]


def test_every_knob_of_every_file_has_a_rule_and_every_rule_a_knob() -> None:
    for group, name in OPTIONS:
        knobs = {*defaults(group, name)} - {*FIXED}
        assert {*rules(group, name)} == knobs, f"{group}={name}"
        if knobs:
            assert {*getattr(discovery.module(group, name), "KNOBS", {})} <= knobs, f"{group}={name}"
    train = read_yaml((CONFIGS / "train.yaml").read_text(encoding="utf-8"))
    assert {*train} - {"defaults", "hydra"} == {*RULES}


def test_a_knob_without_a_rule_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "rules", lambda group, name: {})
    assert "dataset.n_samples" in refusal(BASES["circle"])
    assert "no rule" in refusal(BASES["circle"])


@pytest.mark.parametrize(("group", "name"), OPTIONS, ids=[f"{group}={name}" for group, name in OPTIONS])
def test_every_option_is_accepted_with_its_defaults(group: str, name: str) -> None:
    if group == "callbacks":  # some draw from the frames
        assert name in check(composed(f"callbacks=[{','.join(dict.fromkeys(['frames', name]))}]")).callbacks
    elif group == "logger":
        assert [*check(composed(f"logger={name}")).loggers] == ([] if name == "none" else [name])
    else:
        config = check(composed(*fitting(group, name)))
        # loss=auto is answered with the loss that it stands for
        assert getattr(config, group).name == ("bce" if (group, name) == ("loss", "auto") else name)
        assert config.plain[group]["name"] == name


@pytest.mark.parametrize("experiment", names("experiment"))
def test_every_experiment_is_accepted(experiment: str) -> None:
    config = check(composed(f"experiment={experiment}"))
    assert check(config.plain) == config, "what is written down means the same"


def test_the_defaults_are_the_circle_of_the_source_text() -> None:
    config = check(BASES["circle"])
    assert (config.seed, config.epochs, config.loss.name, config.precision) == (0, 50, "bce", 32)
    assert (config.engine.name, config.trainer.name, [*config.loggers]) == ("lightning", "cpu", ["tensorboard"])
    assert (config.schedule.name, config.penalty.name, config.stop.name) == ("constant", "none", "never")
    assert config.dataset.knobs["radius"] == 0.5
    assert (config.dataset.n_samples, config.dataset.val_fraction, config.dataset.batch_size) == (5000, 0.2, 32)
    assert config.model.knobs == {"hidden": 8, "activation": "relu", "bias": True, "dropout": 0.0, "init": "default"}
    assert config.optimizer.knobs["lr"] == 0.1
    assert config.optimizer.knobs["clip_norm"] is None
    assert list(config.callbacks) == ["frames", "decision_boundary", "training_curves"]


@pytest.mark.parametrize(
    ("dataset", "given", "used"),
    [("circle", "auto", "bce"), ("linear", "auto", "mse"), ("circle", "mse", "mse"), ("circle", "hinge", "hinge")],
)
def test_loss_auto_is_bce_for_classes_and_mse_for_a_regression(dataset: str, given: str, used: str) -> None:
    assert check(with_value(dataset, "loss", {"name": given})).loss.name == used


def test_the_horizon_of_a_schedule_is_the_epochs_that_the_run_begins_with() -> None:
    config = check(changed("cosine", {"epochs": 7}))
    assert config.schedule.knobs["epochs"] == config.plain["schedule"]["epochs"] == 7
    assert check({**config.plain, "epochs": 9}).schedule.knobs["epochs"] == 7
    assert check(changed("cosine", {"epochs": 7, "schedule.epochs": 3})).schedule.knobs["epochs"] == 3


def test_a_users_file_in_earlier_words_is_read() -> None:
    earlier = changed("circle", {"dataset.task": "classification", "loss": "mse", "logger": {"name": "tensorboard"}})
    assert check(earlier) == check(with_value("circle", "loss", {"name": "mse"}))
    assert check(with_value("circle", "logger", {"name": "none"})).loggers == {}


def test_a_knob_that_the_whole_group_has_may_be_left_out_of_a_users_file() -> None:
    assert check(without("circle", "dataset.noise")).dataset.noise == 0
    assert check(without("circle", "model.init")).model.knobs["init"] == "default"


RIGHT: dict[str, list[tuple[str, list[Any]]]] = {
    "circle": [
        ("seed", [0, 2**32 - 1]),
        ("epochs", [1]),
        ("precision", [64]),
        ("dataset.n_samples", [2]),
        ("dataset.noise", [0]),
        ("dataset.val_fraction", [0.999]),
        ("dataset.test_fraction", [0, 0.999]),
        ("dataset.label_noise", [0, 0.999]),
        ("dataset.features", [None, ["x1"], [*FEATURES]]),
        ("dataset.split_seed", [None, 0, 2**32 - 1]),
        ("dataset.batch_size", [None, 1_000_000]),
        ("dataset.radius", [2]),
        ("model.hidden", [1, [8, 8]]),
        ("model.init", ["zeros", -1.5, 1, [0], [0.5] * 100]),
        ("model.dropout", [0, 0.999]),
        ("model.activation", [*names("activation"), ["tanh"]]),
        ("optimizer.lr", [1e-9, 1]),
        ("optimizer.momentum", [0.99]),
        ("optimizer.weight_decay", [0]),
        ("optimizer.clip_norm", [None, 1e-9, 3]),
        ("callbacks.frames.count", [2]),
        ("callbacks.decision_boundary.every_n_epochs", [10]),
        ("figures", ["auto", True]),
        ("figure_format", ["svg", "pdf"]),
        ("logger", [{}, {"csv": {}, "tensorboard": {"histograms": True}}]),
    ],
    "xor": [("dataset.n_samples", [None, 100])],
    "linear": [("dataset.slope", [-3]), ("dataset.intercept", [0.0])],
    "gauss": [("dataset.spread", [1e-9, 3])],
    "rings": [("dataset.rings", [2, 8])],
    "checkerboard": [("dataset.squares", [2, 8])],
    "gaussian": [("dataset.width", [1e-9, 3])],
    "blobs": [("dataset.classes", [2, 20]), ("dataset.spread", [1e-9]), ("dataset.imbalance", [1, 1000])],
    "formula": [("dataset.formula", ["x1 > 0", "x1 * x2"]), ("dataset.extent", [1e-9, 6])],
    "points": [("dataset.points", [[[0, 0.5, 0], [-3e38, 1, 1]], [[i, 0, i % 20] for i in range(1000)]])],
    "csv": [
        ("dataset.target", [None, "kind", 4, 1]),
        ("dataset.ignore", [[], [1], ["width", 3]]),
        ("dataset.delimiter", ["auto", ","]),
        ("dataset.decimal", ["auto", "."]),
        ("dataset.header", ["auto", True]),
        ("dataset.encoding", ["auto", "utf-8", "latin-1"]),
        ("dataset.missing", ["refuse", "drop", "mean"]),
        ("dataset.task", ["auto", "multiclass"]),
    ],
    "spiral": [("dataset.classes", [2, 6]), ("dataset.turns", [1e-9, 3])],
    "adam": [("optimizer.betas", [[0, 0.5]])],
    "rmsprop": [("optimizer.alpha", [0]), ("optimizer.momentum", [0, 0.9])],
    "cosine": [("schedule.floor", [0, 1]), ("schedule.epochs", [1, None])],
    "step": [("schedule.gamma", [1]), ("schedule.every_n_epochs", [1])],
    "exponential": [("schedule.gamma", [1])],
    "one_cycle": [("schedule.rise", [0.999]), ("schedule.start", [0, 1]), ("schedule.floor", [0, 1])],
    "warmup": [("schedule.rise", [0.001]), ("schedule.floor", [0, 1])],
    "adagrad": [("optimizer.lr", [3]), ("optimizer.weight_decay", [0.1])],
    "huber": [("loss.delta", [1e-9, 100])],
    "l2": [("penalty.strength", [0, 1e30])],
    "patience": [("stop.monitor", ["train_loss"]), ("stop.patience", [1]), ("stop.min_delta", [0, 1])],
}


@pytest.mark.parametrize("base", RIGHT)
def test_a_value_at_the_edge_of_its_range_is_accepted(base: str) -> None:
    for key, values in RIGHT[base]:
        for value in values:
            check(with_value(base, key, value))


NAN, INF = math.nan, math.inf
NO_FLAG = (1, 0, "true", None)
NO_COUNT = (0, -1, True, 1.5, "abc", None, 10**9, INF)
WRONG: list[tuple[str, str, Iterable[Any], str]] = [
    ("circle", "seed", (-1, 2**32, "", None, True, 1.0, "1", NAN, [1], {"a": 1}), "0 to 4,294,967,295"),
    ("circle", "epochs", NO_COUNT, "from 1 to"),
    ("circle", "precision", (16, "32", 32.0, None), "32, 64"),
    ("circle", "log_every_n_epochs", NO_COUNT, "from 1 to"),
    *[("circle", key, (0, 1, "false", None), "auto, true, false") for key in ("report", "figures", "events")],
    ("circle", "figure_format", ("jpg", "PNG", None, True), "png, svg, pdf"),
    ("circle", "logger.tensorboard.histograms", NO_FLAG, "true or false"),
    ("circle", "dataset.n_samples", (1, 0, -5, 10**8, 2.5, "many", True), "from 2 to"),
    ("circle", "dataset.noise", (-0.1, NAN, INF, True, None, "0.1"), "from 0"),
    ("circle", "dataset.val_fraction", (0, 0.0, 1, 1.5, -0.2, NAN, None), "above 0 and below 1"),
    ("circle", "dataset.batch_size", (0, -1, 1.5, True, "all"), "from 1 to"),
    ("circle", "dataset.shuffle", NO_FLAG, "true or false"),
    ("circle", "dataset.standardize", NO_FLAG, "true or false"),
    ("circle", "dataset.label_noise", (1, -0.1, NAN, True, None), "from 0 and below 1"),
    ("circle", "dataset.test_fraction", (1, -0.1, NAN, True, None), "from 0 and below 1"),
    ("circle", "dataset.features", ([], "x1", ["x3"], ["x1", "x1"], [1], True, {"x1": 1}), "x1_squared"),
    ("circle", "dataset.folds", (1, 1001, 2.5, True), "from 2 to 1,000"),
    ("circle", "dataset.fold", (-1, 1000, 0.5, True), "from 0 to 999"),
    ("circle", "dataset.split_seed", (-1, 2**32, 0.5, True), "from 0 to"),
    ("circle", "dataset.radius", (0, -1, NAN, INF, False), "above 0"),
    ("linear", "dataset.slope", (NAN, INF, -INF, True, "steep", None), "a number from -3.4e38"),
    ("linear", "dataset.intercept", (NAN, False, ""), "a number from -3.4e38"),
    ("gauss", "dataset.spread", (0, -1, NAN, True, None), "above 0"),
    ("gaussian", "dataset.width", (0, -1, NAN, True, None), "above 0"),
    ("blobs", "dataset.classes", (1, 21, 2.5, True, None), "from 2 to 20"),
    ("blobs", "dataset.imbalance", (0.9, 1001, NAN, True, None), "from 1 to 1,000"),
    ("spiral", "dataset.classes", (1, 7, 2.5, True, None), "from 2 to 6"),
    ("spiral", "dataset.turns", (0, -1, NAN, True, None), "above 0"),
    ("formula", "dataset.formula", (None, "", " ", 3, True, "x3 > 0", "x1 >", "eval(x1)"), "a condition for class 1"),
    ("formula", "dataset.extent", (0, -1, NAN, True, None), "above 0"),
    ("csv", "dataset.path", (None, "", 3, True), "a file"),
    (
        "points",
        "dataset.points",
        (
            [],
            "a",
            [[0, 0, 0]],
            [[0, 0], [1, 1]],
            [[0, 0, 0], [1, 1, 20]],
            [[0, 0, 0], [1, 1, 0.5]],
            [[0, 0, 0]] * 1001,
            [[0, 0, 0], [NAN, 1, 1]],
            [[0, 0, 0], [True, 1, 1]],
            [[0, 0, 0], [1, 1, -1]],
            {"a": 1},
            True,
        ),
        "2 to 1,000 points [x1,x2,class]",
    ),
    ("csv", "dataset.target", ("", 0, -1, True, 1.5, []), "the name or the number of a column"),
    ("csv", "dataset.ignore", (None, "a", [0], [""], [True], [[1]]), "a list of names or numbers"),
    ("csv", "dataset.delimiter", ("::", None, 1), "auto, "),
    ("csv", "dataset.decimal", (";", None, True), "auto, "),
    ("csv", "dataset.header", ("yes", None, 1), "auto, true, false"),
    ("csv", "dataset.encoding", ("ascii", None, 8), "auto, utf-8, utf-16, latin-1"),
    ("csv", "dataset.missing", ("zero", None, True), "refuse, drop, mean"),
    ("rings", "dataset.rings", (1, 9, 2.5, True, None), "from 2 to 8"),
    ("checkerboard", "dataset.squares", (1, 9, 2.5, True, None), "from 2 to 8"),
    (
        "circle",
        "model.hidden",
        (0, -1, True, 1.5, "", "8", None, [8, 0], [8, True], [8, [8]], [1] * 33, 4097, {"a": 1}),
        "from 1 to 4,096",
    ),
    ("circle", "model.activation", ("Relu", None, 0, "softmax", [], ["relu", 1]), "gelu, identity, leaky_relu, relu"),
    ("circle", "model.bias", NO_FLAG, "true or false"),
    ("circle", "model.dropout", (1, 1.0, -0.1, NAN, True, None), "from 0 and below 1"),
    ("circle", "model.init", ("ones", NAN, -INF, True, None, [], [NAN], ["a"], [True], [0] * 101), "default, zeros"),
    *[("residual", f"model.{key}", (0, True, 1.5, [8], None), "from 1 to") for key in ("width", "blocks")],
    ("residual", "model.activation", ("Relu", None), "gelu, identity, leaky_relu, relu"),
    ("circle", "optimizer.lr", (-1, 0, 0.0, NAN, INF, -INF, "", None, True, [0.1]), "above 0"),
    ("circle", "optimizer.momentum", (1, 1.0, -0.1, NAN, True), "from 0 and below 1"),
    ("circle", "optimizer.nesterov", NO_FLAG, "true or false"),
    ("circle", "optimizer.weight_decay", (-0.1, INF, None, True), "from 0"),
    ("circle", "optimizer.clip_norm", (0, -1, NAN, INF, True, "1"), "above 0"),
    (
        "adam",
        "optimizer.betas",
        (0.9, None, [0.9], [0.9, 0.99, 0.999], [0.9, 1], [1.0, 0.9], [-0.1, 0.9], [NAN, 0.9], [True, 0]),
        "a list of two numbers",
    ),
    *[("rmsprop", f"optimizer.{key}", (1, -0.1, NAN, None), "from 0 and below 1") for key in ("alpha", "momentum")],
    ("cosine", "schedule.floor", (-0.1, 1.1, NAN, None, True), "from 0 to 1"),
    ("cosine", "schedule.epochs", (0, -1, 1.5, True, "all"), "from 1 to"),
    ("step", "schedule.gamma", (0, 1.1, -0.5, NAN, None), "above 0, up to 1"),
    ("step", "schedule.every_n_epochs", NO_COUNT, "from 1 to"),
    ("exponential", "schedule.gamma", (0, 1.1, NAN, None), "above 0, up to 1"),
    *[("one_cycle", f"schedule.{key}", (-0.1, 1.1, NAN, None, True), "from 0 to 1") for key in ("start", "floor")],
    *[(name, "schedule.rise", (0, 1, NAN, None, True), "above 0 and below 1") for name in ("one_cycle", "warmup")],
    ("huber", "loss.delta", (0, -1, NAN, INF, None, True), "above 0"),
    ("l2", "penalty.strength", (-0.1, NAN, INF, None, True), "from 0"),
    ("patience", "stop.monitor", ("val_acc", "loss", None, 0), "val_loss, train_loss"),
    ("patience", "stop.patience", NO_COUNT, "from 1 to"),
    ("patience", "stop.min_delta", (-0.1, NAN, INF, None, True), "from 0"),
    ("circle", "callbacks.frames.count", (1, 0, None, True, 2.5), "from 2 to"),
    ("circle", "callbacks.decision_boundary.every_n_epochs", (0, -1, 0.5, True), "from 1 to"),
]


@pytest.mark.parametrize(
    ("base", "key", "values", "allowed"), WRONG, ids=[f"{base} {key}" for base, key, _, _ in WRONG]
)
def test_a_wrong_value_is_refused_naming_key_value_and_what_is_allowed(
    base: str, key: str, values: Iterable[object], allowed: str
) -> None:
    for value in values:
        said, _, permitted = refusal(with_value(base, key, value)).partition("; allowed: ")
        assert said == f"{key}: got {cut(shown(value))}"
        assert allowed in permitted


def test_every_rule_is_tried_with_a_wrong_value_and_explains_itself() -> None:
    ruled = dict(RULES)
    for group, name in OPTIONS:
        for knob, rule in rules(group, name).items():
            ruled[f"{group}.{name}.{knob}" if group in ANY_OF else f"{group}.{knob}"] = rule
    assert {*ruled} == {key for _, key, _, _ in WRONG}
    assert all(rule.meaning and rule.allowed for rule in ruled.values())


@pytest.mark.parametrize("key", [*leaves(BASES["circle"])])
def test_a_missing_key_is_named_unless_the_whole_group_has_it(key: str) -> None:
    group, _, knob = key.partition(".")
    if knob in discovery.base(group):
        check(without("circle", key))
    else:
        named = key.removesuffix(".name")  # an option without a name is no option
        assert refusal(without("circle", key)).startswith(f"{named}: got ")


def test_a_missing_group_is_answered_with_its_options() -> None:
    for group in ONE_OF:
        assert refusal(without("circle", group)) == f"{group}: got nothing; allowed: {', '.join(names(group))}"
    assert check(without("circle", "callbacks")).callbacks == {}
    assert check(without("circle", "logger")).loggers == {}


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
    only = "{}: got 0.5; allowed: only with {}"
    for base, key, having in (
        ("adam", "optimizer.momentum", "optimizer=rmsprop or optimizer=sgd"),
        ("xor", "dataset.radius", "dataset=circle"),
        ("cosine", "schedule.gamma", "schedule=exponential or schedule=step"),
    ):
        assert refusal(with_value(base, key, 0.5)) == only.format(key, having)


def test_all_known_keys_are_groups_or_have_rules() -> None:
    assert {"dataset", "model.hidden", "dataset.slope", "optimizer.betas", "callbacks.frames.count"} <= {*known()}
    assert {*known()} == {*RULES, *GROUPS, "experiment", *(key for _, key, _, _ in WRONG)}


SENSELESS: dict[str, tuple[str, Plain, str]] = {
    "loss": (
        "linear",
        {"loss": {"name": "bce"}},
        "loss: got bce; allowed: auto, huber or mse, because dataset=linear is",
    ),
    "hinge": (
        "linear",
        {"loss": {"name": "hinge"}},
        "loss: got hinge; allowed: auto, huber or mse, because dataset=linear",
    ),
    "activations": (
        "circle",
        {"model.hidden": [4, 3, 2], "model.activation": ["relu", "tanh"]},
        "model.activation: got [relu,tanh]; allowed: one name, or a list of 3, one for each hidden layer",
    ),
    "nesterov": ("circle", {"optimizer.nesterov": True}, "optimizer.nesterov: got true; allowed: false if"),
    "folds of own points": (
        "xor",
        {"dataset.folds": 5, "dataset.fold": 0},
        "dataset.folds: got 5; allowed: null, because dataset=xor is validated on the points that it is trained on",
    ),
    "test of own points": ("xor", {"dataset.test_fraction": 0.1}, "dataset.test_fraction: got 0.1; allowed: 0.0, "),
    "points of a table": ("iris", {"dataset.n_samples": 10}, "dataset.n_samples: got 10; allowed: null, because"),
    "label noise": ("linear", {"dataset.label_noise": 0.1}, "dataset.label_noise: got 0.1; allowed: 0, because"),
    "no points": ("points", {"dataset.points": None}, "dataset.points: got null; allowed: a list of 2 to 1,000 points"),
    "points twice": (
        "points",
        {"dataset.path": "a.csv"},
        "dataset.path: got a.csv; allowed: null where dataset.points",
    ),
    "points of one class": (
        "points",
        {"dataset.points": [[0, 0, 1], [1, 1, 1]]},
        "dataset.points: got [[0,0,1],[1,1,1]]; allowed: points of two classes at least",
    ),
    "folds of drawn points": ("points", {"dataset.folds": 5, "dataset.fold": 0}, "dataset.folds: got 5; allowed: null"),
    "a fold of nothing": ("circle", {"dataset.fold": 1}, "dataset.fold: got 1; allowed: null without dataset.folds"),
    "no fold": (
        "circle",
        {"dataset.folds": 5},
        "dataset.fold: got null; allowed: a whole number from 0 to 4, or each in turn: -m 'dataset.fold=range(5)'",
    ),
    "no such fold": ("circle", {"dataset.folds": 5, "dataset.fold": 5}, "dataset.fold: got 5; allowed: a whole"),
    "own points": ("circle", {"dataset.n_samples": None}, "dataset.n_samples: got null; allowed: a number, because"),
    "frames": (
        "circle",
        {"callbacks": {"decision_boundary": {"every_n_epochs": 5}}},
        "callbacks.decision_boundary.every_n_epochs: got 5; allowed: null without the frames callback",
    ),
    "film": ("circle", {"callbacks": {"film": {}}}, "callbacks: got [film]; allowed: film together with frames"),
    "scalar gpu": ("circle", {"trainer.name": "gpu", "engine.name": "scalar"}, "trainer: got gpu; allowed: auto or"),
    "by_hand gpu": ("circle", {"trainer.name": "gpu", "engine.name": "by_hand"}, "trainer: got gpu; allowed: auto or"),
    "scalar": (
        "residual",
        {"engine.name": "scalar"},
        "engine: got scalar; allowed: autograd, lightning or module",
    ),
    "by_hand": (
        "residual",
        {"engine.name": "by_hand"},
        "engine: got by_hand; allowed: autograd, lightning or module",
    ),
}


@pytest.mark.parametrize("case", SENSELESS)
def test_a_combination_that_makes_no_sense_is_refused(case: str) -> None:
    base, changes, said = SENSELESS[case]
    assert refusal(changed(base, changes)).startswith(said)


def test_what_makes_a_combination_senseless_is_the_combination() -> None:
    nesterov = changed("circle", {"optimizer.nesterov": True, "optimizer.momentum": 0.9})
    assert check(nesterov).optimizer.knobs["nesterov"] is True
    assert check(with_value("circle", "callbacks.decision_boundary.every_n_epochs", 5)).callbacks["frames"]
    assert check(with_value("circle", "callbacks", {"decision_boundary": {"every_n_epochs": None}})).callbacks
    assert check(with_value("residual", "engine.name", "autograd")).engine.name == "autograd"
    assert check(with_value("circle", "trainer.name", "gpu")).trainer.name == "gpu"


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
        ("loss", "softplus", "loss"),
        ("logger", {"../logger/none": {}}, "logger.../logger/none"),
    ],
)
def test_what_an_option_is_cannot_be_set(key: str, value: object, named: str) -> None:
    assert refusal(with_value("circle", key, value)).startswith(f"{named}: ")


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_that_is_not_a_dictionary_is_refused(group: str) -> None:
    values: list[Any] = ["circle", 3, [1], True]
    for value in values:
        assert refusal({**BASES["circle"], group: value}).startswith(f"{group}: got ")


@pytest.mark.parametrize("key", ["callbacks.frames", "callbacks.training_curves", "logger.tensorboard"])
def test_one_of_several_that_is_not_a_dictionary_is_refused(key: str) -> None:
    values: list[Any] = [None, 3, "frames", []]
    for value in values:
        assert refusal(with_value("circle", key, value)).startswith(f"{key}: got {shown(value)}")


@pytest.mark.parametrize("key", ["seed", "loss", "dataset.radius", "model.hidden", "model.init", "dataset.name"])
def test_an_interpolation_is_refused(key: str) -> None:
    for value in ("${oc.env:HOME}", "${seed}", "???"):
        assert value in refusal(with_value("circle", key, value))


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
