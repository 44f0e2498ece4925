"""The checker of the exercises: what a student reads for each kind of mistake."""

import importlib
import math
import pkgutil
from typing import Any

import exercises
import numpy as np
import pytest
from exercises.checking import Exercise, diagnosis

TERMS = Exercise(lambda: {"da": 2.0, "db": -3.0})
MODULES = [importlib.import_module(f"exercises.{module.name}") for module in pkgutil.iter_modules(exercises.__path__)]
EXERCISES = [e for module in MODULES for e in vars(module).values() if isinstance(e, Exercise) and e.cases]
FUNCTION = Exercise(lambda x, y: {"dx": y, "dy": x}, cases=[(1.0, 1.0), (2.0, 3.0)])


def test_right_answers_are_right_by_name_and_in_order() -> None:
    assert TERMS.complaints({"da": 2, "db": -3}) == []
    assert TERMS.complaints((2, -3)) == []
    assert FUNCTION.complaints(lambda x, y: {"dx": y, "dy": x}) == []
    assert FUNCTION.complaints(lambda x, y: (y, x)) == []


def test_the_wrong_term_is_named_and_the_right_one_is_not() -> None:
    (said,) = TERMS.complaints({"da": 2, "db": 3})
    assert said == "db: 3 is wrong: the sign is turned round"


def test_a_function_that_is_wrong_somewhere_says_where() -> None:
    (said,) = FUNCTION.complaints(lambda x, y: (x, x))
    assert said.startswith("dx at 2, 3: 2 is wrong")


def test_matrices_that_an_answer_was_tried_at_are_named_by_their_shapes() -> None:
    sums = Exercise(lambda x: {"sum": x.sum()}, cases=[(np.eye(3),)])
    assert sums.complaints(lambda x: -x.sum()) == [
        "sum at arrays of shape (3, 3): -3 is wrong: the sign is turned round"
    ]


@pytest.mark.parametrize("answer", [..., None, {"da": ..., "db": ...}])
def test_what_is_not_answered_is_not_called_wrong(answer: Any) -> None:
    assert TERMS.complaints(answer) == ["not answered yet"]
    assert FUNCTION.complaints(lambda x, y: answer) == ["not answered yet"]


def test_an_answer_given_in_part_says_what_is_missing() -> None:
    assert TERMS.complaints({"da": 2, "db": ...}) == ["db: not answered yet"]


def test_an_answer_of_the_wrong_form_says_what_is_wanted() -> None:
    assert "2 terms are wanted, da, db" in TERMS.complaints(5)[0]
    assert "no such term" in TERMS.complaints({"da": 2, "db": -3, "dc": 1})[0]
    assert "a function is wanted" in FUNCTION.complaints(5)[0]
    assert "ZeroDivisionError" in FUNCTION.complaints(lambda x, y: 1 / 0)[0]


MATRIX = np.array([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    ("given", "wanted", "said"),
    [
        (4.0, 2.0, "2 times too large"),
        (0.5, 2.0, "4 times too small"),
        (-4.0, 2.0, "2 times too large, and the sign is turned round"),
        (0.0, 2.0, "zero, as if the result did not depend on it"),
        (MATRIX.T, MATRIX, "transposed"),
        (np.ones((2, 3)), np.ones((3, 2)), "shape (2, 3), wanted is (3, 2): transposed?"),
        (np.ones(3), np.ones(2), "shape (3,), wanted is (2,)"),
        ([1.0, 2.0, 9.0], [1.0, 2.0, 3.0], "at index 2"),
        (float("nan"), 2.0, "not a finite number"),
        ("many", 2.0, "a number is wanted"),
        (True, False, "True is not right"),
        (1, False, "1 is not right"),
        ("False", False, "True or False is wanted, and this is the text 'False'"),
        (2, True, "True or False is wanted, and this is 2"),
        (np.ones(2), True, "True or False is wanted"),
        ("2", 2.0, "a number is wanted, and this is the text '2'"),
        ((3, 5), (5, 3), "(3, 5) is wrong: transposed?"),
        ((3,), (5,), "(3,) is wrong"),
        (5, (5,), "a shape is wanted, such as (2, 3) or (4,), and this is 5"),
        (math.log10(7), math.log(7), "too small: log10 in place of log?"),
        (math.log2(7), math.log(7), "too large: log2 in place of log?"),
        (math.exp(3), math.exp(2), "too large: an exponent larger by 1?"),
    ],
)
def test_the_usual_mistakes_are_recognized(given: Any, wanted: Any, said: str) -> None:
    found = diagnosis(given, wanted, 1e-6)
    assert found is not None
    assert said in found


@pytest.mark.parametrize(("given", "said"), [(20.0, "5 times too large"), (0.8, "5 times too small")])
def test_a_factor_of_the_number_of_points_smells_of_the_mean(given: float, said: str) -> None:
    found = diagnosis(given, 4.0, 1e-6, points=5)
    assert found is not None
    assert said in found
    assert "mean" in found


@pytest.mark.parametrize(("given", "wanted"), [(64.0, 65.0), (2.6, 1.8), (5.0, 65.0), (0.52, 0.5), (40.0, 65.0)])
def test_no_other_factor_gives_the_answer_away(given: float, wanted: float) -> None:
    assert diagnosis(given, wanted, 1e-4) == f"{given:.6g} is wrong"


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_first_case_is_one_at_which_formulas_differ(exercise: Exercise) -> None:
    """No single number is 0, 1 or 2, and arrays have several rows."""
    for value in exercise.cases[0]:
        assert len(value) > 1 if isinstance(value, np.ndarray) else value not in (0, 1, 2)


def test_what_is_right_within_the_tolerance_is_right() -> None:
    for right, given in ((True, 1), (False, 0), (True, np.True_), ((5, 3), [5, 3])):
        assert diagnosis(given, right, 1e-4) is None
    assert diagnosis(2.00001, 2.0, 1e-4) is None
    assert diagnosis(True, True, 1e-4) is None
