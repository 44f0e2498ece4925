"""Builds the networks of a task, initializes them, and restores them from a State."""

import copy
import functools
import json
import math
from types import ModuleType

import numpy as np
import torch
from torch import nn

from backprop_lab.config.errors import ConfigError
from backprop_lab.config.types import Choice
from backprop_lab.training.chain import described, dropout_places
from backprop_lab.training.given_weights import given_weights
from backprop_lab.training.masked import masked_layers, replace_dropout
from backprop_lab.training.mlp import MLP
from backprop_lab.training.named_tensors import buffers_of, weights_and_buffers, weights_of
from backprop_lab.training.randomness import generator
from backprop_lab.training.state import Shape, State
from backprop_lab.training.task import Task


def build(model: Choice, in_features: int, outputs: int) -> nn.Module:
    """The network of ``model=...``, with torch's own random weights; see ``init_``."""
    if hasattr(model.option, "build"):
        return replace_dropout(model.option.build(in_features, outputs, **model.own_knobs))
    layers = described(model, in_features, outputs)
    assert layers is not None
    return MLP(layers)


def first_network(task: Task) -> nn.Module:
    """The network with the initial weights of the task's seed. Raises ``ConfigError`` if it cannot be trained."""
    random = generator(task.seed, "weights")
    if not hasattr(task.model.option, "build"):
        network = _of_dtype(build(task.model, task.in_features, task.head.outputs), task)
        init_(network, random, task.model.knobs["init"])
        return network
    with torch.random.fork_rng(devices=[]):
        # A custom module may draw more than the weights of its layers.
        torch.manual_seed(int(generator(task.seed, "module").integers(2**63)))
        network = _of_dtype(build(task.model, task.in_features, task.head.outputs), task)
        init_(network, random, task.model.knobs["init"])
        _check(network, task)
        _check_saved(network, task)
        _check_layers(network, task)
    return network


@torch.no_grad()
def init_(network: nn.Module, generator: np.random.Generator, how: str | float | list[float] = "default") -> None:
    """Set the initial weights and biases of the layers of ``network`` in place.

    ``default`` draws weights and biases uniformly from [-1/sqrt(f), 1/sqrt(f)], f being the layer's number of inputs:
    the distribution of ``nn.Linear``'s own ``reset_parameters``, but from the given generator instead of torch's global
    one. ``zeros`` sets all to 0. A number sets all weights to it and the biases to 0. Parameters that are not matrices,
    such as the scales of a norm, and frozen ones are left unchanged. A list has the numbers of all trained parameters,
    in the order of ``named_parameters``.
    """
    parameters = weights_of(network)
    if isinstance(how, list):
        given = given_weights(how, {name: tuple(parameter.shape) for name, parameter in parameters.items()})
        for name, array in given.items():
            parameters[name].copy_(torch.from_numpy(array))
        return
    for name, parameter in parameters.items():
        is_bias = name.endswith("bias")
        weight = parameters.get(name.removesuffix("bias") + "weight") if is_bias else parameter
        if weight is None or weight.ndim < 2:
            continue
        if how == "default":
            bound = 1.0 / math.sqrt(weight[0].numel())
            values = generator.uniform(-bound, bound, tuple(parameter.shape))
        else:
            values = np.full(tuple(parameter.shape), 0.0 if how == "zeros" or is_bias else float(how))
        parameter.copy_(torch.from_numpy(values))


def network_of(task: Task, state: State) -> nn.Module:
    """The network of ``task`` with the weights and buffers of ``state``, on the CPU and in eval mode."""
    network = _of_dtype(build(task.model, task.in_features, task.head.outputs), task)
    named = state.weights | state.buffers
    assert named.keys() == weights_of(network).keys() | buffers_of(network).keys()
    # Not strict: a tied weight has additional names there.
    network.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in named.items()}, strict=False)
    return network.eval()


def has_modes(network: nn.Module) -> bool:
    """Whether training and eval mode may differ. Switching modes takes a small network as long as a forward pass."""
    return type(network) is not MLP or network.dropouts is not None


def arrays_of(network: nn.Module) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Copies of the weights and of the buffers of a network, by name."""
    weights, buffers = (
        {name: tensor.detach().cpu().numpy().copy() for name, tensor in part.items()}
        for part in weights_and_buffers(network)
    )
    return weights, buffers


def shapes_of(task: Task) -> tuple[dict[str, Shape], dict[str, Shape]]:
    """Shape and dtype of every weight and of every buffer, by name."""
    knobs = json.dumps(task.model.own_knobs)
    weights, buffers = _shapes(task.model.option, task.model.name, knobs, task.in_features, task.head.outputs)
    return (
        {name: (shape, task.dtype) for name, shape in weights},
        {name: (shape, np.dtype(dtype) if dtype else task.dtype) for name, shape, dtype in buffers},
    )


@functools.lru_cache(maxsize=256)
def _shapes(
    option: ModuleType, model: str, knobs: str, in_features: int, outputs: int
) -> tuple[list[tuple[str, tuple[int, ...]]], list[tuple[str, tuple[int, ...], str]]]:
    choice = Choice("model", model, json.loads(knobs))  # its module is ``option``, which is part of the cache key
    try:
        with torch.device("meta"):  # shapes without memory
            network = build(choice, in_features, outputs)
    except Exception:  # a module that reads values while it is built needs real tensors
        network = build(choice, in_features, outputs)
    return (
        [(name, tuple(weight.shape)) for name, weight in weights_of(network).items()],
        [
            (name, tuple(t.shape), "" if t.is_floating_point() else str(t.dtype).removeprefix("torch."))
            for name, t in buffers_of(network).items()
        ],
    )


def _of_dtype(network: nn.Module, task: Task) -> nn.Module:
    return network.to(getattr(torch, str(task.dtype)))


@torch.no_grad()
def _check(network: nn.Module, task: Task) -> None:
    """Refuse a network whose outputs have the wrong shape, or which draws random numbers itself."""
    key = f"model={task.model.name}"
    x = torch.from_numpy(np.zeros((3, task.in_features), task.dtype))
    outputs = network.eval()(x)
    expected = [3] if task.head.outputs == 1 else [3, task.head.outputs]
    if not isinstance(outputs, torch.Tensor) or list(outputs.shape) != expected:
        given = list(outputs.shape) if isinstance(outputs, torch.Tensor) else type(outputs).__name__
        raise ConfigError(f"{key}, forward of 3 points", given, f"a tensor of shape {expected}")
    if not weights_of(network):
        raise ConfigError(key, "no parameters", "a network with something to train")
    used = [name for name, _, _ in masked_layers(network, task.in_features)]
    twice = [name for name in dict.fromkeys(used) if used.count(name) > 1]
    if twice:  # with the same mask in both places it would differ from torch's dropout
        raise ConfigError(f"{key}, dropout {twice[0]}", "two uses in a forward pass", "an nn.Dropout for each place")
    buffers = {name: buffer.clone() for name, buffer in network.named_buffers()}
    with torch.random.fork_rng(devices=[]):
        before = torch.get_rng_state()
        first, second = network.train()(x + 1), network(x + 1)
        draws = not torch.equal(before, torch.get_rng_state())  # drew from torch's generator, whatever the result
    for name, buffer in network.named_buffers():
        buffer.copy_(buffers[name])
    if draws or (not torch.equal(first, second) and bool(torch.isfinite(first).all())):
        raise ConfigError(
            key, "a forward pass that draws random numbers", "one that draws none, except through nn.Dropout"
        )


@torch.no_grad()
def _check_saved(network: nn.Module, task: Task) -> None:
    """Refuse a network that a State cannot restore, because ``build`` draws tensors that it does not register."""
    weights, buffers = arrays_of(network)
    again = network_of(task, State(0, 0, weights, {}, buffers))
    x = torch.from_numpy(task.train.x[:8])
    if not torch.equal(network.eval()(x).nan_to_num(), again(x).nan_to_num()):
        raise ConfigError(
            f"model={task.model.name}",
            "random tensors that build() draws and no checkpoint holds",
            "register_buffer or nn.Parameter for them",
        )


@torch.no_grad()
def _check_layers(network: nn.Module, task: Task) -> None:
    """Refuse a model whose ``build`` and ``chain`` are different networks.

    Some rungs and all pictures of units compute the layers of ``chain``, the others the module of ``build``.
    """
    layers = described(task.model, task.in_features, task.head.outputs)
    if layers is None:
        return
    model = f"model={task.model.name}"
    said, built = _of_dtype(MLP(layers), task), copy.deepcopy(network)
    init_(said, generator(task.seed, "chain"))
    shapes = [
        {name: list(tensor.shape) for name, tensor in (weights_of(made) | buffers_of(made)).items()}
        for made in (built, said)
    ]
    if shapes[0] != shapes[1]:
        raise ConfigError(f"{model}, weights of build()", shapes[0], f"those of its chain(), {shapes[1]}")
    dropout = [(share, shape) for _, share, shape in masked_layers(built, task.in_features)]
    if dropout != dropout_places(layers):
        shares = [[share for share, _ in places] for places in (dropout, dropout_places(layers))]
        raise ConfigError(f"{model}, dropout of build()", shares[0], f"that of its chain(), {shares[1]}")
    built.load_state_dict(said.state_dict())
    x = torch.from_numpy(task.train.x[:8])
    outputs, expected = built.eval()(x), said.eval()(x)
    if not torch.allclose(outputs, expected, rtol=1e-3, atol=1e-4):
        numbers = [[round(z, 4) for z in made.flatten().tolist()] for made in (outputs, expected)]
        raise ConfigError(f"{model}, outputs of build()", numbers[0], f"those of its chain(), {numbers[1]}")
