"""On a GPU: the numbers of the CPU. Run by ``make gpu`` on a machine with a card; skipped elsewhere."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_lab import Run, Sweep, train, train_many
from conftest import Command

TRAINER = "gpu"
SMALL = ("dataset=moons", "dataset.n_samples=200", "epochs=5", "report=false", "logger=none", "callbacks=[frames]")
NETWORKS = [("model.hidden=8",), ("model.hidden=[16,16]", "model.activation=tanh", "optimizer=adam"),
            ("dataset=spiral", "dataset.classes=3", "model.hidden=[8,8]")]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _card() -> None:
    torch = pytest.importorskip("torch")
    if TRAINER == "gpu" and not torch.cuda.is_available():
        pytest.skip("needs a GPU")


pytestmark = pytest.mark.gpu


def farthest(one: Run, other: Run) -> float:
    weights = one.state().weights, other.state().weights
    assert weights[0].keys() == weights[1].keys()
    return max(float(np.abs(weights[0][name] - weights[1][name]).max()) for name in weights[0])


@pytest.mark.parametrize("engine", ["autograd", "module", "lightning"])
@pytest.mark.parametrize("network", NETWORKS, ids=" ".join)
def test_a_run_ends_where_it_ends_on_the_cpu(
    engine: str, network: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    common = (*SMALL, *network, f"engine={engine}", "precision=64")
    there, here = (train(*common, f"trainer={where}") for where in (TRAINER, "cpu"))
    assert there.status == here.status == "finished"
    assert farthest(there, here) < 1e-9
    assert there.metrics()["val_loss"][-1] == pytest.approx(here.metrics()["val_loss"][-1], abs=1e-9)


@pytest.mark.parametrize("network", NETWORKS, ids=" ".join)
def test_members_of_a_batch_end_where_they_end_alone(network: tuple[str, ...], tmp_path: Path) -> None:
    swept: dict[str, Any] = {"optimizer.lr": [0.03, 0.1], "seed": range(4)}
    common = (*SMALL, *network, "precision=64")
    there = train_many(*common, f"trainer={TRAINER}", swept, folder=tmp_path / "there")
    here = train_many(*common, "trainer=cpu", swept, folder=tmp_path / "here")
    for number in range(8):
        assert there.run(number).summary["batch"]["device"] == ("cuda" if TRAINER == "gpu" else "cpu")
        assert farthest(there.run(number), here.run(number)) < 1e-9


def test_single_precision_reaches_the_same_accuracy(tmp_path: Path) -> None:
    common = ("dataset=circle", "report=false", {"seed": range(32)})
    tables = [train_many(f"trainer={where}", *common, folder=tmp_path / where).table() for where in (TRAINER, "cpu")]
    assert np.mean(tables[0]["val_acc"]) == pytest.approx(np.mean(tables[1]["val_acc"]), abs=0.003)


def test_a_killed_sweep_is_completed_on_the_same_device(tmp_path: Path, command: Command) -> None:
    sweep = train_many(*SMALL, f"trainer={TRAINER}", {"seed": range(6)}, folder=tmp_path / "sweep")
    expected = [job.summary["weights_sha256"] for job in sweep.jobs()]
    for number in (1, 4):
        sweep.run(number).remove_receipt()
    done = command("backprop_lab.sweep", str(sweep.folder), "--complete")
    assert done.returncode == 0, done.stderr
    assert [job.summary["weights_sha256"] for job in Sweep(sweep.folder).jobs()] == expected
