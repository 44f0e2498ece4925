"""An MLP that uses its middle layer twice."""

from backprop_lab.options.rules import whole

KNOBS = {"width": whole("units", 1, 512)}


def build(in_features, outputs, *, width):
    import torch
    from torch import nn

    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.both, self.last = (
                nn.Linear(in_features, width),
                nn.Linear(width, width),
                nn.Linear(width, outputs),
            )

        def forward(self, x):
            h = torch.tanh(self.first(x))
            h = torch.tanh(self.both(h))
            h = torch.tanh(self.both(h))
            return self.last(h).squeeze(-1)

    return Shared()
