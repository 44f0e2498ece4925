"""The one-line training of the lessons is the program's own."""

import numpy as np
import pytest
from training import train as train_in_a_lesson

from backprop_lab.config.errors import ConfigError
from backprop_lab.training.outcome import Diverged
from conftest import Train


def test_it_computes_what_the_program_computes(train: Train) -> None:
    overrides = ("dataset=xor", "model.hidden=3", "engine=by_hand", "epochs=6", "log_every_n_epochs=4")
    run, training = train(*overrides, "logger=none"), train_in_a_lesson(*overrides)
    assert training.state.weights_sha256 == run.summary["weights_sha256"]
    assert training.epochs == [4, 6]
    assert training.column("val_loss") == run.metrics()["val_loss"].tolist()
    assert [state.epoch for state in training.states] == [0, 4, 6]
    corners = training.task.train.x
    assert np.array_equal(training.predict(corners), run.predict(corners))
    assert not np.array_equal(training.predict(corners, training.states[1]), training.predict(corners))


def test_it_says_what_is_wrong() -> None:
    with pytest.raises(ConfigError, match=r"model\.hidden: got -1"):
        train_in_a_lesson("model.hidden=-1")
    with pytest.raises(Diverged):
        train_in_a_lesson("experiment=linear_regression", "engine=by_hand", "optimizer.lr=1", "epochs=200")
