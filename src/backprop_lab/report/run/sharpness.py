"""The largest learning rate at which gradient descent is stable near some weights."""

import torch

from backprop_lab.report.run.measures import Measures
from backprop_lab.training.metrics import loss_of
from backprop_lab.training.networks import network_of
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from backprop_lab.training.tensors import to_tensors

ITERATIONS = 20


def largest_stable_rate(task: Task, frame: State, measures: Measures) -> float | None:
    """2 / λ with the largest eigenvalue λ of the loss's Hessian on all training points at ``frame``.

    None if the loss does not curve upwards there, or if the first update is not the rate times the gradient, as of an
    optimizer that chooses its own step sizes. By power iteration; see Cohen et al. (2021), arXiv 2103.00065, section 2.
    """
    rate = task.optimizer.knobs.get("lr")
    gradient, update = measures.gradient_size[0], measures.update_size[0]
    follows = gradient > 0
    if rate is None or not follows.any() or (abs(update[follows] / (rate * gradient[follows]) - 1) > 0.01).any():
        return None
    network = network_of(task, frame)
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    x, y = to_tensors(task.train, "cpu")
    slopes = torch.autograd.grad(loss_of(task)(network(x), y), weights, create_graph=True)
    direction = [torch.ones_like(weight) for weight in weights]
    curvature = 0.0
    for _ in range(ITERATIONS):
        size = torch.sqrt(sum((part**2).sum() for part in direction))  # type: ignore[arg-type]
        if not torch.isfinite(size) or size == 0:
            return None
        direction = [part / size for part in direction]
        curved = torch.autograd.grad(slopes, weights, direction, retain_graph=True, allow_unused=True)
        turned = [torch.zeros_like(w) if part is None else part for part, w in zip(curved, weights, strict=True)]
        curvature = float(sum((a * b).sum() for a, b in zip(direction, turned, strict=True)))
        direction = [part.detach() for part in turned]
    return 2 / curvature if curvature > 0 else None
