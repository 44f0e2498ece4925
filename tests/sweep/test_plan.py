"""What is trained together: by shape, in chunks of a fixed size that a member more or less does not change."""

import pytest

from backprop_lab.engines.kernel import border
from backprop_lab.engines.kernel.lanes import LANES
from backprop_lab.sweep import plan as planning
from backprop_lab.sweep.plan import BLOCK, BYTES, KERNEL, OTHER_BITS, VMAP, Batch, Decided, plan
from conftest import configured


def planned(*jobs: list[str]) -> planning.Plan:
    return plan((number, configured(*job)) for number, job in enumerate(jobs))


def together(*jobs: list[str]) -> list[list[int]]:
    return [numbers for group in planned(*jobs).groups for numbers in group.chunks]


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
    assert [group.chunks for group in result.groups] == [[[1]]]


def many(count: int, *overrides: str) -> planning.Group:
    config = configured(*overrides)
    (group,) = plan((number, config) for number in range(count)).groups
    return group


def test_a_thousand_networks_are_cut_into_blocks_of_the_kernel() -> None:
    group = many(1000)
    assert group.jobs == list(range(1000))
    assert group.batch == Batch(KERNEL, "cpu")
    assert max(map(len, group.chunks)) == BLOCK == LANES


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        (["model=residual"], "model=residual is not built from layers in a row"),
        (["model.hidden=[256,256]"], "a layer of 256 x 256 is large"),
        (["model.hidden=[128,128]"], ""),
        (["model.hidden=[256,256]", "engine=kernel"], ""),
    ],
)
def test_other_networks_are_trained_by_vmap_and_it_is_said_why(overrides: list[str], why: str) -> None:
    (group,) = planned(overrides).groups
    assert group.why == why
    assert group.batch == Batch(VMAP if why else KERNEL, "cpu")


def test_without_numba_everything_is_trained_by_vmap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(border, "is_installed", lambda: False)
    (group,) = planned([]).groups
    assert (group.batch.engine, group.why) == (VMAP, "numba is not installed")


def test_a_sweep_that_is_completed_is_computed_as_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    config = configured()
    for before, engine, why in (
        (Decided(Batch(KERNEL, "cpu")), KERNEL, ""),
        (Decided(Batch(VMAP, "cpu")), VMAP, "as it began"),
        (Decided(Batch(VMAP, "cpu"), is_earlier=True), VMAP, f"an earlier version began the sweep; {OTHER_BITS}"),
    ):
        (group,) = plan([(0, config)], {0: before}).groups
        assert (group.batch.engine, group.why) == (engine, why)
    monkeypatch.setattr(border, "is_installed", lambda: False)
    (group,) = plan([(0, config)], {0: Decided(Batch(KERNEL, "cpu"))}).groups
    assert (group.batch.engine, group.why) == (VMAP, f"numba is not installed; {OTHER_BITS}")


def test_a_chunk_of_large_networks_has_fewer_members() -> None:
    small, large = (len(many(3000, *line).chunks[0]) for line in (["model=residual"], ["model.hidden=[300,300]"]))
    assert large < small
    parameters = 3 * 300 + 301 * 300 + 301
    assert large * parameters * 50 * 4 < BYTES  # its frames alone


def test_the_number_of_steps_is_that_of_the_task() -> None:
    from backprop_lab.training.split import points_of
    from backprop_lab.training.task import build_task

    for overrides in ([], ["dataset=xor"], ["dataset.n_samples=101", "dataset.batch_size=7", "epochs=3"]):
        config = configured(*overrides)
        task = build_task(config, *points_of(config))
        assert planning.steps_of(config) == task.epochs * task.steps_per_epoch
