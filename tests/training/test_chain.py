"""A model that says it is layers in a row is computed so by some rungs and by its module on others: both are one."""

from pathlib import Path

import numpy as np
import pytest

from backprop_lab.config.errors import ConfigError
from backprop_lab.training.first_state import first_state
from backprop_lab.training.task import Task
from report.films import film_of, own_option, task_of, with_option

MODEL = """
import torch
from torch import nn

from backprop_lab.options.model import Layer


class Layers(nn.Module):
    def __init__(self, in_features):
        super().__init__()
        self.{name} = nn.ModuleList([nn.Linear(in_features, {units}), nn.Linear({units}, 1)])
        {more}

    def forward(self, x):
        hidden, last = self.{name}
        return {outputs}


def build(in_features, outputs):
    return Layers(in_features)


def chain(in_features, outputs):
    return [Layer(in_features, 3, "relu", True), Layer(3, outputs, "{last}", True)]
"""
HONEST = {
    "name": "layers", "units": "3", "more": "pass", "last": "identity",
    "outputs": "last(torch.relu(hidden(x))).squeeze(-1)",
}  # fmt: skip
LIES = {
    "a skip": ({"outputs": "last(torch.relu(hidden(x))).squeeze(-1) + x.sum(dim=1)"}, "outputs of build(): got ["),
    "another activation": ({"outputs": "last(torch.tanh(hidden(x))).squeeze(-1)"}, "outputs of build(): got ["),
    "other names": ({"name": "parts"}, "weights of build(): got {parts.0.weight:[3,2],"),
    "another shape": ({"units": "4"}, "weights of build(): got {layers.0.weight:[4,2],"),
    "more weights": ({"more": "self.scale = nn.Parameter(torch.ones(1))"}, "weights of build(): got {scale:[1],"),
    "dropout": (
        {"more": "self.dropout = nn.Dropout(0.5)",
         "outputs": "last(self.dropout(torch.relu(hidden(x)))).squeeze(-1)"},
        "dropout of build(): got [0.5]; allowed: that of its chain(), []",
    ),
    "a last activation": ({"last": "tanh"}, "last layer of chain(): got 'tanh and dropout 0'; allowed: neither"),
}  # fmt: skip


def task(**knobs: str) -> Task:
    return with_option(task_of("dataset=xor", "epochs=3", *(f"{key}={value}" for key, value in knobs.items())),
                       "model", "twin", init="default")  # fmt: skip


@pytest.mark.parametrize(("lie", "said"), LIES.values(), ids=list(LIES))
def test_a_model_whose_layers_are_not_what_it_computes_is_refused_in_one_line(
    tmp_path: Path, lie: dict[str, str], said: str
) -> None:
    with own_option(tmp_path, "model", "twin", MODEL.format(**HONEST | lie)), pytest.raises(ConfigError) as refused:
        first_state(task())
    assert str(refused.value).startswith(f"model=twin, {said}")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("precision", ["32", "64"])
def test_a_model_that_keeps_its_word_trains_alike_by_layers_and_by_module(tmp_path: Path, precision: str) -> None:
    with own_option(tmp_path, "model", "twin", MODEL.format(**HONEST)):
        by_layers, by_module = (film_of(task(precision=precision), engine)[-1] for engine in ("by_hand", "module"))
    for name, weight in by_module.weights.items():
        np.testing.assert_allclose(by_layers.weights[name], weight, rtol=1e-5, atol=1e-7)


PARTLY = """
from backprop_lab.options.model import Layer


def chain(in_features, outputs):
    hidden = [Layer(in_features, 4, "tanh", True), Layer(4, 5, "tanh", True, 0.5)]
    return [*hidden, Layer({inputs}, outputs, "identity", True)]
"""


def test_dropout_behind_some_of_the_layers_is_the_same_on_all_rungs(tmp_path: Path) -> None:
    with own_option(tmp_path, "model", "twin", PARTLY.format(inputs=5)):
        ends = [film_of(task(), engine)[-1] for engine in ("scalar", "by_hand", "autograd", "module")]
    for end in ends[1:]:
        for name, weight in ends[0].weights.items():
            np.testing.assert_allclose(end.weights[name], weight, rtol=1e-5, atol=1e-6)


def test_layers_that_do_not_follow_each_other_are_refused_in_one_line(tmp_path: Path) -> None:
    with own_option(tmp_path, "model", "twin", PARTLY.format(inputs=4)), pytest.raises(ConfigError) as refused:
        first_state(task())
    assert str(refused.value) == (
        "model=twin, inputs and units of chain(): got [[2,4],[4,5],[4,1]]; "
        "allowed: layers of matching widths, from 2 to 1"
    )
