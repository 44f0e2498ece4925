"""Cross-entropy of k classes: -ln p of a point's class, where the probabilities p are the softmax of the outputs.

With the largest output z_max subtracted from all before exp, which changes no p, the loss of a point of class c is
ln(sum exp(z_j - z_max)) + z_max - z_c, and nothing overflows.
"""

from collections.abc import Callable, Sequence

from backprop_lab.options.arithmetic import Quantity, below, exp, log1p
from backprop_lab.options.class_form import ClassForm
from backprop_lab.options.loss import entropy

ALSO_CALLED = ("softmax", "CrossEntropyLoss", "categorical_crossentropy", "sparse_categorical_crossentropy", "nll")
DEFAULT_OF = ("multiclass",)


def part(z: Quantity, is_own: Quantity, own: Quantity, rival: Quantity) -> Quantity:
    return exp(z - below(own, rival, rival, own))


def loss(total: Quantity, own: Quantity, rival: Quantity) -> Quantity:
    """One of the parts is 1, that of the largest output."""
    return log1p(total - 1.0) + (below(own, rival, rival, own) - own)


def derivative(part: Quantity, total: Quantity, is_own: Quantity, own: Quantity, rival: Quantity) -> Quantity:
    return part / total - is_own


def guess_by_shares(shares: Sequence[float]) -> float:
    """The loss of predicting the share of each class."""
    return entropy(*shares)


def on_torch() -> Callable:
    import torch
    import torch.nn.functional as F

    def cross_entropy(outputs: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
        return F.cross_entropy(outputs, targets.long())

    return cross_entropy


FORMS = {
    "multiclass": ClassForm(part, loss, derivative, "logit", guess_by_shares, on_torch, is_log_loss=True),
}
