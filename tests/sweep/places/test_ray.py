"""A batched sweep on a Ray cluster of several nodes: the same files as on this machine, whatever accident happens."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backprop_lab import Run, Sweep, train_many
from backprop_lab.config.errors import ConfigError
from backprop_lab.sweep.places import place
from conftest import ROOT, Command, Program
from sweep.places.test_local import Sweeping, statuses

BATCHED = ("-m", "hydra/launcher=batched", "report=false")
SMALL = ("dataset.n_samples=60", "epochs=3")
LONG = ("epochs=500", "log_every_n_epochs=500", "callbacks=[]", "seed=range(192)")
QUIET = {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"}


def files_of_jobs(folder: Path) -> dict[str, bytes]:
    """Every file of the jobs, without what the clock says."""
    found = {}
    for file in folder.glob("[0-9]*/**/*"):
        if file.is_file():
            name, content = str(file.relative_to(folder)), file.read_bytes()
            found[name] = re.sub(rb'"(fit_)?seconds": [0-9.e-]+', b"", content)
    return found


def is_clean(folder: Path) -> bool:
    """Whether no temporary file is left."""
    return not [file for file in folder.rglob(".*") if file.name.endswith(".tmp") or file.name == "previous.ckpt"]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Three nodes with a core each, and a head without."""
    utils = pytest.importorskip("ray.cluster_utils")
    os.environ.update(QUIET)
    made = utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    for _ in range(3):
        made.add_node(num_cpus=1, include_dashboard=False)
    made.wait_for_nodes()
    yield made
    made.shutdown()


def sweeping_on(cluster: Any, folder: Path, *arguments: str) -> Sweeping:
    where = ("hydra.launcher.where=ray", f"hydra.launcher.address={cluster.address}")
    return Sweeping(folder, *where, *arguments, **QUIET)


def workers() -> list[int]:
    """The processes that train."""
    found = subprocess.run(["pgrep", "-f", "ray::_task"], capture_output=True, text=True, check=False)
    return [int(pid) for pid in found.stdout.split()]


@pytest.mark.slow
@pytest.mark.parametrize("storage", ["folders", "packed"])
def test_every_file_is_that_of_a_sweep_on_this_machine(storage: str, cluster: Any, tmp_path: Path) -> None:
    swept: dict[str, Any] = {"model.hidden": [2, 5], "optimizer.lr": [0.1, 1e30], "seed": range(24)}
    here = train_many("report=False", *SMALL, swept, folder=tmp_path / "here", storage="folders")
    there = sweeping_on(
        cluster, tmp_path, *SMALL, "model.hidden=2,5", "optimizer.lr=0.1,1e30", "seed=range(24)",
        f"hydra.launcher.storage={storage}",
    )  # fmt: skip
    status, out, err = there.end()
    assert (status, err) == (1, ""), "some have diverged"
    assert "batched    96 jobs in 2 groups, 3 cores of 4 nodes of Ray" in out
    if storage == "packed":
        assert not list(there.folder.glob("[0-9]*"))
        subprocess.run([sys.executable, "-m", "backprop_lab.sweep", there.folder, "--unpack"], check=True)
    assert files_of_jobs(there.folder) == files_of_jobs(here.folder)
    assert statuses(there.folder) == statuses(here.folder)
    assert is_clean(there.folder)


@pytest.mark.slow
def test_a_killed_worker_and_a_lost_node_cost_a_second_try(cluster: Any, tmp_path: Path) -> None:
    sweeping = sweeping_on(cluster, tmp_path, *LONG)
    sweeping.wait_until(lambda: len(sweeping.finished()) > 16 and workers())
    os.kill(workers()[0], signal.SIGKILL)
    sweeping.wait_until(lambda: len(sweeping.finished()) > 60)
    cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)
    status, _, err = sweeping.end()
    cluster.add_node(num_cpus=1, include_dashboard=False)
    assert (status, err) == (0, "")
    assert statuses(sweeping.folder) == ["finished"] * 192
    assert is_clean(sweeping.folder)
    here = train_many(*LONG[:3], "report=false", {"seed": [0, 100, 191]}, folder=tmp_path / "here")
    for number, seed in enumerate((0, 100, 191)):
        own = Run(sweeping.folder / str(seed)).summary["weights_sha256"]
        assert own == here.run(number).summary["weights_sha256"]


@pytest.mark.slow
@pytest.mark.parametrize(("signum", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_tasks_and_what_is_missing_is_completed_here(
    signum: signal.Signals, status: int, cluster: Any, tmp_path: Path, command: Command
) -> None:
    sweeping = sweeping_on(cluster, tmp_path, *LONG)
    sweeping.wait_until(lambda: len(sweeping.finished()) > 16)
    began = time.monotonic()
    sweeping.process.send_signal(signum)
    ended, out, err = sweeping.end()
    assert (ended, err) == (status, "")
    assert time.monotonic() - began < 20
    found = len(sweeping.finished())
    assert 0 < found < 192
    assert "jobs did not finish" in out
    time.sleep(3)
    assert len(sweeping.finished()) == found, "nothing is written afterwards"
    assert not workers()
    completed = command("backprop_lab.sweep", str(sweeping.folder), "--complete")
    assert completed.returncode == 0, completed.stderr
    assert f"batched    {192 - found} jobs" in completed.stdout
    assert statuses(sweeping.folder) == ["finished"] * 192
    assert is_clean(sweeping.folder)


@pytest.mark.slow
def test_the_tasks_of_a_killed_command_end(cluster: Any, tmp_path: Path, command: Command) -> None:
    sweeping = sweeping_on(cluster, tmp_path, *LONG)
    sweeping.wait_until(lambda: len(sweeping.finished()) > 16)
    sweeping.process.kill()
    sweeping.process.communicate()
    deadline = time.monotonic() + 30
    while workers() and time.monotonic() < deadline:
        time.sleep(0.2)
    found = len(sweeping.finished())
    time.sleep(3)
    assert len(sweeping.finished()) == found < 192
    done = command("backprop_lab.sweep", str(sweeping.folder), "--complete")
    assert (done.returncode, done.stderr) == (0, "")
    assert statuses(sweeping.folder) == ["finished"] * 192
    assert is_clean(sweeping.folder)


@pytest.mark.slow
def test_the_command_of_the_document_works(cluster: Any, tmp_path: Path, command: Command) -> None:
    text = (ROOT / "docs" / "clusters.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^\$ python -m (train .*where=ray .+)$", text, re.MULTILINE)
    less = ("seed=range(2)", "epochs=2", "hydra.sweep.dir=sweep")
    done = command(*shlex.split(line), *less, RAY_ADDRESS=cluster.address, **QUIET)
    assert (done.returncode, done.stderr) == (0, "")
    assert "of 4 nodes of Ray" in done.stdout
    assert statuses(tmp_path / "sweep") == ["finished"] * 2


def test_a_cluster_that_does_not_answer_is_one_line(program: Program, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    began = time.monotonic()
    where = ("hydra.launcher.where=ray", "hydra.launcher.address=127.0.0.1:1")
    done = program(*BATCHED, *SMALL, *where, "seed=range(4)", "hydra.sweep.dir=sweep")
    assert done.status == 2
    assert done.err == (
        "error: hydra.launcher.address: got '127.0.0.1:1'; allowed: the address of a Ray cluster that answers "
        "(Connection refused)\n"
    )
    assert time.monotonic() - began < 10
    assert not (tmp_path / "sweep").exists()


@pytest.mark.slow
def test_a_port_that_is_not_ray_is_one_line_too(command: Command, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, and never says a word
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        where = ("hydra.launcher.where=ray", f"hydra.launcher.address={address}")
        done = command("train", *BATCHED, *SMALL, *where, "seed=range(4)", "hydra.sweep.dir=sweep")
    assert done.returncode == 2
    assert done.stderr == (
        f"error: hydra.launcher.address: got '{address}'; allowed: the address of a Ray cluster that answers "
        "(what is there is no Ray cluster)\n"
    )
    assert time.monotonic() - began < 15
    assert not (tmp_path / "sweep").exists()


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (("hydra.launcher.where=cloud",), "hydra.launcher.where: got cloud; allowed: local, ray, slurm"),
        (("hydra.launcher.partition=cpu",),
         "hydra.launcher.partition: got cpu; allowed: nothing with hydra.launcher.where=local"),
        (("hydra.launcher.where=ray", "hydra.launcher.threads=2"),
         "hydra.launcher.threads: got 2; allowed: nothing with hydra.launcher.where=ray"),
        (("hydra.launcher.where=slurm", "hydra.launcher.minutes=0"),
         "hydra.launcher.minutes: got 0; allowed: a whole number from 1 to 100,000, or null for 60"),
        (("hydra.launcher.where=ray", "hydra.launcher.wait=false"),
         "hydra.launcher.wait: got false; allowed: true; only jobs of Slurm go on without this process"),
    ],
)  # fmt: skip
def test_what_a_place_does_not_take_is_refused(
    given: tuple[str, ...], line: str, program: Program, tmp_path: Path
) -> None:
    done = program(*BATCHED, *SMALL, *given, "seed=range(4)", "hydra.sweep.dir=sweep")
    assert (done.status, done.err) == (2, f"error: {line}\n")
    assert not (tmp_path / "sweep").exists()


@pytest.mark.parametrize(("where", "library"), [("ray", "ray"), ("slurm", "submitit")])
def test_a_missing_library_is_one_line(where: str, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ConfigError) as refused:
        place.place_at(where, {})
    assert str(refused.value) == (
        f"hydra.launcher.where: got {where}; allowed: {where} after: pip install 'backprop-lab[{where}]'"
    )


def test_a_place_is_loaded_when_it_is_chosen() -> None:
    code = "import sys, train; assert not {'ray', 'submitit', 'torch'} & set(sys.modules), sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_another_version_elsewhere_trains_nothing() -> None:
    from backprop_lab.runs.errors import RunError
    from backprop_lab.sweep.places.elsewhere import Origin

    Origin.here().take_on()
    with pytest.raises(RunError, match=r"has version .*, and the sweep began with 0\.0\.9"):
        replace(Origin.here(), version="0.0.9").take_on()


def test_a_sweep_tells_what_its_place_says(tmp_path: Path) -> None:
    """An order that is lost fails those of its jobs that have not ended, with the reason, and they can be completed."""
    from backprop_lab.sweep.places import carry_out
    from backprop_lab.sweep.places.local import Local
    from backprop_lab.sweep.places.place import News

    class Losing(Local):
        def listen(self, seconds: float) -> Iterator[News]:
            for news in super().listen(seconds):
                is_second = news.order == 1 and news.has_ended
                yield News(1, lost="its worker was lost") if is_second else news

    sweep = train_many(*SMALL, "report=false", {"seed": range(40)}, folder=tmp_path / "sweep")
    for number in range(16, 40):
        sweep.run(number).remove_receipt()
    for number in range(20, 40):
        assert sweep.run(number).status == "not run"
    assert carry_out.SECONDS < 5
    from backprop_lab.sweep.jobs import complete

    complete(Sweep(sweep.folder), Losing())
    assert {job.status for job in Sweep(sweep.folder).jobs()} == {"finished"}, "what had ended is left as it is"
