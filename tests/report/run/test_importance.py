"""Permutation importance, against that of scikit-learn with the same permutations."""

import numpy as np
import pytest
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression

from backprop_lab.options.table import Column, Meaning
from backprop_lab.report.run.importance import REPEATS, columns_of, drops, importance
from conftest import task_of
from report.films import film_of


def orders_of_scikit_learn(n: int, seed: int) -> list[np.ndarray]:
    """Those of ``permutation_importance(random_state=seed)``: it shuffles what it has shuffled before."""
    random = np.random.RandomState(np.random.RandomState(seed).randint(np.iinfo(np.int32).max + 1))
    shuffling, order, orders = np.arange(n), np.arange(n), []
    for _ in range(REPEATS):
        random.shuffle(shuffling)
        order = order[shuffling]
        orders.append(order)
    return orders


@pytest.mark.parametrize("model", [LinearRegression(), LogisticRegression()], ids=["values", "classes"])
def test_the_drops_are_those_of_scikit_learn(model: LinearRegression) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(80, 4))
    y = x @ [3.0, 1.0, 0.0, -2.0] + random.normal(size=80)
    y = y if isinstance(model, LinearRegression) else (y > 0).astype(float)
    model.fit(x, y)
    theirs = permutation_importance(model, x, y, n_repeats=REPEATS, random_state=7)
    ours = drops(lambda x: model.score(x, y), x, [[0], [1], [2], [3]], orders_of_scikit_learn(80, 7))
    np.testing.assert_allclose(ours, theirs.importances, rtol=1e-12, atol=1e-12)


def test_the_inputs_of_a_category_are_shuffled_together() -> None:
    """Each of the two says the other, so that shuffled apart they would be points that cannot be."""
    meaning = Meaning((Column("size"), Column("kind", ("flat", "house")), Column("age")), "price")
    assert columns_of(meaning) == [("size", [0]), ("kind", [1, 2]), ("age", [3])]
    seen: list[np.ndarray] = []

    def metric(x: np.ndarray) -> float:
        seen.append(x.copy())
        return float(x[:, 1].mean())

    kind = np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    x = np.column_stack([np.arange(5.0), kind, 1 - kind, np.arange(5.0)])
    drops(metric, x, [inputs for _, inputs in columns_of(meaning)], [np.array([4, 3, 2, 1, 0])])
    assert all((each[:, 1] + each[:, 2] == 1).all() for each in seen)
    assert (seen[2][:, 1] == kind[::-1]).all()
    assert (seen[2][:, [0, 3]] == x[:, [0, 3]]).all()


def test_of_a_network_it_is_that_of_scikit_learn_on_average() -> None:
    """Other permutations of the same 88 points: the means agree within their deviations."""
    task = task_of("dataset=diabetes", "optimizer.lr=0.01", "epochs=10")
    state = film_of(task, "kernel")[-1]
    found = importance(task, state)
    assert found is not None

    class Network:
        def fit(self, *_: object) -> "Network":
            return self

        def score(self, x: np.ndarray, y: np.ndarray) -> float:
            from sklearn.metrics import r2_score

            from backprop_lab.training.evaluation import predict

            return float(r2_score(y, predict(task, state, x)))

    theirs = permutation_importance(Network(), task.given.val.x, task.given.val.y, n_repeats=200, random_state=0)
    standard_error = np.hypot(theirs.importances_std, found.deviation) / np.sqrt(REPEATS)
    assert (np.abs(found.mean - theirs.importances_mean) < 4 * standard_error + 1e-4).all()
    assert found.metric == pytest.approx(Network().score(task.given.val.x, task.given.val.y), abs=1e-5)
    assert found.names == task.meaning.inputs


def test_two_inputs_have_none_because_the_picture_shows_it() -> None:
    task = task_of("dataset=moons", "dataset.n_samples=100", "epochs=1")
    assert importance(task, film_of(task)[-1]) is None
