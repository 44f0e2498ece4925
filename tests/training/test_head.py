"""What stands between outputs and the world."""

import numpy as np
import pytest
import torch

from backprop_lab.options.dataset import TASKS
from backprop_lab.training.head import HEADS, Multiclass, head_of


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


@pytest.mark.parametrize("make", [np.array, torch.tensor], ids=["arrays", "tensors"])
def test_of_several_classes_the_largest_output_is_the_answer_unless_rounding_would_decide(make: type) -> None:
    head = head_of("multiclass", "logit", 3)
    assert isinstance(head, Multiclass)
    outputs = make([[2.0, 1.0, 0.0], [0.0, 3.0, 2.9], [1.0, 1.0, 0.5], [0.0, 1e-7, -1.0], [-5.0, -4.0, -3.0]])
    targets = make([0.0, 2.0, 0.0, 1.0, 2.0])
    assert head.is_right(outputs, targets).tolist() == [True, False, False, False, True]
    assert head.is_undecided(outputs).tolist() == [False, False, True, True, False]
    expected = torch.softmax(torch.as_tensor(outputs), dim=-1).tolist()
    np.testing.assert_allclose(np.asarray(head.predictions(outputs)), expected, rtol=1e-6)
    assert np.isfinite(np.asarray(head.predictions(make([[1e4, -1e4, 0.0]])))).all()


def test_the_accuracy_of_several_classes_is_that_of_each_member_of_a_batch() -> None:
    head = head_of("multiclass", "logit", 3)
    outputs, targets = torch.eye(3).repeat(2, 1, 1), torch.tensor([[0.0, 1.0, 2.0], [0.0, 0.0, 0.0]])
    assert head.metric_of(outputs, targets).tolist() == pytest.approx([1.0, 1 / 3])
    sums = head.sum_of(outputs[1].numpy(), targets[1].numpy())
    assert head.metric_from(sums, targets[1].numpy()) == pytest.approx(1 / 3)


def test_the_shade_of_a_class_is_above_one_half_where_it_is_ahead() -> None:
    head = head_of("multiclass", "logit", 3)
    shades = head.shade(np.array([[0.7, 0.2, 0.1], [0.4, 0.4, 0.2], [0.0, 0.0, 1.0]]))
    np.testing.assert_allclose(shades, [[0.75, 0.25, 0.2], [0.5, 0.5, 0.4], [0.0, 0.0, 1.0]])


def test_its_words_are_those_of_what_it_predicts() -> None:
    logit, margin, value = head_of("binary", "logit"), head_of("binary", "margin"), head_of("regression", "value")
    assert [head.prediction_label for head in (logit, margin, value)] == ["probability of class 1", "margin", "value"]
    assert [head.symbol for head in (logit, margin, value)] == ["z", "z", "f"]
    assert [head.predicts_probabilities for head in (logit, margin, value)] == [True, False, False]
