"""torch tensors and ``backward()``; the network, the update and the zeroing of gradients by hand."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from backprop_lab.engines.common import updates
from backprop_lab.engines.common.epochs import run_epochs
from backprop_lab.engines.common.layers import activation_of, layers_of
from backprop_lab.options.model.mlp import ACTIVATIONS
from backprop_lab.training import losses
from backprop_lab.training.task import State, Task, Watch


def fit(task: Task, start: State, watch: Watch) -> State:
    return run_epochs(task, start, watch, Autograd(task, start))


class Autograd:
    """Weights are tensors that ask for gradients; everything between two calls of ``backward`` is written out."""

    def __init__(self, task: Task, start: State) -> None:
        self.layers = layers_of(task, start.weights, "autograd")
        self.activation = ACTIVATIONS[activation_of(task)]
        self.loss_of = losses.load(task.loss, task.kind)
        self.update = updates.load(task.optimizer)
        self.weights = {name: self._leaf(weight, task) for name, weight in start.weights.items()}
        self.memory = {
            name: torch.from_numpy(memory.copy()).to(task.device) for name, memory in start.optimizer.items()
        }
        self.device = task.device
        self.steps = start.step

    @staticmethod
    def _leaf(weight: np.ndarray, task: Task) -> Tensor:
        return torch.from_numpy(weight.copy()).to(task.device).requires_grad_()

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = F.linear(x, self.weights[layer.weight], None if layer.bias is None else self.weights[layer.bias])
            if layer is not self.layers[-1]:
                x = self.activation(x)
        return x.squeeze(-1)

    def step(self, x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        outputs = self.forward(self._tensor(x))
        loss = self.loss_of(outputs, self._tensor(y))
        loss.backward()
        self.steps += 1
        with torch.no_grad():  # the update is no part of the function whose gradient is wanted
            gradients = {name: weight.grad for name, weight in self.weights.items()}
            moved = dict(self.weights)
            updates.apply(self.update, moved, self.memory, gradients, self.steps)
            for name, weight in self.weights.items():
                weight.copy_(moved[name])
                weight.grad = None  # backward adds to what is there
        return loss.item(), outputs.detach().cpu().numpy()

    @torch.no_grad()
    def outputs(self, x: np.ndarray) -> np.ndarray:
        return self.forward(self._tensor(x)).cpu().numpy()

    def loss(self, outputs: np.ndarray, y: np.ndarray) -> float:
        return self.loss_of(torch.from_numpy(outputs), torch.from_numpy(y)).item()

    def state(self, epoch: int, step: int) -> State:
        parts = (self.weights, self.memory)
        weights, memory = ({name: t.detach().cpu().numpy().copy() for name, t in part.items()} for part in parts)
        return State(epoch, step, weights, memory)

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self.device)
