"""What stands between outputs and the world."""

import numpy as np
import pytest
import torch

from backprop_lab.options.dataset import TASKS
from backprop_lab.training.head import HEADS, head_of


def test_every_task_has_a_head() -> None:
    assert [head.task_type for head in HEADS] == [*TASKS]


@pytest.mark.parametrize("make", [np.array, torch.tensor], ids=["arrays", "tensors"])
def test_a_logit_is_shaded_by_its_probability_and_a_margin_between_minus_1_and_1(make: type) -> None:
    outputs = make([-3.0, -0.5, 0.0, 0.5, 3.0])
    of_logits, of_margins = head_of("binary", "logit"), head_of("binary", "margin")
    probabilities = of_logits.predictions(outputs)
    assert probabilities.tolist() == pytest.approx([1 / (1 + np.exp(-z)) for z in outputs.tolist()], rel=1e-6)
    assert of_logits.shade(probabilities).tolist() == probabilities.tolist()
    assert of_margins.predictions(outputs).tolist() == outputs.tolist()
    assert of_margins.shade(outputs).tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize("output", ["logit", "margin"])
def test_the_sign_of_an_output_decides_however_its_probability_is_rounded(output: str) -> None:
    outputs, targets = torch.tensor([1e-5, -1e-5, -2e-6, 1e-5]), torch.tensor([1.0, 0.0, 0.0, 0.0])
    head = head_of("binary", output)  # type: ignore[arg-type]
    assert head.metric_of(outputs, targets).item() == 0.75
    assert head.metric_of(torch.stack([outputs, -outputs]), torch.stack([targets, targets])).tolist() == [0.75, 0.25]


def test_its_words_are_those_of_what_it_predicts() -> None:
    logit, margin, value = head_of("binary", "logit"), head_of("binary", "margin"), head_of("regression", "value")
    assert [head.prediction_label for head in (logit, margin, value)] == ["probability of class 1", "margin", "value"]
    assert [head.symbol for head in (logit, margin, value)] == ["z", "z", "f"]
    assert [head.target(1.0) for head in (logit, value)] == ["class 1", "y = 1"]
    assert [head.predicts_probabilities for head in (logit, margin, value)] == [True, False, False]
