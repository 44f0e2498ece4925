"""What is wrong with a command line is found before anything is composed, and nothing right is refused there."""

import pytest

from backprop_lab.config.errors import ConfigError
from conftest import configured
from hydra_plugins.lab.messages import look_ahead


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["model.hiden=3"], "model.hiden: no such key (got 3); did you mean model.hidden?"),
        (["-m", "model.hiden=3,4"], "model.hiden: no such key (got '3,4'); did you mean model.hidden?"),
        (["seed=1", "epochs=0"], "epochs: got 0; allowed: a whole number from 1 to 100,000,000"),
        (["optimizer.lr=fast"], "optimizer.lr: got fast; allowed: a number above 0, up to 3.4e38"),
        (["epochs=5", "epochs=0"], "epochs: got 0; allowed: a whole number from 1 to 100,000,000"),
    ],
)
def test_what_no_option_takes_is_found_without_composing(arguments: list[str], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        look_ahead(arguments)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    "arguments",
    [
        ["epochs=0", "epochs=5"],  # the last one counts
        ["optimizer=adam", "optimizer.lr=1e-3", "model.hidden=[8,4]", "model.init=zeros"],
        ["dataset=linear", "dataset.n_samples=null", "loss=mse"],
        ["experiment=xor_mlp", "callbacks.decision_boundary.every_n_epochs=500"],
        ["logger=[tensorboard]", "callbacks=[]", "~callbacks"],
        ["hydra.run.dir=here", "++seed=3"],
    ],
)
def test_what_is_right_passes(arguments: list[str]) -> None:
    look_ahead(arguments)
    assert configured(*(argument for argument in arguments if argument != "~callbacks"))


def test_each_value_of_a_sweep_is_looked_at_later() -> None:
    look_ahead(["-m", "seed=range(-1,3)", "model.hidden=0,8"])
