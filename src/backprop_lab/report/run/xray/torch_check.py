"""Compares the X-ray's numbers with torch's."""

import numpy as np
import torch

from backprop_lab.report.run.xray.one_point import Pass
from backprop_lab.training.masked import masked_layers, put
from backprop_lab.training.metrics import loss_of
from backprop_lab.training.named_tensors import weights_of
from backprop_lab.training.networks import network_of
from backprop_lab.training.state import State
from backprop_lab.training.task import Task


def torch_gradients(task: Task, frame: State, one: Pass) -> dict[str, np.ndarray]:
    """The gradients of the loss of one point with its dropout, by weight name."""
    network = network_of(task, frame).train()
    names = [name for name, _, _ in masked_layers(network, task.in_features)]
    put(network, names, [torch.from_numpy(mask[None]) for mask in one.masks if mask is not None])
    outputs = network(torch.from_numpy(one.x[None]))
    loss = loss_of(task)(outputs, torch.from_numpy(one.y[None]))
    weights = weights_of(network)
    gradients = torch.autograd.grad(loss, list(weights.values()))
    return {name: gradient.numpy() for name, gradient in zip(weights, gradients, strict=True)}


def difference(ours: dict[str, np.ndarray], torchs: dict[str, np.ndarray]) -> float:
    """The largest difference, relative where torch's number exceeds 1; not finite if any number is not."""
    return max(
        float((np.abs(ours[name] - gradient) / np.maximum(1, np.abs(gradient))).max())
        for name, gradient in torchs.items()
    )
