from backprop_lab.training.head import Head


def boundary_of(head: Head) -> float:
    """The prediction of two classes at their boundary, where the output is 0: a picture has its middle colour there.

    Full colour is at a prediction of 1, and equally far below the boundary.
    """
    return float(head.predictions(0.0))
