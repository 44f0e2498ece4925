"""The files in ``.hydra/`` are what YAML writes, also where a shorter way is taken."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from backprop_lab.runs import configuration

OVERRIDES = [
    "seed=17", "optimizer.lr=1e-3", "a=", "y=yes", "n=null", "x=-.5", "dataset.path=a b.csv", "model.hidden=[2,4]",
    "key=0x1F", "k=1:2", "k=#1", "~logger", "+a=1", "K.é=1", "k=" + "9" * 41, "k=--- ", "on=off", "k=1_000",
]  # fmt: skip


@pytest.mark.parametrize("override", OVERRIDES)
def test_an_override_is_written_as_yaml_does(override: str) -> None:
    written = configuration.dump_overrides([override, "seed=1"])
    assert written.decode() == yaml.safe_dump([override, "seed=1"], allow_unicode=False)
    assert configuration.load_overrides(written) == [override, "seed=1"]


@given(st.lists(st.from_regex(r"[A-Za-z][\w.]{0,12}=[\w.+:# -]{0,12}", fullmatch=True), max_size=3))
def test_any_overrides_come_back(overrides: list[str]) -> None:
    assert configuration.load_overrides(configuration.dump_overrides(overrides)) == overrides


@pytest.mark.parametrize("value", [0, 17, -3, 2**70, True, False, None, 1.5, "1", [], {"a": 1}])
def test_a_value_is_written_as_yaml_does(value: Any) -> None:
    written = configuration.dump({"seed": value})
    assert written.decode() == yaml.safe_dump({"seed": value}, sort_keys=False)
    loaded = configuration.load(written)["seed"]
    assert (loaded, type(loaded)) == (value, type(value))
