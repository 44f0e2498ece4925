"""What is trained together: by shape, in chunks of a fixed size that a member more or less does not change."""

import itertools

import pytest

from backprop_lab.config.types import Config
from backprop_lab.sweep import plan as planning
from backprop_lab.sweep.plan import BYTES, Chunk, plan
from conftest import configured


def planned(*jobs: list[str], compiles: bool | None = False) -> planning.Plan:
    return plan({number: configured(*job) for number, job in enumerate(jobs)}, compiles)


def together(*jobs: list[str]) -> list[list[int]]:
    return [chunk.numbers for chunk in planned(*jobs).chunks]


@pytest.mark.parametrize(
    "varied",
    [
        ["seed=1"], ["dataset.noise=0.1"], ["dataset.radius=0.3"], ["dataset.shuffle=false"], ["model.init=zeros"],
        ["optimizer.lr=0.3"], ["optimizer.momentum=0.9"], ["optimizer.momentum=0.9", "optimizer.nesterov=true"],
        ["optimizer.weight_decay=0.1"], ["engine=module"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_is_an_entry_for_each_member_stays_together(varied: list[str]) -> None:
    assert together([], varied) == [[0, 1]]


@pytest.mark.parametrize(
    "varied",
    [
        ["dataset.n_samples=100"], ["dataset.batch_size=16"], ["model.hidden=4"], ["model.hidden=[8,8]"],
        ["model.activation=tanh"], ["model=single_layer"], ["optimizer=adam"], ["loss=mse"], ["epochs=3"],
        ["log_every_n_epochs=2"], ["precision=64"], ["callbacks.frames.count=5"], ["dataset.val_fraction=0.5"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_makes_another_program_is_another_group(varied: list[str]) -> None:
    assert together([], varied, []) == [[0, 2], [1]]


def test_other_engines_go_the_normal_way() -> None:
    result = planned(["engine=scalar"], [], ["engine=by_hand"], ["engine=scalar"])
    assert result.alone == {"scalar": [0, 3], "by_hand": [2]}
    assert [chunk.numbers for chunk in result.chunks] == [[1]]


def many(count: int, *overrides: str) -> list[Chunk]:
    config = configured(*overrides)
    return plan(dict.fromkeys(range(count), config), True).chunks


def test_one_more_member_does_not_make_another_program() -> None:
    sizes = {chunk.batch.members for count in (1, 10, 33, 100, 256, 257, 1000) for chunk in many(count)}
    assert len(sizes) == 1
    chunks = many(1000)
    assert sorted(itertools.chain(*(chunk.numbers for chunk in chunks))) == list(range(1000))
    assert max(len(chunk.numbers) for chunk in chunks) <= chunks[0].batch.members


def test_a_chunk_of_large_networks_has_fewer_members() -> None:
    small, large = many(300)[0].batch.members, many(300, "model.hidden=[256,256]")[0].batch.members
    assert large < small
    parameters = 3 * 256 + 257 * 256 + 257
    assert large * parameters * 50 * 4 < BYTES  # its frames alone


@pytest.mark.parametrize(("count", "epochs", "repays"), [(5, 1, False), (1000, 1, False), (1000, 50, True)])
def test_it_is_compiled_where_the_work_repays_that(
    monkeypatch: pytest.MonkeyPatch, count: int, epochs: int, repays: bool
) -> None:
    monkeypatch.setattr(planning, "compiler", lambda device: "g++")
    config: Config = configured(f"epochs={epochs}")
    assert {chunk.batch.compiled for chunk in plan(dict.fromkeys(range(count), config), None).chunks} == {repays}
    assert not any(chunk.batch.compiled for chunk in plan(dict.fromkeys(range(count), config), False).chunks)
    monkeypatch.setattr(planning, "compiler", lambda device: None)
    assert not any(chunk.batch.compiled for chunk in plan(dict.fromkeys(range(count), config), True).chunks)


def test_the_number_of_steps_is_that_of_the_task() -> None:
    from backprop_lab.training.points import points_of
    from backprop_lab.training.task import build_task

    for overrides in ([], ["dataset=xor"], ["dataset.n_samples=101", "dataset.batch_size=7", "epochs=3"]):
        config = configured(*overrides)
        task = build_task(config, *points_of(config))
        assert planning.steps_of(config) == task.epochs * task.steps_per_epoch
