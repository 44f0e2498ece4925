"""The pages shade predictions as the head does, from the boundary between the classes and 1 alone."""

import numpy as np
import pytest

from backprop_lab.report.boundary import boundary_of
from backprop_lab.training.head import Binary


@pytest.mark.parametrize(("head", "expected"), [(Binary("logit"), 0.5), (Binary("margin"), 0.0)])
def test_the_colours_are_half_way_at_the_boundary_and_full_at_one(head: Binary, expected: float) -> None:
    boundary = boundary_of(head)
    assert boundary == expected
    predictions = np.linspace(0, 1, 101) if head.predicts_probabilities else np.linspace(-3, 3, 101)
    as_the_pages_do = np.clip((predictions - boundary) / (1 - boundary), -1, 1)
    np.testing.assert_allclose(2 * head.shade(predictions) - 1, as_the_pages_do, atol=1e-12)
    outputs = np.array([-1e-5, 1e-5])
    assert head.is_right(outputs, np.array([0.0, 1.0])).all()
    assert (np.sign(head.predictions(outputs) - boundary) == [-1, 1]).all()
