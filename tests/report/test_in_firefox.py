"""The pages in a second browser, whose engine and mathematical library are others."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from backprop_lab import playground
from conftest import Program
from report.films import run_with_page
from report.firefox import Firefox, firefox
from report.trained_in_page import WEIGHTS, by_command


@pytest.fixture(scope="module")
def fox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    with firefox(tmp_path_factory.mktemp("firefox")) as made:
        yield made


def assert_quiet(fox: Firefox, file: Path) -> None:
    assert fox.complaints == []
    assert {url for url in fox.requests if not url.startswith(("about:", "data:"))} <= {file.resolve().as_uri()}


def text(fox: Firefox, selector: str) -> str:
    said: str = fox.value(f"document.querySelector({selector!r}).innerText")
    return said


@pytest.mark.parametrize("precision", ["64", "32"])
def test_a_run_is_trained_again_to_the_same_weights(fox: Firefox, tmp_path: Path, precision: str) -> None:
    run = run_with_page(tmp_path / "run", "dataset.n_samples=300", "epochs=6", f"precision={precision}")
    fox.open(run.report_file)
    fox.until("document.querySelector('#xray-any') !== null")
    said = text(fox, "#again-here")
    assert "agree with the recorded ones" in said
    assert ("float32" in said) == (precision == "32")
    assert fox.value("document.querySelectorAll('#xray-chain .link-line').length") > 8
    assert_quiet(fox, run.report_file)


@pytest.mark.parametrize(
    "fragment",
    [
        "#dataset=spiral&dataset.classes=3&model.hidden=[6,4]&model.activation=gelu&optimizer=adam&epochs=4",
        "#dataset=moons&dataset.n_samples=300&epochs=5&schedule=cosine&penalty=l2&model.dropout=0.2",
        "#dataset=gaussian&dataset.n_samples=200&epochs=5&loss=huber",
    ],
    ids=["spiral", "moons", "gaussian"],
)
def test_its_command_gives_the_same_weights(fox: Firefox, tmp_path: Path, fragment: str) -> None:
    file = tmp_path / "playground.html"
    assert playground.main([f"to={file}"]) == 0
    fox.open(file, fragment)
    fox.until("document.documentElement.dataset.trained !== undefined")
    assert "same weights to 10⁻⁹" in text(fox, "#live-said")
    made = np.array(fox.value(WEIGHTS))
    assert np.abs(made - by_command(text(fox, "#live-command"))).max() < 1e-9
    assert_quiet(fox, file)


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_sticks_out(fox: Firefox, tmp_path: Path, width: int) -> None:
    run = run_with_page(tmp_path / "run", "dataset=xor", "epochs=4")
    fox.open(run.report_file, width=width)
    assert fox.value("document.documentElement.scrollWidth <= innerWidth")


def test_a_sweep_is_drawn(fox: Firefox, program: Program, tmp_path: Path) -> None:
    done = program("-m", "dataset.n_samples=100", "epochs=2", "seed=1,2", "model.hidden=2,3", "hydra.sweep.dir=sweep",
                   "hydra/launcher=batched")  # fmt: skip
    assert done.status == 0, done.err
    file = tmp_path / "sweep" / "report.html"
    fox.open(file)
    assert fox.value("document.querySelectorAll('canvas, svg').length") > 4
    assert_quiet(fox, file)
