"""Cross-entropy of k classes: -ln p of a point's class, where the probabilities p are the softmax of the outputs.

With the largest output z_max subtracted from all before exp, which changes no p, the loss of a point of class c is
ln(sum exp(z_j - z_max)) + z_max - z_c, and nothing overflows.
"""

from collections.abc import Callable, Sequence

from backprop_lab.options.arithmetic import Quantity, below, exp, log1p
from backprop_lab.options.class_form import ClassForm
from backprop_lab.options.loss import Words, entropy
from backprop_lab.options.text import Line, number

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


def softmax(z: Sequence[float]) -> list[float]:
    parts = [exp(one - max(z)) for one in z]
    return [one / sum(parts) for one in parts]


def forward(z: Sequence[float], y: float, loss: float) -> list[Line]:
    own, p = int(y) + 1, softmax(z)
    lines = [(f"p{i} = exp(z{i}) / Σ exp(z), of class {i - 1}", number(one)) for i, one in enumerate(p, start=1)]
    return [*lines, (f"loss = −ln p{own}, because y is class {own - 1}", f"−ln({number(p[own - 1])}) = {number(loss)}")]


def derivatives(z: Sequence[float], y: float, slopes: Sequence[float]) -> list[Line]:
    own = int(y) + 1
    lines = [(f"∂loss/∂z{i} = p{i}", number(slope)) for i, slope in enumerate(slopes, start=1)]
    lines[own - 1] = (f"∂loss/∂z{own} = p{own} − 1", f"{number(softmax(z)[own - 1])} − 1 = {number(slopes[own - 1])}")
    return lines


FORMS = {
    "multiclass": ClassForm(
        part, loss, derivative, "logit", guess_by_shares, on_torch, Words(forward, derivatives),
        is_log_loss=True,
    ),
}  # fmt: skip
