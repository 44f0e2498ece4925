"""What stands between a network's outputs and the world: predictions, right or wrong, and the words for both.

Outputs and predictions are arrays or tensors of shape [..., n]; a head treats both alike.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from backprop_lab.options.arithmetic import Quantity, sigmoid
from backprop_lab.options.loss import Output


@dataclass(frozen=True)
class Head(ABC):
    """``output`` says what the outputs mean: a logit, a margin or a value."""

    output: Output

    task_type: ClassVar[str]
    outputs: ClassVar[int] = 1
    """How many a network gives for each point."""
    metric: ClassVar[str]
    """What stands beside the loss: ``val_acc`` or ``val_r2`` in rows and receipts."""
    metric_label: ClassVar[str]
    picture: ClassVar[str]
    """The name of the file that shows the predictions."""
    features_drawn: ClassVar[int]
    """With so many inputs the predictions can be drawn."""
    is_classification: ClassVar[bool]

    @property
    def symbol(self) -> str:
        """What an output is called."""
        return "f" if self.output == "value" else "z"

    @property
    def predicts_probabilities(self) -> bool:
        return self.output == "logit"

    def predictions(self, outputs: Quantity) -> Quantity:
        """Probabilities of class 1; a margin or a value stays what it is."""
        if not self.predicts_probabilities:
            return outputs
        return sigmoid(outputs)

    def shade(self, predictions: Quantity) -> Quantity:
        """Predictions as numbers from 0 to 1, as pictures show them; a margin reaches both ends at -1 and 1."""
        return predictions if self.predicts_probabilities else (predictions.clip(-1.0, 1.0) + 1.0) / 2.0

    @property
    def shade_label(self) -> str:
        """What a shade is, in words."""
        return self.prediction_label if self.predicts_probabilities else f"{self.prediction_label}, from −1 to 1"

    @property
    @abstractmethod
    def prediction_label(self) -> str:
        """What a prediction is, in words."""

    @abstractmethod
    def metric_of(self, outputs: Any, targets: Any) -> Any:
        """The metric of tensors, over the last axis, in float64."""

    @abstractmethod
    def target(self, y: float) -> str:
        """A target in words."""


class Binary(Head):
    """Two classes, told apart by the sign of one output."""

    task_type = "binary"
    metric, metric_label = "acc", "accuracy"
    picture = "decision_boundary"
    features_drawn = 2
    is_classification = True

    @property
    def prediction_label(self) -> str:
        return "probability of class 1" if self.predicts_probabilities else "margin"

    def is_right(self, outputs: Quantity, targets: Quantity) -> Quantity:
        """By the sign of the output: a probability would be rounded."""
        return (outputs > 0) == (targets > 0.5)

    def metric_of(self, outputs: Any, targets: Any) -> Any:
        """The share of right classes."""
        return self.is_right(outputs, targets).double().mean(-1)

    def target(self, y: float) -> str:
        return f"class {y:g}"


class Regression(Head):
    """A value."""

    task_type = "regression"
    metric, metric_label = "r2", "R²"
    picture = "fit"
    features_drawn = 1
    is_classification = False

    @property
    def prediction_label(self) -> str:
        return "value"

    def metric_of(self, outputs: Any, targets: Any) -> Any:
        """R^2, 1 - sum (y - f)^2 / sum (y - mean y)^2.

        Targets that are all equal leave it undefined; it is then 1 for exact answers and 0 otherwise, as scikit-learn
        has it.
        """
        import torch  # the border has no need of it

        targets, outputs = targets.double(), outputs.double()
        residual = (targets - outputs).square().sum(-1)
        spread = (targets - targets.mean(-1, keepdim=True)).square().sum(-1)
        are_equal = (targets == targets[..., :1]).all(-1)  # their mean is rounded, so they may differ from it
        return torch.where(are_equal, (residual == 0).double(), 1.0 - residual / spread)

    def target(self, y: float) -> str:
        return f"y = {y:g}"


HEADS: Sequence[type[Head]] = (Binary, Regression)
METRIC_LABELS = {head.metric: head.metric_label for head in HEADS}


def head_of(task_type: str, output: Output) -> Head:
    """The head of a type of task whose loss takes such outputs."""
    return next(head for head in HEADS if head.task_type == task_type)(output)
