"""torch tensors and ``backward()``; network, update and zeroing of gradients by hand.

A model that is not sequential is computed by its module, with our tensors in place of its weights.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from backprop_lab.engines.common.epochs import run_epochs
from backprop_lab.options.torch_formula import activation
from backprop_lab.training import penalty
from backprop_lab.training.chain import dropout_places, layers_of
from backprop_lab.training.dropout import Masks
from backprop_lab.training.epoch_end import Watch
from backprop_lab.training.masked import masked_layers, put
from backprop_lab.training.metrics import loss_of
from backprop_lab.training.named_tensors import buffers_of
from backprop_lab.training.networks import network_of
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from backprop_lab.training.updates import Updates


def fit(task: Task, start: State, watch: Watch) -> State:
    return run_epochs(task, start, watch, Autograd(task, start))


class Autograd:
    """Weights are tensors that require gradients; everything between two calls of ``backward`` is written out."""

    def __init__(self, task: Task, start: State) -> None:
        self.device = task.device
        self.weights = {name: self._tensor(weight.copy()).requires_grad_() for name, weight in start.weights.items()}
        self.optimizer = {name: self._tensor(kept.copy()) for name, kept in start.optimizer.items()}
        self.loss_of = loss_of(task)
        self.penalty = task.penalty
        self.clip_norm = task.clip_norm
        self.updates = Updates(task)
        self.steps = start.step
        layers = layers_of(task)
        self.network: _Layers | _Module = _Layers(layers) if layers else _Module(network_of(task, start), task)
        self.dropout = self.network.dropout

    def step(self, x: np.ndarray, y: np.ndarray, masks: Masks) -> tuple[float, np.ndarray]:
        outputs = self.network.forward(self.weights, self._tensor(x), [self._tensor(mask) for mask in masks], True)
        loss = self.loss_of(outputs, self._tensor(y))
        objective = loss
        if penalty.has_value(self.penalty):
            objective = loss + penalty.total(self.penalty, self.weights)
        objective.backward()
        if self.clip_norm is not None:
            nn.utils.clip_grad_norm_(self.weights.values(), self.clip_norm)
        self.steps += 1
        with torch.no_grad():  # the update is not part of the differentiated function
            gradients = {name: weight.grad for name, weight in self.weights.items() if weight.grad is not None}
            moved = dict(self.weights)
            self.updates.apply(moved, self.optimizer, gradients, self.steps)
            for name, weight in self.weights.items():
                weight.copy_(moved[name])
                weight.grad = None  # backward() accumulates gradients
        return loss.item(), outputs.detach().cpu().numpy()

    @torch.no_grad()
    def outputs(self, x: np.ndarray) -> np.ndarray:
        return self.network.forward(self.weights, self._tensor(x), [], False).cpu().numpy()

    def loss(self, outputs: np.ndarray, y: np.ndarray) -> float:
        return self.loss_of(torch.from_numpy(outputs), torch.from_numpy(y)).item()

    def state(self, epoch: int, step: int) -> State:
        parts = (self.weights, self.optimizer, self.network.buffers)
        weights, kept, buffers = ({name: t.detach().cpu().numpy().copy() for name, t in p.items()} for p in parts)
        return State(epoch, step, weights, kept, buffers)

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self.device)


class _Layers:
    """A sequential network."""

    def __init__(self, layers: Sequence) -> None:
        self.layers = layers
        self.activations: list[Callable[[Tensor], Tensor]] = [activation(layer.activation) for layer in layers]
        self.dropout = dropout_places(list(layers))
        self.buffers: dict[str, Tensor] = {}

    def forward(self, weights: dict[str, Tensor], x: Tensor, masks: list[Tensor], is_step: bool) -> Tensor:
        waiting = list(masks)
        for layer, activate in zip(self.layers, self.activations, strict=True):
            x = F.linear(x, weights[layer.weight], None if layer.bias is None else weights[layer.bias])
            if layer is not self.layers[-1]:
                x = activate(x)
                if layer.dropout and is_step:
                    x = x * waiting.pop(0)
        return x.squeeze(-1) if x.shape[-1] == 1 else x


class _Module:
    """Any other network, computed by its ``forward``."""

    def __init__(self, network: nn.Module, task: Task) -> None:
        self.module = network.to(task.device)
        self.device = task.device
        places = masked_layers(network, task.in_features)
        self.masked = [name for name, _, _ in places]
        self.dropout = [(share, shape) for _, share, shape in places]
        self.buffers = buffers_of(network)

    def forward(self, weights: dict[str, Tensor], x: Tensor, masks: list[Tensor], is_step: bool) -> Tensor:
        self.module.train(is_step)
        if is_step:
            put(self.module, self.masked, masks)
        outputs: Tensor = functional_call(self.module, weights, (x,))
        return outputs
