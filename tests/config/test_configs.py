"""Many configurations that are checked once for what they have in common are those that ``check`` gives."""

from typing import Any

import pytest

from backprop_lab.config.check import check
from backprop_lab.config.configs import Configs
from backprop_lab.config.errors import ConfigError
from backprop_lab.notebook import compose

CIRCLE: dict[str, Any] = compose("dataset=circle")
MOONS: dict[str, Any] = compose("dataset=moons", "optimizer=adam", "dataset.noise=0")


def with_seed(composed: dict[str, Any], seed: Any) -> dict[str, Any]:
    return {**composed, "seed": seed}


def test_each_is_what_check_gives() -> None:
    composed = [with_seed(one, seed) for seed in (3, 0, 2**32 - 1) for one in (CIRCLE, MOONS)]
    configs = Configs(composed)
    assert len(configs) == 6
    assert len(configs.settings) == 2
    for one, config in zip(composed, configs, strict=True):
        assert config == check(one)
        assert list(config.plain) == list(check(one).plain), "the order of keys is that of the file"


def test_numbers_that_are_equal_but_of_another_type_are_another_setting() -> None:
    configs = Configs([CIRCLE, {**CIRCLE, "dataset": {**CIRCLE["dataset"], "noise": 0}}])
    assert len(configs.settings) == 2
    assert [type(config.dataset.noise) for config in configs] == [float, int]
    with pytest.raises(ConfigError, match=r"dataset\.shuffle: got 1"):
        configs.add({**CIRCLE, "dataset": {**CIRCLE["dataset"], "shuffle": 1}})


@pytest.mark.parametrize("seed", [-1, 2**32, 1.0, True, "3", None])
def test_a_wrong_seed_is_refused_though_the_setting_is_known(seed: Any) -> None:
    configs = Configs([CIRCLE])
    with pytest.raises(ConfigError) as alone:
        check(with_seed(CIRCLE, seed))
    with pytest.raises(ConfigError) as together:
        configs.add(with_seed(CIRCLE, seed))
    assert str(together.value) == str(alone.value)
    with pytest.raises(ConfigError, match="seed: got nothing"):
        configs.add({key: value for key, value in CIRCLE.items() if key != "seed"})
    assert len(configs) == 1
