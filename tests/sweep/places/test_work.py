"""A worker trains what can be trained, and every other job says in its receipt why it was not."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from backprop_lab.runs.run import Run
from backprop_lab.sweep.batch import blocks
from backprop_lab.sweep.places import work
from backprop_lab.sweep.places.apart import Apart
from backprop_lab.sweep.places.order import Assignment, Order
from backprop_lab.sweep.plan import Batch
from backprop_lab.training.split import Split, points_of
from backprop_lab.training.task import Task, build_task
from conftest import configured

SMALL = ("dataset.n_samples=100", "epochs=4")


def order_of(folder: Path, *seeds: int) -> Order:
    config = configured(*SMALL)
    jobs = {seed: Assignment(replace(config, seed=seed), [f"seed={seed}"]) for seed in seeds}
    return Order(folder, Batch("kernel", "cpu"), [[*seeds]], jobs)


@pytest.mark.parametrize("failure", [ValueError("no points today"), SystemExit(0)])
def test_a_job_whose_data_set_fails_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    def points(config: Any) -> Split:
        if config.seed == 1:
            raise failure
        return points_of(config)

    monkeypatch.setattr(work, "points_of", points)
    assert work.carry_out(order_of(tmp_path, 0, 1, 2), Apart(), lambda steps: None).problems == []
    runs = [Run(tmp_path / str(seed)) for seed in range(3)]
    assert [run.status for run in runs] == ["finished", "failed", "finished"]
    assert "no points today" in runs[1].summary["error"] or "sys.exit(0)" in runs[1].summary["error"]
    assert "Traceback" in runs[1].log_file.read_text()


def test_a_chunk_that_fails_says_so_of_each_of_its_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fit(*args: Any) -> Any:
        raise MemoryError("32 members are too many")

    monkeypatch.setattr(blocks, "fit", fit)
    work.carry_out(order_of(tmp_path, 0, 1), Apart(), lambda steps: None)
    for seed in (0, 1):
        assert Run(tmp_path / str(seed)).status == "failed"
        assert "MemoryError: 32 members are too many" in Run(tmp_path / str(seed)).summary["error"]


IRIS = ("dataset=iris", "epochs=2", "logger=none", "callbacks=[]", "report=false", "dataset.folds=3")


def test_jobs_of_a_table_share_its_points_and_have_the_tasks_they_would_have_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configured(*IRIS, "dataset.fold=0")
    configs = [
        replace(config, seed=0),
        replace(config, seed=1),
        configured(*IRIS, "dataset.fold=1"),
        replace(config, seed=2),
    ]
    jobs = {i: Assignment(one, []) for i, one in enumerate(configs)}
    trained: list[list[Task]] = []
    fit = blocks.fit

    def seen(tasks: list[Task], *others: Any) -> Any:
        trained.append(tasks)
        return fit(tasks, *others)

    monkeypatch.setattr(blocks, "fit", seen)
    assert (
        work.carry_out(Order(tmp_path, Batch("kernel", "cpu"), [[*jobs]], jobs), Apart(), lambda steps: None).problems
        == []
    )
    tasks = {(task.seed, task.data_sha256): task for together in trained for task in together}
    assert len(tasks) == 4
    assert len({id(task.train.x) for task in tasks.values()}) == 2
    for one in configs:
        alone = build_task(one, *points_of(one))
        shared = tasks[one.seed, alone.data_sha256]
        assert (alone.train.x == shared.train.x).all()
        named = [field.name for field in fields(Task) if field.name not in ("train", "val", "given", "preparation")]
        assert [getattr(alone, name) for name in named] == [getattr(shared, name) for name in named]
