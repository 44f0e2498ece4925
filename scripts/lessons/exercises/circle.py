"""Exercises of lesson 8. Solutions come from the network, from random points, and from torch."""

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits
from training import task_of

from backprop_lab.training.first_state import first_state
from backprop_lab.training.head import Binary
from exercises.checking import Exercise, Terms


def _counting() -> Terms:
    sizes = {
        hidden: sum(weight.size for weight in first_state(task_of(f"model.hidden={hidden}")).weights.values())
        for hidden in ("16", "[8,8]")
    }
    task = task_of("dataset.batch_size=100")
    return {
        "parameters, hidden=16": sizes["16"],
        "parameters, hidden=[8,8]": sizes["[8,8]"],
        "steps an epoch, batch_size=100": task.steps_per_epoch,
        "steps in all, batch_size=100": task.epochs * task.steps_per_epoch,
    }


def _always_outside() -> Terms:
    """Counted on random points of the square; half of them lie within the radius."""
    distances = np.hypot(*np.random.default_rng(0).uniform(-1, 1, (2, 1_000_000)))
    return {"share inside": float((distances <= 0.5).mean()), "radius": float(np.median(distances))}


def _loss_and_accuracy(logits: np.ndarray, y: np.ndarray) -> Terms:
    outputs, targets = torch.from_numpy(logits), torch.from_numpy(y)
    return {
        "loss": binary_cross_entropy_with_logits(outputs, targets).item(),
        "accuracy": Binary("logit").metric_of(outputs, targets).item(),
    }


# Sizes of networks and numbers of steps.
counting = Exercise(_counting)

# The accuracy of a constant prediction.
always_outside = Exercise(_always_outside, tolerance=5e-3)

# A function of logits and classes.
loss_and_accuracy = Exercise(
    _loss_and_accuracy,
    cases=[(np.array([0.3, -2.0, 1.0]), np.array([1.0, 1.0, 0.0])), (np.array([2.0, -1.0]), np.array([1.0, 0.0]))],
)
