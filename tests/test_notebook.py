import hashlib
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from backprop_lab import Run, Sweep, train, train_many
from backprop_lab.config.errors import ConfigError
from backprop_lab.runs.errors import RunError
from conftest import OWN, Program

SMALL = ("dataset=moons", "dataset.n_samples=60", "epochs=3", "engine=module", "logger=none", "callbacks=[frames]")


def test_a_training_from_python_is_that_of_the_command_line(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first, second = train(*SMALL), train(*SMALL, "seed=1")
    assert first.folder != second.folder
    assert first.folder.parts[:2] == ("outputs", "runs")
    typed = program(*SMALL, "hydra.run.dir=typed")
    assert typed.status == 0
    assert first.summary["weights_sha256"] == Run("typed").summary["weights_sha256"]
    assert first.config == Run("typed").config
    assert second.summary["weights_sha256"] != first.summary["weights_sha256"]


@pytest.mark.parametrize(
    "wrong",
    [
        "epochs=0",
        "epoch=3",
        "dataset=cirle",
        "model.hidden=two",
        "seed=1,2",
        "epochs",
        "+dataset=xor",
        "engine=scalar x=1",
    ],
)
def test_what_is_wrong_is_said_in_the_line_of_the_command_line(
    wrong: str, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as raised:
        train(*wrong.split())
    assert program(*wrong.split()).err == f"error: {raised.value}\n"
    assert not (tmp_path / "outputs").exists()


def test_options_of_ones_own_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = train(*SMALL, "optimizer=adadelta", config_dir=OWN)
    assert run.config["optimizer"]["name"] == "adadelta"


def test_an_option_of_ones_own_that_was_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("mine") / "model"
    folder.mkdir(parents=True)
    (folder / "straight.yaml").write_text("defaults: [_base_]\nname: straight\n")
    module = (
        "def build(in_features, outputs):\n    from torch import nn\n"
        "    return nn.Sequential(nn.Linear(in_features, {width}), nn.Linear({width}, outputs), nn.Flatten(0))\n"
    )
    runs = []
    for width in (3, 5):  # of the same size, and within the same second
        (folder / "straight.py").write_text(module.format(width=width))
        runs.append(train(*SMALL, "model=straight", config_dir="mine"))
        assert runs[-1].state().weights["0.weight"].shape == (width, 2)
        (given,) = runs[-1].summary["options"].values()
        assert given == hashlib.sha256((folder / "straight.py").read_bytes()).hexdigest()
    assert not list(Path("mine").rglob("*.pyc"))


def test_a_page_is_shown_in_a_frame_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = train(*SMALL)
    shown = run.page(height=500)._repr_html_()
    assert re.match(r'<iframe srcdoc="&lt;!doctype html&gt;', shown, re.IGNORECASE)
    assert shown.count('"') == 6  # nothing of the page ends an attribute
    assert "allow-same-origin" not in shown
    with pytest.raises(RunError, match=r"report\.html: missing"):
        train(*SMALL, "report=false").page()


def test_many_trainings_from_python_are_a_sweep_of_the_command_line(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    common = ("dataset=moons", "dataset.n_samples=60", "epochs=3")
    sweep = train_many(*common, {"optimizer.lr": [0.03, 1e30], "seed": range(3)})
    assert sweep.folder.parts[:2] == ("outputs", "sweeps")
    typed = program("-m", "hydra/launcher=batched", *common, "optimizer.lr=0.03,1e+30", "seed=range(3)",
                    "hydra.sweep.dir=typed")  # fmt: skip
    assert typed.status == 1
    other = Sweep("typed")
    hashes = [[run.summary["weights_sha256"] for run in each.runs().values()] for each in (sweep, other)]
    assert hashes[0] == hashes[1]
    table = sweep.table()
    assert list(table["seed"]) == [0, 1, 2] * 2
    assert list(table["status"]) == ["finished"] * 3 + ["diverged"] * 3
    assert np.isfinite(table["val_acc"][:3]).all()
    assert np.isnan(table["best_val_acc"][3:]).all()
    assert sweep.run(1).metrics()["val_acc"][-1] == table["val_acc"][1]
    assert "<iframe" in sweep.page()._repr_html_()


def test_the_table_is_a_data_frame_where_pandas_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for pandas, which this project does not need, and which no other test may meet."""
    sweep = train_many("dataset=xor", "epochs=1", "report=false", {"seed": range(2)}, folder=tmp_path / "sweep")
    with monkeypatch.context() as there:
        there.setitem(
            sys.modules, "pandas", SimpleNamespace(DataFrame=lambda columns: ("DataFrame", [*columns["job"]]))
        )
        assert sweep.table() == ("DataFrame", [0, 1])
    with monkeypatch.context() as not_there:
        not_there.setitem(sys.modules, "pandas", None)
        assert list(sweep.table()["job"]) == [0, 1]


@pytest.mark.parametrize(
    ("arguments", "knobs", "line"),
    [
        (({"seed": []},), {}, "seed: got 'no values'; allowed: at least one"),
        (({"sed": [1]},), {}, "sed: no such key"),
        (({"seed": [0, -1]},), {}, "seed: got -1"),
        (({"seed": [0]},), {"where": "cloud"}, "hydra.launcher.where: got cloud"),
        (({"seed": [0]},), {"cores": 2}, "hydra.launcher.cores: got 2"),
        (({"seed": [0]},), {"threds": 2}, "hydra.launcher.threds: got 2"),
    ],
)
def test_wrong_input_for_many_makes_nothing(
    arguments: tuple[dict[str, list[int]]], knobs: dict[str, str], line: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=re.escape(line)):
        train_many("dataset=xor", *arguments, folder=tmp_path / "sweep", **knobs)
    assert not (tmp_path / "sweep").exists()
