"""A name that somebody brings along, shortens or misspells leads to the key or the option that is meant."""

import re

import pytest

from backprop_lab.config.brought import ELSEWHERE
from backprop_lab.config.keys import is_known, known, unknown, unknown_option
from backprop_lab.config.suggestions import keys_for
from backprop_lab.options import discovery
from backprop_lab.options.discovery import ANY_OF, ONE_OF, names
from conftest import Own

OF_HYDRA = {"hydra.run.dir", "hydra/launcher", "hydra/sweeper", "resume"}


def meant(text: str) -> str:
    return "".join(re.findall(r"did you mean (.*)\?", text))


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        # the last part alone, or below another group
        ("lr", "optimizer.lr"),
        ("noise", "dataset.noise"),
        ("hidden", "model.hidden"),
        ("momentum", "optimizer.momentum"),
        ("activation", "model.activation"),
        ("model.lr", "optimizer.lr"),
        ("trainer.seed", "seed"),
        ("dataset.epochs", "epochs"),
        ("optimizer.hidden", "model.hidden"),
        ("model.optimizer", "optimizer"),
        # Lightning
        ("trainer.max_epochs", "epochs"),
        ("trainer.accelerator", "trainer"),
        ("trainer.logger", "logger"),
        ("trainer.precision", "precision"),
        ("trainer.check_val_every_n_epoch", "log_every_n_epochs"),
        ("datamodule", "dataset"),
        ("datamodule.batch_size", "dataset.batch_size"),
        ("seed_everything", "seed"),
        ("ckpt_path", "resume"),
        # Keras
        ("units", "model.hidden"),
        ("validation_split", "dataset.val_fraction"),
        ("optimizer.beta_1", "optimizer.betas"),
        ("use_bias", "model.bias"),
        # scikit-learn
        ("hidden_layer_sizes", "model.hidden"),
        ("learning_rate_init", "optimizer.lr"),
        ("max_iter", "epochs"),
        ("random_state", "seed"),
        ("solver", "optimizer"),
        ("n_iter_no_change", "stop.patience"),
        ("alpha", "optimizer.alpha or penalty.strength"),
        # torch
        ("criterion", "loss"),
        ("lr_scheduler", "schedule"),
        ("model.layers", "model.hidden"),
        # other letters
        ("Model.Hidden", "model.hidden"),
        ("LR", "optimizer.lr"),
        ("learning-rate", "optimizer.lr"),
        ("Batch-Size", "dataset.batch_size"),
        # slips
        ("epoch", "epochs"),
        ("optimzer.lr", "optimizer.lr"),
        ("modelhidden", "model.hidden"),
        ("momentm", "optimizer.momentum"),
        ("resum", "resume"),
    ],
)
def test_a_name_leads_to_the_key(typed: str, key: str) -> None:
    assert meant(str(unknown(typed, 1))) == key


@pytest.mark.parametrize("typed", ["x", "foo", "nonsense", "optimizer.xyz", "model.quux"])
def test_a_name_that_is_like_none_gets_no_suggestion(typed: str) -> None:
    assert meant(str(unknown(typed, 1))) == ""


def test_a_group_without_such_a_key_lists_its_keys() -> None:
    assert "allowed: optimizer.clip_norm, optimizer.lr, " in str(unknown("optimizer.xyz", 1))


def test_every_name_from_elsewhere_leads_to_a_key_that_there_is() -> None:
    for key, elsewhere in ELSEWHERE.items():
        assert is_known(key) or key in OF_HYDRA
        for name in elsewhere:
            assert not is_known(name), "it would never be looked up"
            assert key in keys_for(name, known()), name
            assert key in keys_for(f"something.{name}", known()), name


@pytest.mark.parametrize(
    ("group", "typed", "option"),
    [
        ("optimizer", "Adam", "adam"),
        ("optimizer", "SGD", "sgd"),
        ("optimizer", "RMSProp", "rmsprop"),
        ("model", "MLP", "mlp"),
        ("model", "MLPClassifier", "mlp"),
        ("model", "single-layer", "single_layer"),
        ("loss", "BCEWithLogitsLoss", "bce"),
        ("loss", "mean_squared_error", "mse"),
        ("activation", "ReLU", "relu"),
        ("activation", "LeakyReLU", "leaky_relu"),
        ("activation", "logistic", "sigmoid"),
        ("trainer", "cuda", "gpu"),
        ("schedule", "CosineAnnealingLR", "cosine"),
        ("stop", "EarlyStopping", "patience"),
        ("dataset", "make_moons", "moons"),
        ("dataset", "circl", "circle"),
        ("experiment", "xor-mlp", "xor_mlp"),
    ],
)
def test_an_option_is_found_by_what_others_call_it(group: str, typed: str, option: str) -> None:
    text = str(unknown_option(group, typed))
    assert text.startswith(f"{group}: got {typed}; allowed: {', '.join(names(group))}")
    assert meant(text) == option


@pytest.mark.parametrize("typed", ["zigzag", None, 3, "", "../elsewhere"])
def test_an_option_like_none_gets_the_list_alone(typed: object) -> None:
    text = str(unknown_option("dataset", typed))
    assert text.endswith(f"allowed: {', '.join(names('dataset'))}")


def test_no_two_options_of_a_group_are_called_the_same_elsewhere() -> None:
    for group in (*ONE_OF, *ANY_OF, "activation"):
        elsewhere = [name for option in names(group) for name in discovery.also_called(group, option)]
        assert len({*elsewhere, *names(group)}) == len(elsewhere) + len(names(group)), group


def test_options_of_ones_own_are_suggested_too(own: Own) -> None:
    own("optimizer", "lion", "KNOBS = {}\nALSO_CALLED = ('evolved_sign_momentum',)\n")
    assert meant(str(unknown_option("optimizer", "Lion"))) == "lion"
    assert meant(str(unknown_option("optimizer", "EvolvedSignMomentum"))) == "lion"
    own("optimizer", "broken", "import nothing_of_that_name\n")
    assert meant(str(unknown_option("optimizer", "Adam"))) == "adam"
