"""An optimizer's state as plain arrays: what is written back continues bitwise as if nothing had happened."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from backprop_lab.config.types import Choice
from backprop_lab.training import networks, torch_optimizer
from backprop_lab.training.first_state import first_state
from backprop_lab.training.randomness import generator
from backprop_lab.training.state import State
from backprop_lab.training.tensors import start_from, state_of
from backprop_lab.training.updates import slots_of
from conftest import chosen, task_of

CHOICES = {
    "sgd": chosen("optimizer", "sgd"),
    "nesterov": chosen("optimizer", "sgd", momentum=0.9, nesterov=True, weight_decay=0.01),
    "adam": chosen("optimizer", "adam", betas=[0, 0.5]),
    "adamw": chosen("optimizer", "adamw"),
    "rmsprop": chosen("optimizer", "rmsprop"),
    "rmsprop with momentum": chosen("optimizer", "rmsprop", momentum=0.9),
}
SLOTS = {
    "sgd": (), "nesterov": ("momentum_buffer",), "adam": ("exp_avg", "exp_avg_sq"), "adamw": ("exp_avg", "exp_avg_sq"),
    "rmsprop": ("square_avg",), "rmsprop with momentum": ("square_avg", "momentum_buffer"),
}  # fmt: skip


@pytest.fixture(params=["torch's own", "the formula"])
def made_of(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every optimizer once as torch has it, and once as if torch did not have it."""
    if request.param == "the formula":
        for choice in CHOICES.values():
            monkeypatch.delattr(choice.option, "TORCH", raising=False)
    return str(request.param)


def fresh(dtype: torch.dtype) -> nn.Module:
    network = networks.build(chosen("model", "mlp", hidden=[8, 4], activation="tanh"), 2, 1).to(dtype)
    networks.init_(network, generator(0, "weights"))
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


@pytest.mark.parametrize("before", [0, 7])
@pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
def test_a_state_that_is_read_and_written_back_continues_bitwise(choice: Choice, before: int, made_of: str) -> None:
    network = fresh(torch.float32)
    optimizer = torch_optimizer.build(choice, network)
    steps(network, optimizer, 1, before)
    state = torch_optimizer.read(optimizer, network, choice) if before else {}
    copied = {name: weight.clone() for name, weight in network.state_dict().items()}
    steps(network, optimizer, before + 1, before + 5)

    resumed = fresh(torch.float32)
    resumed.load_state_dict(copied)
    successor = torch_optimizer.build(choice, resumed)
    torch_optimizer.write(successor, resumed, choice, state, before)
    steps(resumed, successor, before + 1, before + 5)
    assert weights(resumed) == weights(network)
    assert {k: v.tobytes() for k, v in torch_optimizer.read(successor, resumed, choice).items()} == {
        k: v.tobytes() for k, v in torch_optimizer.read(optimizer, network, choice).items()
    }


@pytest.mark.parametrize("name", CHOICES)
def test_a_state_has_an_array_for_each_slot_and_weight(name: str, made_of: str) -> None:
    network, choice = fresh(torch.float32), CHOICES[name]
    optimizer = torch_optimizer.build(choice, network)
    steps(network, optimizer, 1, 1)
    assert slots_of(choice) == SLOTS[name]
    state = torch_optimizer.read(optimizer, network, choice)
    shapes = {f"{slot}/{name}": tuple(w.shape) for slot in SLOTS[name] for name, w in network.named_parameters()}
    assert {name: array.shape for name, array in state.items()} == shapes
    assert all(array.any() for array in state.values())


def test_what_was_read_is_a_copy_and_what_is_written_is_too() -> None:
    choice = CHOICES["adam"]
    network = fresh(torch.float32)
    optimizer = torch_optimizer.build(choice, network)
    steps(network, optimizer, 1, 2)
    state = torch_optimizer.read(optimizer, network, choice)
    before = {name: array.copy() for name, array in state.items()}
    steps(network, optimizer, 3, 4)
    successor = torch_optimizer.build(choice, network)
    torch_optimizer.write(successor, network, choice, state, 2)
    steps(network, successor, 3, 4)
    for name, array in state.items():
        np.testing.assert_array_equal(array, before[name])


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("nesterov", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)),
        ("adam", lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.0, 0.5))),
        ("adamw", lambda p: torch.optim.AdamW(p, lr=0.01, betas=(0.9, 0.999), weight_decay=0.01)),
        ("rmsprop with momentum", lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.99, momentum=0.9)),
    ],
)
def test_an_optimizer_is_torchs_with_the_knobs_that_were_set(name: str, theirs: Any, made_of: str) -> None:
    ours, reference = fresh(torch.float64), fresh(torch.float64)
    steps(ours, torch_optimizer.build(CHOICES[name], ours), 1, 20)
    steps(reference, theirs(reference.parameters()), 1, 20)
    for one, other in zip(ours.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-13)


def test_a_parameter_that_no_gradient_reaches_stays_and_keeps_zeros(made_of: str) -> None:
    network, choice = fresh(torch.float32), CHOICES["adam"]
    network.idle = torch.nn.Parameter(torch.ones(3))
    network.frozen = torch.nn.Parameter(torch.ones(3), requires_grad=False)
    optimizer = torch_optimizer.build(choice, network)
    steps(network, optimizer, 1, 2)
    assert network.idle.tolist() == network.frozen.tolist() == [1, 1, 1]
    kept = torch_optimizer.read(optimizer, network, choice)
    assert not kept["exp_avg/idle"].any()
    assert "exp_avg/frozen" not in kept


@pytest.mark.parametrize(
    "overrides",
    [("optimizer.momentum=0.9",), ("optimizer=adam", "precision=64"), ("model=single_layer",)],
    ids=lambda overrides: " ".join(overrides),
)
def test_a_state_of_a_training_starts_another_just_there(overrides: tuple[str, ...]) -> None:
    task = task_of("dataset.n_samples=50", *overrides)
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
