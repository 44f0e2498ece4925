"""The page's training is that of engine=by_hand with 64 bits."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from backprop_lab.config.errors import ConfigError
from backprop_lab.config.types import Config
from backprop_lab.options import discovery
from backprop_lab.options.rules import shown
from backprop_lab.report import document
from backprop_lab.report.option_formulas import option_formulas
from backprop_lab.training.first_state import first_state
from backprop_lab.training.split import points_of
from backprop_lab.training.task import build_task
from conftest import Own, configured
from report.javascript import LAB, TRAINING, Trained, by_hand, called, in_javascript, plain, trained_of, written

WEIGHTS, LOSSES = 1e-11, 1e-12
AMPLIFIES = 1e-10  # what a change of the first weights by 2e-16 becomes

CIRCLE = ("dataset=circle", "epochs=50")
TABLE: dict[str, tuple[str, ...]] = {
    "circle": CIRCLE,
    "momentum": (*CIRCLE, "optimizer.momentum=0.9", "optimizer.lr=0.03"),
    "nesterov and decay": (
        *CIRCLE, "optimizer.momentum=0.9", "optimizer.nesterov=true", "optimizer.weight_decay=0.001",
    ),
    "adam": (*CIRCLE, "optimizer=adam"),
    "adamw": (*CIRCLE, "optimizer=adamw", "model.activation=tanh"),
    "mse": (*CIRCLE, "loss=mse", "model.activation=sigmoid", "optimizer.lr=1"),
    "two layers": (*CIRCLE, "model.hidden=[8,8]", "model.activation=tanh", "dataset.noise=0.1", "seed=7"),
    "rate 3": (*CIRCLE, "optimizer.lr=3"),
    "rate 1 and momentum": (*CIRCLE, "optimizer.lr=1", "optimizer.momentum=0.9"),
    "adam with rate 0.3": (*CIRCLE, "optimizer=adam", "optimizer.lr=0.3"),
    "moons": ("dataset=moons", "epochs=50", "optimizer=adam"),
    "moons with two layers": (
        "dataset=moons", "epochs=50", "model.hidden=[8,8]", "model.activation=tanh", "optimizer.momentum=0.9",
    ),
    "xor_mlp": ("experiment=xor_mlp",),
    "xor with one layer": ("experiment=xor_single_layer",),
    "linear_regression": ("experiment=linear_regression",),
    "many corners": (
        "dataset=xor", "dataset.n_samples=500", "loss=mse", "optimizer=adamw", "optimizer.weight_decay=0.1",
    ),
    "no bias": (*CIRCLE, "model.bias=false", "model.init=0.5", "dataset.batch_size=17", f"seed={2**32 - 1}"),
    "blobs": ("dataset=blobs", "epochs=20", "model.dropout=0.2", "schedule=one_cycle"),
    "spiral": ("dataset=spiral", "dataset.classes=3", "epochs=20", "loss=hinge", "optimizer=rmsprop"),
    "own points": (
        "dataset=points", "dataset.points=[[0,0,0],[1,1,0],[0,1,1],[2,0,2]]", "epochs=200", "optimizer=adagrad",
    ),
    "gaussian": (
        "dataset=gaussian", "epochs=20", "dataset.standardize=true", "loss=huber", "model.hidden=[6,4]",
        "model.activation=[gelu,leaky_relu]", "optimizer.clip_norm=0.1", "penalty=l2",
    ),
    "given weights": ("dataset=xor", "model.hidden=1", "model.init=[1,-1,0.5,2,0.1]", "penalty=l1"),
}  # fmt: skip
SMALL = ("dataset.n_samples=300", "epochs=6")


def twin_of(config: Config) -> float:
    return in_javascript(config).away(in_javascript(config, 2e-16))[0]


def compare(config: Config, made: Trained) -> None:
    """Up to the first epoch whose losses are not finite, at which a run ends."""
    expected = by_hand(config)
    broken = np.flatnonzero(~np.isfinite(expected.rows).all(axis=1))
    epochs = int(broken[0]) if len(broken) else len(expected.rows)
    weights, losses, metrics = made.until(epochs).away(expected.until(epochs))
    if weights < WEIGHTS and losses < LOSSES and metrics < LOSSES:
        return
    assert twin_of(config) > AMPLIFIES, (weights, losses, metrics)


@pytest.mark.parametrize("name", TABLE)
def test_as_by_hand(name: str) -> None:
    overrides = TABLE[name]
    is_of_four = overrides[0] in ("dataset=xor", "dataset=points") or overrides[0].startswith("experiment=")
    config = configured("precision=64", *overrides, *(SMALL[1:] if is_of_four else SMALL), "log_every_n_epochs=1")
    made, expected = in_javascript(config), by_hand(config)
    weights, losses, metrics = made.away(expected)
    assert (weights < WEIGHTS, losses < LOSSES, metrics < LOSSES) == (True, True, True), (weights, losses, metrics)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["circle", "adamw", "two layers", "moons", "blobs", "spiral", "gaussian"])
def test_as_by_hand_in_a_browser_over_the_whole_training(browser: Any, name: str) -> None:
    config = configured("precision=64", *TABLE[name], "log_every_n_epochs=1")
    page = browser.new_page()
    try:
        page.evaluate(f"{document.script_of(LAB)}{TRAINING}; globalThis.trained = trained; 0")
        made = trained_of(page.evaluate(written("trained", plain(config), option_formulas(config))))
    finally:
        page.close()
    weights, losses, metrics = made.away(by_hand(config))
    assert (weights < WEIGHTS, losses < LOSSES, metrics < LOSSES) == (True, True, True), (weights, losses, metrics)


# -- any configuration ------------------------------------------------------------------------------------------------

GROUPS = ("dataset", "model", "loss", "penalty", "optimizer", "schedule")
# Of these a knob gets those that its rule accepts, and its default.
NUMBERS = (0, 0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.9, 1, 1.5, 2, 3, 5, 17, 40)
OTHERS = (
    None,
    True,
    False,
    [0.5, 0.9],
    [0.0, 0.99],
    [4],
    [3, 5],
    ["x1", "x2_squared", "sin_x1"],
    [[0, 0, 0], [1, 1, 1], [1, 0, 2]],
)
NAMES = [*discovery.names("activation"), *([one, other] for one in discovery.names("activation")[:2]
                                           for other in discovery.names("activation"))]  # fmt: skip
INITS = ("default", "zeros")
ORDINARY = {
    "n_samples": (20, 40, 61, None),
    "batch_size": (1, 7, 32, None),
    "folds": (None, 3),
    "every_n_epochs": (1, 2),
}


@st.composite
def overrides(draw: Callable[[st.SearchStrategy[Any]], Any]) -> list[str]:
    """A command line of any options with any values that their rules accept."""
    made = [f"seed={draw(st.sampled_from((0, 1, 7, 2**32 - 1)))}", f"epochs={draw(st.integers(1, 4))}"]
    for group in GROUPS:
        names = discovery.names(group)  # of losses, `auto` fits every data set
        name = draw(st.sampled_from([*names, *["auto"] * len(names)] if "auto" in names else names))
        made.append(f"{group}={name}")
        default = discovery.defaults(group, name)
        for knob, rule in discovery.rules(group, name).items():
            pool = ORDINARY.get(knob, (*NUMBERS, *OTHERS, *NAMES, *INITS))
            fitting = [value for value in pool if rule.accepts(value) and not isinstance(default[knob], str | None)]
            value = draw(st.sampled_from([default[knob], *fitting]) if draw(st.booleans()) else st.just(default[knob]))
            if value != default[knob]:
                made.append(f"{group}.{knob}={shown(value)}")
    return made


def judge(typed: list[str]) -> None:
    try:
        config = configured("precision=64", *typed)
        first_state(build_task(config, *points_of(config)))
    except ConfigError:
        assume(False)
    declined = called("declines", plain(config), option_formulas(config))
    if declined:
        assert any(f"{group}={name}" in declined for group, name in config.options()), declined
        return
    compare(config, in_javascript(config))


RELAXED = [HealthCheck.too_slow, HealthCheck.filter_too_much]


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=RELAXED)
@given(overrides())
def test_any_configuration(typed: list[str]) -> None:
    judge(typed)


@pytest.mark.slow
@settings(max_examples=100, deadline=None, suppress_health_check=RELAXED)
@given(overrides())
def test_many_configurations(typed: list[str]) -> None:
    judge(typed)


# -- options of one's own ---------------------------------------------------------------------------------------------


def test_an_activation_of_ones_own_is_translated(own: Own) -> None:
    own("activation", "soft", """
        def value(z):
            return z / (1.0 + abs(z))

        def slope(z, a):
            return 1.0 / ((1.0 + abs(z)) * (1.0 + abs(z)))
        """)  # fmt: skip
    compare(config := configured("precision=64", "model.activation=soft", *SMALL), in_javascript(config))


ARCTAN = """
import numpy as np

def value(z):
    return np.arctan(z)

def slope(z, a):
    return 1 / (1 + z * z)
"""
DECAY = """
import math

def factor(step, steps, epochs):
    return math.exp(-step / steps)
"""


@pytest.mark.parametrize(
    ("group", "module", "choice"), [("activation", ARCTAN, "model.activation"), ("schedule", DECAY, "schedule")]
)
def test_what_cannot_be_translated_is_declined_by_its_name(own: Own, group: str, module: str, choice: str) -> None:
    own(group, "mine", module, "defaults: [_base_]\nname: mine\n")
    config = configured("precision=64", f"{choice}=mine", *SMALL)
    declined = called("declines", plain(config), option_formulas(config))
    assert declined == f"it cannot compute the formulas of {group}=mine"


def test_a_network_that_is_no_row_of_layers_is_declined() -> None:
    config = configured("model=residual")
    assert called("declines", plain(config), option_formulas(config)) == "it does not know the layers of model=residual"


def test_a_rounding_is_amplified_where_it_is_by_hand() -> None:
    config = configured("precision=64", "dataset=linear", "dataset.n_samples=200", "model=mlp",
                        "model.activation=tanh", "optimizer.lr=0.05", "epochs=250")  # fmt: skip
    assert twin_of(config) > AMPLIFIES
    assert twin_of(configured("precision=64", *CIRCLE, *SMALL)) < 1e-14
