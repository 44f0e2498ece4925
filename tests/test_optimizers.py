"""The optimizers' state as plain arrays: what is written back continues bitwise as if nothing had happened."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from backprop_lab.config.check import Choice, defaults
from backprop_lab.training import networks as models
from backprop_lab.training import optimizers
from backprop_lab.training.randomness import generator
from backprop_lab.training.task import State, build_task, points_of
from backprop_lab.training.tensors import first_state, start_from, state_of
from conftest import configured

KNOBS: dict[str, Any] = {"hidden": [8, 4], "activation": "tanh", "bias": True}


def choice(name: str, **knobs: object) -> Choice:
    return Choice(name, {key: value for key, value in defaults("optimizer", name).items() if key != "name"} | knobs)


CHOICES = {
    "sgd": choice("sgd"),
    "sgd_decay": choice("sgd", weight_decay=0.1),
    "momentum": choice("sgd", momentum=0.9),
    "momentum_decay": choice("sgd", momentum=0.5, weight_decay=0.1),
    "nesterov": choice("sgd", momentum=0.9, nesterov=True),
    "nesterov_decay": choice("sgd", momentum=0.9, nesterov=True, weight_decay=0.01),
    "adam": choice("adam"),
    "adam_decay": choice("adam", weight_decay=0.1),
    "adam_betas": choice("adam", betas=[0, 0.5]),
    "adamw": choice("adamw"),
    "adamw_decay": choice("adamw", weight_decay=0.5, lr=0.1),
}
SLOTS = {"sgd": (), "adam": ("exp_avg", "exp_avg_sq"), "adamw": ("exp_avg", "exp_avg_sq")}


def fresh(dtype: torch.dtype) -> nn.Module:
    network = models.build("mlp", 2, KNOBS).to(dtype)
    models.init_(network, generator(0, "weights"))
    return network


def steps(network: nn.Module, optimizer: torch.optim.Optimizer, first: int, last: int) -> None:
    """Carry out the steps ``first`` to ``last``, each with points of its own."""
    dtype = next(network.parameters()).dtype
    for step in range(first, last + 1):
        random = generator(0, "points", step)
        x, y = (torch.from_numpy(random.normal(size=shape)).to(dtype) for shape in ((16, 2), (16,)))
        optimizer.zero_grad()
        ((network(x) - y) ** 2).mean().backward()
        optimizer.step()


def weights(network: nn.Module) -> dict[str, bytes]:
    return {name: weight.detach().numpy().tobytes() for name, weight in network.named_parameters()}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("before", [0, 1, 7])
@pytest.mark.parametrize("chosen", CHOICES.values(), ids=CHOICES)
def test_a_state_that_is_read_and_written_back_continues_bitwise(
    chosen: Choice, before: int, dtype: torch.dtype
) -> None:
    network = fresh(dtype)
    optimizer = optimizers.build(chosen, network)
    steps(network, optimizer, 1, before)
    state = optimizers.read(optimizer, network, chosen) if before else {}
    copied = {name: weight.clone() for name, weight in network.state_dict().items()}
    steps(network, optimizer, before + 1, before + 5)

    resumed = fresh(dtype)
    resumed.load_state_dict(copied)
    successor = optimizers.build(chosen, resumed)
    optimizers.write(successor, resumed, chosen, state, before)
    steps(resumed, successor, before + 1, before + 5)
    assert weights(resumed) == weights(network)
    assert {k: v.tobytes() for k, v in optimizers.read(successor, resumed, chosen).items()} == {
        k: v.tobytes() for k, v in optimizers.read(optimizer, network, chosen).items()
    }


@pytest.mark.parametrize("chosen", CHOICES.values(), ids=CHOICES)
def test_a_state_has_an_array_for_each_slot_and_weight(chosen: Choice) -> None:
    network = fresh(torch.float32)
    optimizer = optimizers.build(chosen, network)
    steps(network, optimizer, 1, 1)
    expected = ("momentum_buffer",) if chosen.knobs.get("momentum") else SLOTS[chosen.name]
    assert optimizers.slots(chosen) == expected
    state = optimizers.read(optimizer, network, chosen)
    shapes = {f"{slot}/{name}": tuple(w.shape) for slot in expected for name, w in network.named_parameters()}
    assert {name: array.shape for name, array in state.items()} == shapes
    assert all(array.any() for array in state.values())


def test_what_was_read_is_a_copy_and_what_is_written_is_too() -> None:
    chosen = CHOICES["adam"]
    network = fresh(torch.float32)
    optimizer = optimizers.build(chosen, network)
    steps(network, optimizer, 1, 2)
    state = optimizers.read(optimizer, network, chosen)
    before = {name: array.copy() for name, array in state.items()}
    steps(network, optimizer, 3, 4)
    successor = optimizers.build(chosen, network)
    optimizers.write(successor, network, chosen, state, 2)
    steps(network, successor, 3, 4)
    for name, array in state.items():
        np.testing.assert_array_equal(array, before[name])


@pytest.mark.parametrize(
    ("chosen", "theirs"),
    [
        ("momentum_decay", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.5, weight_decay=0.1)),
        ("nesterov", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True)),
        ("adam_betas", lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.0, 0.5))),
        ("adamw", lambda p: torch.optim.AdamW(p, lr=0.01, betas=(0.9, 0.999), weight_decay=0.01)),
    ],
)
def test_an_optimizer_is_torchs_own_with_the_knobs_that_were_set(chosen: str, theirs: Any) -> None:
    ours, reference = fresh(torch.float64), fresh(torch.float64)
    steps(ours, optimizers.build(CHOICES[chosen], ours), 1, 5)
    steps(reference, theirs(reference.parameters()), 1, 5)
    for one, other in zip(ours.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "overrides",
    [("optimizer.momentum=0.9",), ("optimizer=adam", "precision=64"), ("model=single_layer",)],
    ids=lambda overrides: " ".join(overrides),
)
def test_a_state_of_a_training_starts_another_just_there(overrides: tuple[str, ...]) -> None:
    config = configured("dataset.n_samples=50", *overrides)
    task = build_task(config, *points_of(config))
    first = first_state(task)
    network, optimizer = start_from(task, first)

    def step_with(network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        x, y = torch.from_numpy(task.train.x), torch.from_numpy(task.train.y)
        optimizer.zero_grad()
        loss: Tensor = ((network(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()

    def same(one: State, other: State) -> bool:
        arrays = (one.weights | one.optimizer, other.weights | other.optimizer)
        return [a.tobytes() for a in arrays[0].values()] == [a.tobytes() for a in arrays[1].values()]

    step_with(network, optimizer)
    state = state_of(task, 1, 1, network, optimizer)
    assert not same(first, state)
    assert {*first.optimizer} == {*state.optimizer}
    again, successor = start_from(task, state)
    assert same(state, state_of(task, 1, 1, again, successor))
    for pair in ((network, optimizer), (again, successor)):
        step_with(*pair)
    assert same(state_of(task, 2, 2, network, optimizer), state_of(task, 2, 2, again, successor))
    assert not same(state, state_of(task, 2, 2, again, successor))
