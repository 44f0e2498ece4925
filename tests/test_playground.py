"""The playground's command, and what addresses mean: ours, the TensorFlow Playground's and those of runs."""

import shlex
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backprop_lab import playground
from backprop_lab.config.check import check
from backprop_lab.notebook import compose
from backprop_lab.report import tensorflow
from backprop_lab.report.playground.address import address_of, overrides_for, overrides_of
from conftest import ROOT, Train, configured

THEIRS = "https://playground.tensorflow.org/"


def told(capsys: pytest.CaptureFixture[str], source: str) -> list[str]:
    assert playground.main([f"from={source}"]) == 0
    lines: list[str] = capsys.readouterr().out.splitlines()
    return lines


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert playground.main(list(arguments)) == 2
    error: str = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


# -- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_is_one_file_of_at_most_600_kb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "playground.html"
    assert playground.main([f"to={file}"]) == 0
    assert capsys.readouterr().out.strip().endswith("playground.html")
    assert 300_000 < file.stat().st_size <= 600_000


def test_what_cannot_be_written_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, f"to={tmp_path}/no/such/folder/page.html").startswith("error: to: ")
    assert refusal(capsys, "to=").startswith("error: to: got nothing")
    assert list(tmp_path.iterdir()) == []


# -- our addresses ----------------------------------------------------------------------------------------------------

OVERRIDES = st.lists(
    st.sampled_from(
        [
            "dataset=moons", "model.hidden=[8,8]", "model.activation=[relu,tanh]", "optimizer=adam", "seed=4294967295",
            "optimizer.lr=1e-07", "model.init=[-0.5,+1e-3]", "dataset.points=[[0.31,0,1],[0.26,-0.15,0]]",
            "dataset.batch_size=null", "penalty=l2", "dataset.features=[x1,sin_x2]",
            "dataset.formula='x2 > sin(3*x1) & 1'",
        ]
    ),
    unique=True,
)  # fmt: skip


@settings(max_examples=50, deadline=None, derandomize=True)
@given(OVERRIDES)
def test_an_address_gives_back_its_overrides(overrides: list[str]) -> None:
    assert overrides_of(f"https://a.b/playground.html{address_of(overrides)}") == overrides


def test_an_address_is_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    address = "#dataset=moons&model.hidden=[8,8]&epoch=12&unit=1.3&theme=dark"
    command, own = told(capsys, address)
    assert command == "python -m train precision=64 dataset=moons 'model.hidden=[8,8]'"
    assert own == "playground.html#dataset=moons&model.hidden=[8,8]"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("#model.hiden=3", "model.hiden"),
        ("#dataset=banana", "dataset: got banana"),
        ("#hydra.run.dir=/tmp/x", "hydra.run.dir"),
        ("#dataset=csv&dataset.path=/etc/passwd", "dataset.path"),
        ("#callbacks=film", "callbacks"),
        ("#optimizer.lr=fast", "optimizer.lr"),
        ("#resume=/tmp", "resume"),
        ("#optimizer.lr=${oc.env:HOME}", "optimizer.lr: got '${oc.env:HOME}'"),
        ("#seed=range(3)", "seed"),
        ("#dataset@x=moons", "dataset@x"),
        ("nowhere", "from: got nowhere"),
    ],
)
def test_what_an_address_must_not_say_is_refused(address: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, f"from={address}").startswith(f"error: {said}")


EXPERIMENTS = sorted(
    path.stem
    for path in (ROOT / "configs" / "experiment").glob("*.yaml")
    if path.stem.startswith("fails_") or path.stem in ("xor_mlp", "xor_single_layer", "linear_regression")
)


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_an_experiment_keeps_what_decides_its_training(experiment: str) -> None:
    config = configured(f"experiment={experiment}")
    again = configured(*overrides_of(address_of(overrides_for(config))))
    for group in ("dataset", "model", "loss", "penalty", "optimizer", "schedule", "seed", "epochs"):
        assert again.plain[group] == config.plain[group]


def test_a_run_has_an_address(train: Train, capsys: pytest.CaptureFixture[str]) -> None:
    run = train("dataset=xor", "model.hidden=3", "epochs=2", "engine=by_hand", "logger=none", "report=false")
    command, own = told(capsys, str(run.folder))
    assert shlex.split(command)[3:] == ["precision=64", "dataset=xor", "model.hidden=3", "epochs=2"]
    assert own == "playground.html#dataset=xor&model.hidden=3&epochs=2"


# -- those of the TensorFlow Playground -------------------------------------------------------------------------------

FIELDS = (
    "activation", "regularization", "batchSize", "dataset", "regDataset", "learningRate", "regularizationRate", "noise",
    "networkShape", "seed", "showTestData", "discretize", "percTrainData", "x", "y", "xTimesY", "xSquared", "ySquared",
    "cosX", "sinX", "cosY", "sinY", "collectStats", "tutorial", "problem", "initZero", "hideText",
)  # fmt: skip
"""The properties of state.ts."""
LONG = (
    "#activation=relu&regularization=L2&batchSize=16&dataset=gauss&regDataset=reg-plane&learningRate=0.003"
    "&regularizationRate=0.01&noise=20&networkShape=5,3&seed=0.47295&showTestData=true&discretize=false"
    "&percTrainData=70&x=true&y=true&xTimesY=true&xSquared=false&ySquared=false&cosX=false&sinX=true&cosY=false"
    "&sinY=false&collectStats=false&problem=classification&initZero=false&hideText=false&dataset_hide=true&news=1"
)


def test_every_field_is_honoured_or_named() -> None:
    made = tensorflow.translated(THEIRS + LONG)
    assert made.overrides == {
        "dataset": "gauss", "dataset.n_samples": "500", "dataset.spread": "0.344601", "dataset.val_fraction": "0.3",
        "dataset.batch_size": "16", "dataset.features": "[x1,x2,x1_x2,sin_x1]", "model.hidden": "[5,3]",
        "model.activation": "relu", "loss": "mse", "optimizer.lr": "0.003", "penalty": "l2",
        "penalty.strength": "0.005", "seed": "47295",
    }  # fmt: skip
    assert set(made.left_out) == {
        "regDataset", "seed", "showTestData", "discretize", "cosX", "cosY", "collectStats", "hideText", "dataset_hide",
        "news",
    }  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("value", ["", "nonsense", "-1", "1e400", "%00", "8,,2"])
def test_no_value_of_a_field_breaks_it(name: str, value: str) -> None:
    made = tensorflow.translated(f"{THEIRS}#{name}={value}")
    check(compose(*made.listed()))
    read_as_true_or_default = {"x", "y", "xTimesY", "xSquared", "ySquared", "sinX", "sinY", "initZero"}
    if value and name not in read_as_true_or_default:
        assert name in made.left_out


def test_their_defaults_are_what_an_empty_address_says() -> None:
    made = tensorflow.translated(THEIRS).overrides
    for key, value in {
        "dataset": "circle", "model.hidden": "[4,2]", "model.activation": "tanh", "optimizer.lr": "0.03",
        "dataset.batch_size": "10", "dataset.val_fraction": "0.5",
    }.items():  # fmt: skip
        assert made[key] == value


def test_a_regression_and_no_hidden_layer() -> None:
    made = tensorflow.translated(f"{THEIRS}#problem=regression&regDataset=reg-gauss&networkShape=&dataset=spiral")
    assert made.overrides["dataset"] == "gaussian"
    assert made.overrides["model"] == "single_layer"
    assert "other kind of problem" in made.left_out["dataset"]


@pytest.mark.parametrize(
    "overrides",
    [
        ("dataset=circle", "model.hidden=[4,2]", "dataset.batch_size=10"),
        ("dataset=spiral", "model.hidden=8", "dataset.noise=0.05", "dataset.features=[x1,sin_x2]"),
        ("dataset=gauss", "model=single_layer", "penalty=l2", "penalty.strength=0.01", "dataset.spread=0.5"),
        ("dataset=plane", "model.activation=identity", "dataset.val_fraction=0.5"),
    ],
)
def test_there_and_back_it_is_the_same_network(overrides: tuple[str, ...]) -> None:
    config = configured(*overrides, "dataset.n_samples=500")
    address = tensorflow.address_for(config)
    assert address is not None
    back = configured(*tensorflow.translated(address).listed())
    for key in ("hidden", "activation"):
        assert back.plain["model"].get(key) == [config.plain["model"].get(key)] or (
            back.plain["model"].get(key) == config.plain["model"].get(key)
        )
    for group, key in (("dataset", "name"), ("optimizer", "lr"), ("penalty", "name"), ("dataset", "features")):
        assert back.plain[group].get(key) == config.plain[group].get(key)
    assert back.plain["penalty"].get("strength") == pytest.approx(config.plain["penalty"].get("strength"))


@pytest.mark.parametrize(
    "overrides",
    [("dataset=moons",), ("optimizer=adam",), ("model.hidden=64",), ("model.dropout=0.2",), ("dataset=xor",)],
)
def test_what_they_have_not_has_no_address_of_theirs(overrides: tuple[str, ...]) -> None:
    assert tensorflow.address_for(configured(*overrides)) is None


def test_why_numbers_differ_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys, f"{THEIRS}#dataset=xor&seed=0.5")
    assert lines[0].startswith("python -m train precision=64 dataset=xor")
    assert lines[2] == "not honoured: seed: its generator is another; seed=5 draws other points and weights"
    assert lines[-1] == tensorflow.WHY
