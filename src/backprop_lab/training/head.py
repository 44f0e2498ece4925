"""Interprets a network's outputs: predictions, metrics, and their names.

Outputs and predictions are arrays or tensors of shape [..., n], or with an output for each of k classes [..., n, k]; a
head accepts both.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from backprop_lab.options.arithmetic import Quantity, exp, largest, sigmoid
from backprop_lab.options.class_form import own_and_rival
from backprop_lab.options.loss import Output

if TYPE_CHECKING:
    import numpy as np

    from backprop_lab.training.scores import Scores

UNDECIDED = 1e-6
"""An output of two classes that is no further from 0 is right for nobody, because rounding would decide. Nor are the
outputs of several classes of which the two largest are no further apart."""


class Units(NamedTuple):
    """What an output of 0 is in the units of the targets, and how many of them one more is."""

    zero: float = 0.0
    one: float = 1.0


SAME = Units()


@dataclass(frozen=True)
class Head(ABC):
    """``output`` says what the outputs mean: a logit, a margin or a value; ``outputs`` how many a point has."""

    output: Output
    outputs: int = 1
    undecided: float = UNDECIDED
    units: Units = SAME

    task_type: ClassVar[str]
    metric: ClassVar[str]
    """The metric besides the loss: ``val_acc`` or ``val_r2`` in rows and receipts."""
    metric_label: ClassVar[str]
    picture: ClassVar[str]
    """The name of the figure of the predictions."""
    is_classification: ClassVar[bool]

    @property
    def symbol(self) -> str:
        """The symbol of an output."""
        return "f" if self.output == "value" else "z"

    @property
    def predicts_probabilities(self) -> bool:
        return self.output == "logit"

    def predictions(self, outputs: Quantity) -> Quantity:
        """Probabilities of class 1; margins unchanged; values in the units of the targets."""
        return sigmoid(outputs) if self.predicts_probabilities else outputs

    def shade(self, predictions: Quantity) -> Quantity:
        """Predictions scaled to [0, 1] for pictures; a margin is clipped to [-1, 1]."""
        return predictions if self.predicts_probabilities else (predictions.clip(-1.0, 1.0) + 1.0) / 2.0

    @property
    def shade_label(self) -> str:
        """The label of a shade."""
        return self.prediction_label if self.predicts_probabilities else f"{self.prediction_label}, from −1 to 1"

    @property
    @abstractmethod
    def prediction_label(self) -> str:
        """The label of a prediction."""

    @abstractmethod
    def metric_of(self, outputs: Any, targets: Any) -> Any:
        """The metric of tensors, over the last axis, in float64."""

    @abstractmethod
    def sum_of(self, outputs: "np.ndarray", targets: "np.ndarray") -> "np.ndarray":
        """The sum over points from which ``metric_from`` makes the metric, of arrays [n], in float64."""

    @abstractmethod
    def metric_from(self, sums: "np.ndarray", targets: "np.ndarray") -> "np.ndarray":
        """The metric from sums over the points with these ``targets`` [n]: of right answers, or squared residuals."""

    @abstractmethod
    def scores(self, outputs: "np.ndarray", targets: "np.ndarray") -> "Scores":
        """What is said of the outputs of points beside loss and metric."""


class Classifier(Head):
    """What heads of classes have in common."""

    metric, metric_label = "acc", "accuracy"
    picture = "decision_boundary"
    is_classification = True

    @abstractmethod
    def is_right(self, outputs: Quantity, targets: Quantity) -> Quantity:
        """Whether the answer is the point's class. Undecided ones are wrong."""

    @abstractmethod
    def is_undecided(self, outputs: Quantity) -> Quantity:
        """Whether rounding would decide; never for folders of earlier formats."""

    @property
    @abstractmethod
    def classes(self) -> int:
        """The number of classes."""

    @abstractmethod
    def answers(self, outputs: "np.ndarray") -> "np.ndarray":
        """The number of the class that each point is taken for, int [n]; ``scores.UNKNOWN`` where undecided."""

    def scores(self, outputs: "np.ndarray", targets: "np.ndarray") -> "Scores":
        """Those of each class and their confusion matrix; ``f1``, the mean over the classes; of two classes the
        ``roc_auc``."""
        import numpy as np

        from backprop_lab.training import scores

        confusion = scores.confusion_matrix(targets, self.answers(outputs), self.classes)
        of_each = scores.of_classes(confusion, np.bincount(targets.astype(int), minlength=self.classes))
        numbers = {"f1": scores.macro_f1(of_each)}
        if outputs.ndim == 1:
            numbers["roc_auc"] = scores.roc_auc(targets, outputs)
        return scores.Scores(numbers, of_each, confusion.tolist())

    def metric_of(self, outputs: Any, targets: Any) -> Any:
        """The accuracy."""
        return self.is_right(outputs, targets).double().mean(-1)

    def sum_of(self, outputs: "np.ndarray", targets: "np.ndarray") -> "np.ndarray":
        return self.is_right(outputs, targets).sum(dtype=float)

    def metric_from(self, sums: "np.ndarray", targets: "np.ndarray") -> "np.ndarray":
        return sums / len(targets)


class Binary(Classifier):
    """Two classes, distinguished by the sign of one output."""

    task_type = "binary"
    classes = 2

    @property
    def prediction_label(self) -> str:
        return "probability of class 1" if self.predicts_probabilities else "margin"

    def is_right(self, outputs: Quantity, targets: Quantity) -> Quantity:
        """By the sign of the output, because a probability may be rounded to one half."""
        is_one = targets > 0.5
        if self.undecided == 0:  # as earlier versions counted, for which 0 was class 0
            return (outputs > 0) == is_one
        return ((outputs > self.undecided) & is_one) | ((outputs < -self.undecided) & ~is_one)

    def is_undecided(self, outputs: Quantity) -> Quantity:
        return (abs(outputs) <= self.undecided) & (self.undecided > 0)

    def answers(self, outputs: "np.ndarray") -> "np.ndarray":
        import numpy as np

        is_zero = outputs < -self.undecided if self.undecided else outputs <= 0
        answers: np.ndarray = 2 * (outputs > self.undecided) + is_zero - 1
        return answers


class Multiclass(Classifier):
    """Several classes, each with an output; the largest one is the answer."""

    task_type = "multiclass"

    def predictions(self, outputs: Quantity) -> Quantity:
        """The probabilities of the classes, the softmax of logits; margins unchanged."""
        if not self.predicts_probabilities:
            return outputs
        parts = exp(outputs - largest(outputs)[..., None])
        return parts / parts.sum(-1)[..., None]

    def shade(self, predictions: Quantity) -> Quantity:
        """How far the prediction of each class is ahead of the largest other one, [..., k]: 0.5 if they are equal, and
        1 if it is ahead by 1 or more."""
        import numpy as np

        in_order = np.sort(predictions, axis=-1)
        best, second = in_order[..., -1:], in_order[..., -2:-1]
        ahead = predictions - np.where(predictions == best, second, best)
        return (ahead.clip(-1.0, 1.0) + 1.0) / 2.0

    @property
    def prediction_label(self) -> str:
        return "probability of each class" if self.predicts_probabilities else "margin of each class"

    @property
    def shade_label(self) -> str:
        what = "probability" if self.predicts_probabilities else "margin"
        return f"colour: the largest {what}, pale where two are close"

    def is_right(self, outputs: Quantity, targets: Quantity) -> Quantity:
        _, own, rival = own_and_rival(outputs, targets)
        return own - rival > self.undecided

    def is_undecided(self, outputs: Quantity) -> Quantity:
        _, own, rival = own_and_rival(outputs, outputs.argmax(-1))
        return own - rival <= self.undecided

    @property
    def classes(self) -> int:
        return self.outputs

    def answers(self, outputs: "np.ndarray") -> "np.ndarray":
        import numpy as np

        from backprop_lab.training.scores import UNKNOWN

        first = outputs.argmax(-1)
        _, own, rival = own_and_rival(outputs, first)
        return np.where(own - rival > self.undecided, first, UNKNOWN)


class Regression(Head):
    """Real-valued targets."""

    task_type = "regression"
    metric, metric_label = "r2", "R²"
    picture = "fit"
    is_classification = False

    def predictions(self, outputs: Quantity) -> Quantity:
        return outputs if self.units == SAME else outputs * self.units.one + self.units.zero

    @property
    def prediction_label(self) -> str:
        return "value"

    def metric_of(self, outputs: Any, targets: Any) -> Any:
        """R^2, 1 - sum (y - f)^2 / sum (y - mean y)^2.

        For constant targets it is undefined; as in scikit-learn it is then 1 for exact predictions and 0 otherwise.
        """
        import torch  # not needed to check a configuration

        targets, outputs = targets.double(), outputs.double()
        residual = (targets - outputs).square().sum(-1)
        spread = (targets - targets.mean(-1, keepdim=True)).square().sum(-1)
        are_equal = (targets == targets[..., :1]).all(-1)  # do not compare with the mean, which is rounded
        return torch.where(are_equal, (residual == 0).double(), 1.0 - residual / spread)

    def sum_of(self, outputs: "np.ndarray", targets: "np.ndarray") -> "np.ndarray":
        residuals = targets.astype(float) - outputs.astype(float)
        return (residuals * residuals).sum()

    def metric_from(self, sums: "np.ndarray", targets: "np.ndarray") -> "np.ndarray":
        if (targets == targets[0]).all():
            return (sums == 0) * 1.0
        away = targets.astype(float) - targets.astype(float).mean()
        return 1.0 - sums / (away * away).sum()

    def scores(self, outputs: "np.ndarray", targets: "np.ndarray") -> "Scores":
        """``mae``, in the units of the file that the targets are from."""
        from backprop_lab.training import scores

        return scores.Scores({"mae": scores.mean_absolute_error(targets, outputs) * self.units.one})


HEADS: Sequence[type[Head]] = (Binary, Multiclass, Regression)
METRIC_LABELS = {head.metric: head.metric_label for head in HEADS}
SCORE_LABELS = {"f1": "macro F1", "roc_auc": "ROC-AUC", "log_loss": "log loss", "mae": "mean absolute error"}
"""What receipts and tables say beside the loss and the metric."""
LOWER_IS_BETTER = {"loss", "log_loss", "mae"}


def head_of(
    task_type: str, output: Output, outputs: int = 1, undecided: float = UNDECIDED, units: Units = SAME
) -> Head:
    """The head for a type of task, the kind of output that its loss expects, and the number of outputs."""
    return next(head for head in HEADS if head.task_type == task_type)(output, outputs, undecided, units)
