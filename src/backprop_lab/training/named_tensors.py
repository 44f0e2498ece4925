"""The tensors of a network in a State, by name: the trained weights, and the buffers.

``state_dict()`` lists a tied weight under each of its names, and does not distinguish frozen weights from trained ones.
"""

from torch import Tensor, nn


def weights_of(network: nn.Module) -> dict[str, nn.Parameter]:
    """The trained parameters; a tied one appears once."""
    return {name: parameter for name, parameter in network.named_parameters() if parameter.requires_grad}


def buffers_of(network: nn.Module) -> dict[str, Tensor]:
    """All else that is saved: frozen parameters, and the buffers that the module calls persistent."""
    return weights_and_buffers(network)[1]


def weights_and_buffers(network: nn.Module) -> tuple[dict[str, nn.Parameter], dict[str, Tensor]]:
    """Both, for the end of each epoch: to walk through the parameters once takes a small epoch's twentieth."""
    parameters = dict(network.named_parameters())
    weights = {name: parameter for name, parameter in parameters.items() if parameter.requires_grad}
    frozen = {name: parameter.detach() for name, parameter in parameters.items() if not parameter.requires_grad}
    if next(network.buffers(), None) is None:  # as for most; state_dict() takes longer than a small epoch
        return weights, frozen
    saved = network.state_dict()
    return weights, frozen | {name: buffer for name, buffer in network.named_buffers() if name in saved}
