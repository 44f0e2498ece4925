"""Shape and dtype of every array of a State, by name. A sequential model needs no torch to say."""

from backprop_lab.training.chain import layers_of
from backprop_lab.training.evaluation import is_sequential
from backprop_lab.training.first_state import parameters_of
from backprop_lab.training.state import Shape
from backprop_lab.training.task import Task
from backprop_lab.training.updates import slots_of


def shapes_of(task: Task) -> tuple[dict[str, Shape], dict[str, Shape], dict[str, Shape]]:
    """Those of the weights, the optimizer state and the buffers."""
    weights: dict[str, Shape] = {}
    buffers: dict[str, Shape] = {}
    if is_sequential(task):
        for layer in layers_of(task) or []:
            weights |= {name: (shape, task.dtype) for name, shape in parameters_of(layer).items()}
    else:
        from backprop_lab.training.networks import shapes_of

        weights, buffers = shapes_of(task)
    kept = {f"{slot}/{name}": of for slot in slots_of(task.optimizer) for name, of in weights.items()}
    return weights, kept, buffers
