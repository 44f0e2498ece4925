import hashlib
import re
from pathlib import Path

import pytest

from backprop_lab import Run, train
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
