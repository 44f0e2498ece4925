"""What a straight line can do, against a search over many lines and a linear program."""

import numpy as np
import pytest

from backprop_lab.report.run.separable import is_separable, most_right

XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def by_trying(x: np.ndarray, y: np.ndarray) -> int:
    """The most right answers of any of many lines."""
    angles = np.linspace(0, 2 * np.pi, 721)[:-1] + 0.001
    along = x @ np.stack([np.cos(angles), np.sin(angles)])
    order = np.sort(along, axis=0)
    cuts = np.concatenate([order[:1] - 1, (order[1:] + order[:-1]) / 2])
    answers = along[None] > cuts[:, None]
    return int((answers == (y[None, :, None] > 0.5)).sum(axis=1).max())


@pytest.mark.parametrize("labels", range(16))
def test_of_four_corners_a_line_gets_all_but_xor(labels: int) -> None:
    y = np.array([labels >> bit & 1 for bit in range(4)], dtype=float)
    is_xor = labels in (0b0110, 0b1001)
    assert most_right(XOR, y) == (3 if is_xor else 4)
    assert is_separable(XOR, y) == (not is_xor)


@pytest.mark.parametrize("seed", range(20))
def test_the_most_right_is_what_trying_many_lines_finds(seed: int) -> None:
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(7, 2)), random.integers(0, 2, 7).astype(float)
    assert most_right(x, y) == by_trying(x, y)
    assert is_separable(x, y) == (most_right(x, y) == 7)


@pytest.mark.parametrize("seed", range(20))
def test_separable_is_what_a_linear_program_finds_so(seed: int) -> None:
    """A line with y (w x + b) >= 1 for all points exists or not. Half of the cases have one label turned."""
    optimize = pytest.importorskip("scipy.optimize")
    random = np.random.default_rng(seed)
    x = random.uniform(-1, 1, (200, 2)) if seed % 4 < 2 else random.integers(0, 6, (30, 2)).astype(float)
    y = (x @ random.normal(size=2) > random.normal()).astype(float)
    if seed % 2:
        turned = random.integers(len(y))
        y[turned] = 1 - y[turned]
    rows = -(2 * y - 1)[:, None] * np.column_stack([x, np.ones(len(x))])
    program = optimize.linprog(np.zeros(3), A_ub=rows, b_ub=-np.ones(len(x)), bounds=(None, None))
    assert is_separable(x, y) == (program.status == 0)


def test_unusual_points() -> None:
    same = np.zeros((3, 2))
    assert most_right(same, np.array([0.0, 1.0, 1.0])) == 2
    assert not is_separable(same, np.array([0.0, 1.0, 1.0]))
    assert is_separable(same, np.ones(3))
    in_a_row = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]])
    assert is_separable(in_a_row, np.array([0.0, 0.0, 1.0]))
    assert not is_separable(in_a_row, np.array([0.0, 1.0, 0.0]))
    assert is_separable(XOR[:1], np.array([1.0]))
