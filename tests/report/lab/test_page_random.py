"""The random numbers of the pages are NumPy's."""

import numpy as np
import pytest

from backprop_lab.training.randomness import generator
from report.javascript import evaluated

SEEDS = (0, 1, 2**32 - 1)


def drawn(seed: int, count: int, draw: str, before: str = "") -> list[float]:
    made: list[float] = evaluated(
        f"(() => {{ const random = new RandomGenerator({seed}, 'points'); {before};"
        f" return Array.from({{ length: {count} }}, () => random.{draw}); }})()"
    )
    return made


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("epoch", [1, 50])
@pytest.mark.parametrize("n", [1, 2, 33, 4_000])
def test_orders_are_equal(seed: int, epoch: int, n: int) -> None:
    made = evaluated(f"Array.from(new RandomGenerator({seed}, 'order', {epoch}).permutation({n}))")
    assert made == generator(seed, "order", epoch).permutation(n).tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_uniform_numbers_are_equal_in_every_bit(seed: int) -> None:
    expected = generator(seed, "points").uniform(-0.3, 1.7, 1_000)
    assert drawn(seed, 1_000, "uniform(-0.3, 1.7)") == expected.tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_normal_numbers_are_as_close_as_two_libraries_logarithms(seed: int) -> None:
    """So many that the tail beyond the last layer is among them."""
    expected = generator(seed, "points").standard_normal(20_000)
    assert np.abs(expected).max() > 3.6541528853610088
    assert np.abs(np.array(drawn(seed, 20_000, "normal()")) - expected).max() < 1e-13


@pytest.mark.parametrize("count", [1, 2, 3, 19])
def test_whole_numbers_are_equal_after_half_a_step_was_drawn(count: int) -> None:
    random = generator(7, "points")
    random.permutation(2)
    expected = random.integers(0, count, 500).tolist()
    assert drawn(7, 500, f"below({count})", before="random.permutation(2)") == expected


def test_a_half_that_is_left_over_waits_while_whole_steps_are_drawn() -> None:
    random = generator(3, "points")
    expected = [random.permutation(4).tolist(), random.random(), random.permutation(6).tolist()]
    made = evaluated(
        "((random) => [Array.from(random.permutation(4)), random.double(), Array.from(random.permutation(6))])"
        "(new RandomGenerator(3, 'points'))"
    )
    assert made == expected
