"""A sequential network as a list of layers, for the rungs and pictures that compute layers themselves.

Only a model with ``chain`` is treated this way; weight names alone prove nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

from backprop_lab.config.errors import ConfigError
from backprop_lab.config.types import Choice
from backprop_lab.options import discovery
from backprop_lab.options import model as models
from backprop_lab.training.task import Task


@dataclass(frozen=True)
class Layer:
    """``weight`` and ``bias`` are the layer's parameter names in the ``nn.Module``; ``bias`` is None if it has none."""

    weight: str
    bias: str | None
    inputs: int
    units: int
    activation: str
    dropout: float

    @property
    def option(self) -> ModuleType:
        """The activation's module."""
        return discovery.module("activation", self.activation)


def described(model: Choice, in_features: int, outputs: int) -> list[models.Layer] | None:
    """The layers of a model, checked; None for a model that is not sequential."""
    chain = getattr(model.option, "chain", None)
    if chain is None:
        return None
    layers: list[models.Layer] = chain(in_features, outputs, **model.own_knobs)
    _check(model, layers, in_features, outputs)
    return layers


def _check(model: Choice, layers: Sequence[models.Layer], in_features: int, outputs: int) -> None:
    """Refuse layers whose widths do not match, or whose last layer has an activation or dropout."""
    widths = [in_features, *(layer.units for layer in layers)]
    fit = all(layer.inputs == width for layer, width in zip(layers, widths, strict=False)) and widths[-1] == outputs
    if not layers or not fit:
        given = [[layer.inputs, layer.units] for layer in layers]
        allowed = f"layers of matching widths, from {in_features} to {outputs}"
        raise ConfigError(f"model={model.name}, inputs and units of chain()", given, allowed)
    last = layers[-1]
    if last.dropout or not hasattr(discovery.module("activation", last.activation), "IS_LINEAR"):
        key, has = f"model={model.name}, last layer of chain()", f"{last.activation} and dropout {last.dropout:g}"
        raise ConfigError(key, has, "neither activation nor dropout")


def layers_of(task: Task) -> list[Layer] | None:
    """The layers from first to last; None for a model that is not sequential."""
    layers = described(task.model, task.in_features, task.head.outputs)
    if layers is None:
        return None
    return [
        Layer(
            f"layers.{i}.weight",
            f"layers.{i}.bias" if layer.has_bias else None,
            layer.inputs,
            layer.units,
            layer.activation,
            layer.dropout,
        )
        for i, layer in enumerate(layers)
    ]


def dropout_places(layers: Sequence[Layer | models.Layer]) -> list[tuple[float, tuple[int, ...]]]:
    """Dropout fraction and shape of each layer with dropout, in order."""
    return [(layer.dropout, (layer.units,)) for layer in layers if layer.dropout]
