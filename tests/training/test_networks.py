"""The networks and their first weights."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from backprop_lab.config.errors import ConfigError
from backprop_lab.options.discovery import names
from backprop_lab.training import networks
from backprop_lab.training.first_state import first_state
from backprop_lab.training.randomness import generator
from backprop_lab.training.split import points_of
from backprop_lab.training.task import build_task
from conftest import chosen, configured, task_of

MODULES = {
    "gelu": nn.GELU(approximate="tanh"),
    "identity": nn.Identity(),
    "leaky_relu": nn.LeakyReLU(),
    "relu": nn.ReLU(),
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
}


def mlp(in_features: int = 2, **knobs: Any) -> nn.Module:
    return networks.build(chosen("model", "mlp", **knobs), in_features, 1)


def single_layer(in_features: int, **knobs: Any) -> nn.Module:
    return networks.build(chosen("model", "single_layer", **knobs), in_features, 1)


def size(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def drawn(how: str | float, seed: int = 0, **knobs: Any) -> dict[str, np.ndarray]:
    """The first weights of an MLP by name."""
    network = mlp(**knobs)
    networks.init_(network, generator(seed, "weights"), how)
    return {name: parameter.detach().numpy() for name, parameter in network.named_parameters()}


@pytest.mark.parametrize(
    ("knobs", "parameters"),
    [
        ({}, 33),
        ({"hidden": [8]}, 33),
        ({"hidden": 1}, 5),
        ({"hidden": [8, 8]}, 24 + 72 + 9),
        ({"hidden": [3, 5, 2]}, 9 + 20 + 12 + 3),
        ({"bias": False}, 24),
        ({"hidden": [8, 8], "bias": False}, 16 + 64 + 8),
    ],
)
def test_an_mlp_has_the_layers_that_were_asked_for(knobs: dict[str, Any], parameters: int) -> None:
    assert size(mlp(**knobs)) == parameters


def test_weights_go_by_names_that_count_the_layers() -> None:
    shapes = {name: tuple(parameter.shape) for name, parameter in mlp(hidden=[8, 4]).named_parameters()}
    assert shapes == {
        "layers.0.weight": (8, 2),
        "layers.0.bias": (8,),
        "layers.1.weight": (4, 8),
        "layers.1.bias": (4,),
        "layers.2.weight": (1, 4),
        "layers.2.bias": (1,),
    }


@pytest.mark.parametrize("hidden", [8, [8, 8]])
def test_without_bias_no_layer_has_one(hidden: object) -> None:
    assert not [name for name, _ in mlp(hidden=hidden, bias=False).named_parameters() if "bias" in name]
    network = single_layer(3, bias=False)
    assert [name for name, _ in network.named_parameters()] == ["layers.0.weight"]


def test_a_single_layer_is_a_weighted_sum() -> None:
    network = single_layer(2)
    assert size(network) == 3
    networks.init_(network, generator(0, "weights"), 0.5)
    with torch.no_grad():
        network.get_parameter("layers.0.bias").fill_(-1)
    assert network(torch.tensor([[1.0, 2.0], [4.0, 6.0]])).tolist() == [0.5, 4.0]


@pytest.mark.parametrize("batch", [1, 2, 32])
@pytest.mark.parametrize("in_features", [1, 2, 3])
def test_outputs_have_one_number_a_point(batch: int, in_features: int) -> None:
    x = torch.zeros(batch, in_features)
    assert mlp(in_features)(x).shape == (batch,)
    assert mlp(in_features, hidden=[3, 2], bias=False)(x).shape == (batch,)
    assert single_layer(in_features)(x).shape == (batch,)


def test_every_activation_that_may_be_chosen_is_tried_here() -> None:
    assert {*MODULES} == {*names("activation")}


@pytest.mark.parametrize("activation", MODULES)
@pytest.mark.parametrize("hidden", [[8], [8, 4]])
def test_an_mlp_computes_what_torchs_own_layers_do(activation: str, hidden: list[int]) -> None:
    network = mlp(hidden=hidden, activation=activation)
    networks.init_(network, generator(3, "weights"))
    layers: list[nn.Module] = []
    for layer in network.layers:  # type: ignore[union-attr]
        layers += [layer, MODULES[activation]]
    x = torch.from_numpy(generator(0, "points").normal(0, 3, (50, 2)).astype(np.float32))
    assert torch.equal(network(x), nn.Sequential(*layers[:-1])(x).squeeze(-1))


@pytest.mark.parametrize("bias", [True, False])
def test_default_weights_stay_within_one_over_the_root_of_the_inputs(bias: bool) -> None:
    for seed in range(50):
        for name, values in drawn("default", seed, hidden=[16, 5], bias=bias).items():
            inputs = {"layers.0": 2, "layers.1": 16, "layers.2": 5}[name.rpartition(".")[0]]
            assert np.abs(values).max() <= 1 / math.sqrt(inputs)


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """The largest difference between the shares of two samples that lie below some number."""
    places = np.concatenate([one, other])
    shares = [np.searchsorted(np.sort(sample), places, side="right") / len(sample) for sample in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())


@pytest.mark.parametrize("kind", ["weight", "bias"])
@pytest.mark.parametrize("inputs", [2, 8, 33])
def test_default_weights_have_the_distribution_of_torchs_own(inputs: int, kind: str) -> None:
    ours, theirs = [], []
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for seed in range(300):
            layer = nn.Linear(inputs, 4)
            theirs.append(getattr(layer, kind).detach().numpy().ravel().copy())
            networks.init_(layer, generator(seed, "weights"))
            ours.append(getattr(layer, kind).detach().numpy().ravel())
    one, other = np.concatenate(ours), np.concatenate(theirs)
    bound = 1 / math.sqrt(inputs)
    # Kolmogorov and Smirnov's test at the level of one per cent
    assert distance(one, other) < 1.63 * math.sqrt(1 / len(one) + 1 / len(other))
    assert distance(one, np.linspace(-bound, bound, 100_001)) < 1.63 / math.sqrt(len(one))
    assert one.var() == pytest.approx(bound**2 / 3, rel=0.1)
    assert np.abs(one).max() > 0.98 * bound


@pytest.mark.parametrize("how", ["default", "zeros", 0.5])
def test_first_weights_leave_torchs_own_generator_alone(how: str | float) -> None:
    network = mlp()
    before = torch.get_rng_state()
    networks.init_(network, generator(0, "weights"), how)
    assert torch.equal(torch.get_rng_state(), before)


def test_first_weights_depend_on_the_given_generator_alone() -> None:
    torch.manual_seed(1)
    one = drawn("default", 5)
    torch.manual_seed(2)
    again, other = drawn("default", 5), drawn("default", 6)
    for name, values in one.items():
        np.testing.assert_array_equal(values, again[name])
        assert not np.isin(values, other[name]).any()


def test_no_two_layers_get_the_same_numbers() -> None:
    values = np.concatenate([array.ravel() for array in drawn("default", hidden=[8, 8]).values()])
    assert len(np.unique(values)) == len(values) == 105


def test_zeros_are_zeros() -> None:
    assert not any(values.any() for values in drawn("zeros").values())


@pytest.mark.parametrize("number", [1, 0.5, -2.25, 0])
def test_a_number_becomes_every_weight_and_biases_are_zero(number: float) -> None:
    for name, values in drawn(number, hidden=[8, 8]).items():
        assert {*values.ravel().tolist()} == {0 if name.endswith("bias") else number}


@pytest.mark.parametrize("name", ["mlp", "residual"])
def test_listed_weights_go_to_the_parameters_in_their_order(name: str) -> None:
    network = networks.build(chosen("model", name), 2, 1)
    count = sum(parameter.numel() for parameter in network.parameters())
    listed = [round(0.1 * i - 2, 1) for i in range(count)]
    networks.init_(network, generator(0, "weights"), listed)
    flat = torch.cat([parameter.detach().flatten() for parameter in network.parameters()])
    assert flat.tolist() == pytest.approx(listed)


@pytest.mark.parametrize("overrides", [["model.hidden=2"], ["model=residual", "model.width=2", "model.blocks=1"]])
def test_a_list_of_another_length_is_refused_with_the_shapes(overrides: list[str]) -> None:
    task = task_of("dataset=xor", *overrides, "model.init=[1,2,3]")
    with pytest.raises(ConfigError) as refused:
        first_state(task)
    said, _, allowed = str(refused.value).partition("; allowed: ")
    assert said == "model.init: got [1,2,3]"
    count = sum(weight.size for weight in first_state(task_of("dataset=xor", *overrides)).weights.values())
    assert allowed.startswith(f"a list of {count}: ")
    assert "2×2" in allowed


def test_first_weights_are_drawn_in_float64_and_cast() -> None:
    states = []
    for precision in (32, 64):
        config = configured(f"precision={precision}")
        states.append(first_state(build_task(config, *points_of(config))))
    single, double = states
    for name, weight in single.weights.items():
        assert (str(weight.dtype), str(double.weights[name].dtype)) == ("float32", "float64")
        np.testing.assert_array_equal(weight, double.weights[name].astype(np.float32))
    assert (single.epoch, single.step, single.optimizer) == (0, 0, {})
