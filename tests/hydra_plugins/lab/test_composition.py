"""The fast composition gives what Hydra's own gives, for every kind of override."""

import copy
from typing import Any

import pytest
from hydra._internal.hydra import Hydra
from hydra._internal.utils import create_config_search_path
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig

from backprop_lab.config.check import check
from backprop_lab.options.discovery import CONFIGS
from conftest import composed, quick_of
from hydra_plugins.lab.composition import Composer


@pytest.fixture(scope="module")
def prepared() -> tuple[Hydra, DictConfig]:
    """Hydra and the configuration of a multirun, as ``hydra.main`` makes them."""
    GlobalHydra.instance().clear()
    hydra = Hydra.create_main_hydra2("train", create_config_search_path(str(CONFIGS)))
    master = hydra.compose_config("train", [], RunMode.MULTIRUN, with_log_configuration=False)
    GlobalHydra.instance().clear()  # `composed` makes its own
    return hydra, master


@pytest.fixture(scope="module")
def composer(prepared: tuple[Hydra, DictConfig]) -> Composer:
    """One for all tests, as there is one for all jobs: what an earlier job left must not show."""
    hydra, master = prepared
    return Composer(hydra.config_loader, master)


class Counting:
    """A configuration loader that counts what it composes."""

    def __init__(self, hydra: Hydra) -> None:
        self._loader = hydra.config_loader
        self.composed = 0

    def load_sweep_config(self, *args: Any) -> DictConfig:
        self.composed += 1
        return self._loader.load_sweep_config(*args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


JOBS = [
    [],
    # plain values
    ["seed=3"],
    ["optimizer.lr=0.03"],
    ["optimizer.lr=1e-3"],
    ["optimizer.lr=.5"],
    ["optimizer.lr=-1"],
    ["optimizer.lr=nan"],
    ["epochs=1_000"],
    ["dataset.shuffle=false"],
    ["dataset.batch_size=null"],
    ["loss='bce'"],
    ['loss="bce"'],
    ["seed="],
    ["report=''"],
    ["report='a,b'"],
    ["report='it\\'s'"],
    ["report=a b"],
    ["report=yes"],
    ["report=010"],
    ["report=2020-01-01"],
    ["report=1:30"],
    ["report='${epochs}'"],
    ["seed=${oc.env:HOME}"],
    ["seed=???"],
    ["model.hidden=[8,8]"],
    ["model.hidden=[8,[4,[2]]]"],
    ["model.hidden=[1,2.5,true,null,word,'a b']"],
    ["callbacks.frames.count=7"],
    ["callbacks.frames=null"],
    ["model.hidden={a:1}"],
    ["callbacks.frames={count:3}"],
    # groups
    ["model=single_layer"],
    ["dataset=xor", "model=mlp", "optimizer=adam", "engine=module", "trainer=auto", "logger=none"],
    ["dataset=moons", "optimizer=adamw", "trainer=gpu", "callbacks=[decision_boundary]"],
    ["loss=hinge", "penalty=l1", "schedule=cosine", "stop=patience", "model=residual"],
    ["logger=[csv,tensorboard]"],
    ["logger=[]"],
    ["callbacks=[frames]"],
    ["callbacks=[]"],
    ["callbacks=[training_curves,frames]"],
    ["experiment=xor_mlp"],
    ["hydra/launcher=joblib"],
    ["hydra.sweep.subdir=elsewhere", "seed=4"],
    # groups and values
    ["optimizer=adam", "optimizer.betas=[0.5,0.6]"],
    ["optimizer.betas=[0.5,0.6]", "optimizer=adamw"],
    ["model.bias=false", "model=single_layer"],
    ["schedule=step", "schedule.epochs=7", "schedule.gamma=0.1", "penalty.strength=1", "penalty=l2"],
    ["dataset.slope=3", "dataset=linear", "dataset.n_samples=10"],
    ["experiment=xor_mlp", "model.hidden=3", "epochs=5"],
    ["experiment=xor_mlp", "dataset=moons"],
    ["dataset=moons", "experiment=xor_mlp"],
    ["callbacks=[frames]", "callbacks.frames.count=3", "seed=1"],
    # a key twice
    ["seed=1", "seed=2"],
    ["model.hidden=2", "model.hidden=[1]"],
    ["model=single_layer", "model=mlp"],
    # added and deleted
    ["+foo=1"],
    ["+model.foo=[1]"],
    ["++seed=5"],
    ["++optimizer.betas=[0.1,0.2]", "optimizer=adam"],
    ["~seed"],
    ["~dataset"],
    ["~callbacks.frames"],
    ["~optimizer.lr=0.1"],
    # all kinds, and in an order that matters
    ["seed=2", "++seed=5"],
    ["++seed=5", "seed=2"],
    ["seed=2", "~seed"],
    ["~seed", "+seed=2"],
    ["model.hidden=2", "model.hidden={a:1}"],
    ["callbacks.frames.count=2", "callbacks.frames={count:3}"],
    ["callbacks.frames={count:3}", "callbacks.frames.count=2"],
    ["dataset=linear", "~dataset.noise", "dataset.slope=1", "++epochs=2", "optimizer.lr=0.5", "+extra={a:[1]}"],
]


@pytest.mark.parametrize("job", quick_of(JOBS, *JOBS[::3]), ids=" ".join)
def test_a_job_is_composed_as_hydra_composes_it(composer: Composer, job: list[str]) -> None:
    # NaN differs from itself, so what is compared is how the data look.
    assert repr(composer.compose(job)) == repr(composed(*job))


@pytest.mark.parametrize(
    "job",
    [
        ["foo=1"],
        ["model.hiden=1"],
        ["seed.deeper=1"],
        ["model=nope"],
        ["model=single_layer", "model.hidden=4"],
        ["callbacks=[]", "callbacks.frames.count=4"],
        ["+seed=1"],
        ["seed=1", "~seed", "seed=2"],
        ["+dataset=xor"],
    ],
    ids=" ".join,
)
def test_what_hydra_refuses_is_refused_in_its_words(composer: Composer, job: list[str]) -> None:
    with pytest.raises(HydraException) as theirs:
        composed(*job)
    with pytest.raises(HydraException) as ours:
        composer.compose(job)
    assert str(ours.value) == str(theirs.value)


def test_what_one_job_sets_is_not_set_for_another(composer: Composer) -> None:
    plain = composer.compose(["optimizer=adam"])
    before = copy.deepcopy(plain)
    other = composer.compose(
        ["optimizer=adam", "optimizer.betas=[0.5,0.9]", "model.hidden=[8,4]", "dataset.radius=0.5", "seed=7",
         "callbacks.frames.count=9"]
    )  # fmt: skip
    assert plain == before == composer.compose(["optimizer=adam"])
    assert (other["optimizer"]["betas"], other["model"]["hidden"]) == ([0.5, 0.9], [8, 4])
    assert (other["dataset"]["radius"], other["seed"], other["callbacks"]["frames"]["count"]) == (0.5, 7, 9)


def test_a_configuration_is_checked_without_being_changed(composer: Composer) -> None:
    """Jobs share what they have in common."""
    composed = composer.compose(["dataset=moons", "optimizer=adamw", "schedule=cosine"])
    before = copy.deepcopy(composed)
    check(composed)
    assert composed == before


@pytest.mark.parametrize("typed", ["seed=0", "seed=17", "epochs=100000", "model.hidden=8", "dataset.split_seed=-3",
                                   "seed=-0", "seed=007", "seed=1_000", "seed=+3", "seed= 3", "seed=1e3",
                                   "seed=12345678901234567890"])  # fmt: skip
def test_whole_numbers_are_read_as_hydra_reads_them(typed: str, composer: Composer) -> None:
    found, expected = composer._parse(typed), composer.parser.parse_override(typed)
    assert (found.key_or_group, found.type, found.package) == (expected.key_or_group, expected.type, expected.package)
    assert (found.value(), type(found.value())) == (expected.value(), type(expected.value()))


def test_hydra_composes_once_for_each_set_of_group_choices(prepared: tuple[Hydra, DictConfig]) -> None:
    hydra, master = prepared
    loader = Counting(hydra)
    composer = Composer(loader, master)  # type: ignore[arg-type]
    jobs = [
        [f"model={model}", f"optimizer.lr={rate}", f"seed={seed}"]
        for model in ("mlp", "single_layer")
        for rate in (0.1, 0.3)
        for seed in range(50)
    ]
    configs = [check(composer.compose(job)) for job in jobs]
    assert loader.composed == 2
    assert len({(c.model.name, c.optimizer.knobs["lr"], c.seed) for c in configs}) == 200
