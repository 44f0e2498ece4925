"""A network as a list of linear layers, for the engines that compute it without ``nn.Module``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backprop_lab.config.check import ConfigError
from backprop_lab.training.task import Task


@dataclass(frozen=True)
class Layer:
    """The names of one layer's weights, as ``nn.Module`` has them; ``bias`` is None without one."""

    weight: str
    bias: str | None


def layers_of(task: Task, weights: Mapping[str, Any], engine: str) -> list[Layer]:
    """The layers from the first to the last; raises ``ConfigError`` for a model that is not made of linear layers."""
    count = sum(name.endswith(".weight") for name in weights)
    layers = [
        Layer(f"layers.{i}.weight", f"layers.{i}.bias" if f"layers.{i}.bias" in weights else None) for i in range(count)
    ]
    named = {name for layer in layers for name in (layer.weight, layer.bias) if name is not None}
    if named != set(weights):
        raise ConfigError(
            "engine", engine, f"module or lightning, because model={task.model.name} is not linear layers"
        )
    return layers


def activation_of(task: Task) -> str:
    """What stands between the layers."""
    return str(task.model.knobs.get("activation", "identity"))
