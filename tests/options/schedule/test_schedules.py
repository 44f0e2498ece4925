"""Every schedule, against torch's scheduler of the same name."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    LRScheduler,
    OneCycleLR,
    SequentialLR,
    StepLR,
)

from backprop_lab.options import discovery
from backprop_lab.options.discovery import names
from backprop_lab.training.schedule import factor_of
from conftest import chosen

PER_EPOCH, LR = 7, 0.3
Optimizer = torch.optim.Optimizer
Scheduler = Callable[[Optimizer, int], LRScheduler]


def one_cycle(rise: float, start: float, floor: float) -> Scheduler:
    return lambda o, epochs: OneCycleLR(
        o, LR, epochs * PER_EPOCH, pct_start=rise, div_factor=1 / start, final_div_factor=start / floor,
        cycle_momentum=False,
    )  # fmt: skip


def warmup(o: Optimizer, epochs: int, floor: float) -> LRScheduler:
    """A step of each epoch rises, as with rise=1/7."""
    rises = LinearLR(o, 1 / epochs, 1.0, epochs - 1) if epochs > 1 else ConstantLR(o, 1.0)
    falls = CosineAnnealingLR(o, epochs * (PER_EPOCH - 1), eta_min=floor * LR)
    return SequentialLR(o, [rises, falls], [epochs])


CASES: dict[str, tuple[str, dict[str, Any], Scheduler]] = {
    "cosine": ("cosine", {"floor": 0.0}, lambda o, epochs: CosineAnnealingLR(o, epochs * PER_EPOCH)),
    "cosine to a tenth": (
        "cosine", {"floor": 0.1}, lambda o, epochs: CosineAnnealingLR(o, epochs * PER_EPOCH, eta_min=0.1 * LR),
    ),
    "step": ("step", {"every_n_epochs": 2, "gamma": 0.5}, lambda o, epochs: StepLR(o, 2 * PER_EPOCH, 0.5)),
    "step each epoch": ("step", {"every_n_epochs": 1, "gamma": 0.9}, lambda o, epochs: StepLR(o, PER_EPOCH, 0.9)),
    "exponential": ("exponential", {"gamma": 0.9}, lambda o, epochs: ExponentialLR(o, 0.9 ** (1 / PER_EPOCH))),
    "one_cycle": ("one_cycle", {"rise": 0.3, "start": 0.04, "floor": 4e-6}, one_cycle(0.3, 0.04, 4e-6)),
    "one_cycle, soon": ("one_cycle", {"rise": 0.1, "start": 0.5, "floor": 0.1}, one_cycle(0.1, 0.5, 0.1)),
    "warmup": ("warmup", {"rise": 1 / PER_EPOCH, "floor": 1.0}, lambda o, epochs: warmup(o, epochs, 1.0)),
    "warmup and cosine": ("warmup", {"rise": 1 / PER_EPOCH, "floor": 0.1}, lambda o, epochs: warmup(o, epochs, 0.1)),
    "step beyond the end": ("step", {"every_n_epochs": 99, "gamma": 0.1}, lambda o, epochs: StepLR(o, 10**6, 0.1)),
}  # fmt: skip


def test_every_schedule_has_a_reference_here() -> None:
    assert {name for name, _, _ in CASES.values()} | {"constant"} == {*names("schedule")}
    assert not hasattr(discovery.module("schedule", "constant"), "factor")
    assert factor_of(chosen("schedule", "constant", epochs=5), PER_EPOCH) is None


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")
@pytest.mark.parametrize("epochs", [1, 5, 6])
@pytest.mark.parametrize("case", CASES)
def test_the_rate_of_each_step_is_torchs(case: str, epochs: int) -> None:
    name, knobs, scheduler = CASES[case]
    factor = factor_of(chosen("schedule", name, epochs=epochs, **knobs), PER_EPOCH)
    assert factor is not None
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=LR)
    theirs = scheduler(optimizer, epochs)
    for step in range(1, epochs * PER_EPOCH + 1):
        assert LR * factor(step) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9, abs=1e-12), step
        theirs.step()


@pytest.mark.parametrize("case", CASES)
def test_it_rises_at_most_to_the_whole_rate_then_falls_and_holds_behind_its_horizon(case: str) -> None:
    name, knobs, _ = CASES[case]
    factor = factor_of(chosen("schedule", name, epochs=5, **knobs), PER_EPOCH)
    assert factor is not None
    factors = [factor(step) for step in range(1, 5 * PER_EPOCH + 1)]
    top = factors.index(max(factors))
    assert top == 0 or name in ("one_cycle", "warmup")
    assert 0.8 < factors[top] <= 1
    assert factors[: top + 1] == sorted(factors[: top + 1])
    assert factors[top:] == sorted(factors[top:], reverse=True)
    assert factors[-1] > 0
    assert {factor(5 * PER_EPOCH + beyond) for beyond in (1, 2, 1000)} == {factors[-1]}
    assert all(type(number) is float for number in factors)
