from backprop_lab.training.head import Head


def boundary_of(head: Head) -> float:
    """The prediction between two classes, that of an output of 0: there a picture has its middle colour.

    It has its full colour at a prediction of 1, and as far below the boundary.
    """
    return float(head.predictions(0.0))
