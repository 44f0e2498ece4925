"""What a State holds of a network, by name: the weights that are trained, and the buffers that are not.

``state_dict()`` gives a tied weight once under each of its names, and does not tell a frozen weight from a trained one.
"""

from torch import Tensor, nn


def weights_of(network: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that are trained; a tied one once."""
    return {name: parameter for name, parameter in network.named_parameters() if parameter.requires_grad}


def buffers_of(network: nn.Module) -> dict[str, Tensor]:
    """All else that is saved: frozen parameters, and the buffers that the module calls persistent."""
    frozen = {name: parameter.detach() for name, parameter in network.named_parameters() if not parameter.requires_grad}
    if next(network.buffers(), None) is None:  # as for most; state_dict() takes longer than a small epoch
        return frozen
    saved = network.state_dict()
    return frozen | {name: buffer for name, buffer in network.named_buffers() if name in saved}
