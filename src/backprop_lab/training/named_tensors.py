"""The tensors of a network in a State, by name: the trained weights, and the buffers.

``state_dict()`` lists a tied weight under each of its names, and does not distinguish frozen weights from trained ones.
"""

from torch import Tensor, nn


def weights_of(network: nn.Module) -> dict[str, nn.Parameter]:
    """The trained parameters; a tied one appears once."""
    return {name: parameter for name, parameter in network.named_parameters() if parameter.requires_grad}


def buffers_of(network: nn.Module) -> dict[str, Tensor]:
    """Everything else that is saved: frozen parameters and persistent buffers."""
    frozen = {name: parameter.detach() for name, parameter in network.named_parameters() if not parameter.requires_grad}
    if next(network.buffers(), None) is None:  # the usual case; state_dict() takes longer than a small epoch
        return frozen
    saved = network.state_dict()
    return frozen | {name: buffer for name, buffer in network.named_buffers() if name in saved}
