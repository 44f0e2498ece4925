"""A batched sweep as tasks of Slurm, on one node of its own: the same files as in this process, whatever happens.

Needs Debian's slurm-wlm and munge, and root: ``apt-get install --no-install-recommends slurm-wlm munge``. Where they
are missing these tests are skipped, unless BACKPROP_LAB_SLURM=1 says that they must not be.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from backprop_lab import Run, Sweep, train_many
from backprop_lab.runs.errors import RunError
from backprop_lab.sweep.places import slurm
from conftest import ROOT, Command
from sweep.places.test_local import Sweeping, statuses
from sweep.places.test_ray import files_of_jobs, is_clean

WHERE = "hydra.launcher.where=slurm"
SMALL = ("dataset.n_samples=60", "epochs=3")
LONG = ("epochs=500", "log_every_n_epochs=500", "callbacks=[]", "seed=range(192)")
IS_ASKED = os.environ.get("BACKPROP_LAB_SLURM") == "1"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[None]:
    """A cluster of this machine alone."""
    missing = [name for name in ("slurmctld", "slurmd", "munged") if shutil.which(name) is None]
    why = f"needs {', '.join(missing)}" if missing else "needs root" if os.geteuid() else ""
    if why and not IS_ASKED:
        pytest.skip(why)
    folder = Path("/tmp") / tmp_path_factory.mktemp("slurm", numbered=True).name / worker_id  # a socket's path is short
    number = int(worker_id.removeprefix("gw") or 0) if worker_id != "master" else 0
    ports = {"SLURMCTLD_PORT": str(26817 + 10 * number), "SLURMD_PORT": str(26818 + 10 * number)}
    script = ["sh", str(Path(__file__).with_name("one_node.sh")), str(folder)]
    with FileLock(str(tmp_path_factory.getbasetemp().parent / "slurm.lock")):  # two on one machine disturb each other
        started = subprocess.run(script, env=os.environ | ports, capture_output=True, text=True, check=False)
        assert started.returncode == 0, started.stdout + started.stderr
        os.environ["SLURM_CONF"] = str(folder / "slurm.conf")
        yield
        subprocess.run([*script, "stop"], check=True)
        del os.environ["SLURM_CONF"]
        shutil.rmtree(folder.parent, ignore_errors=True)


def queue() -> list[str]:
    said = subprocess.run(["squeue", "--noheader", "--array"], capture_output=True, text=True, check=True)
    return said.stdout.splitlines()


def tasks() -> list[int]:
    """The processes that train."""
    found = subprocess.run(["pgrep", "-f", "submitit.core._submit"], capture_output=True, text=True, check=False)
    return [int(pid) for pid in found.stdout.split()]


@pytest.mark.slow
def test_every_file_is_that_of_a_sweep_in_this_process(node: None, tmp_path: Path) -> None:
    swept: dict[str, Any] = {"model.hidden": [2, 5], "optimizer.lr": [0.1, 1e30], "seed": range(24)}
    here = train_many("report=False", *SMALL, swept, folder=tmp_path / "here", storage="folders")
    there = Sweeping(
        tmp_path, WHERE, "hydra.launcher.partition=lab", "hydra.launcher.minutes=5", *SMALL, "model.hidden=2,5",
        "optimizer.lr=0.1,1e30", "seed=range(24)",
    )  # fmt: skip
    status, out, err = there.end()
    assert (status, err) == (1, ""), "some have diverged"
    assert "of Slurm at once, 1 core each" in out
    assert files_of_jobs(there.folder) == files_of_jobs(here.folder)
    assert statuses(there.folder) == statuses(here.folder)
    assert is_clean(there.folder)
    assert not list(there.folder.glob(".backprop-lab-*"))
    assert not (there.folder / "slurm.json").exists()


@pytest.mark.slow
def test_a_killed_task_is_given_a_second_try(node: None, tmp_path: Path) -> None:
    sweeping = Sweeping(tmp_path, WHERE, *LONG)
    sweeping.wait_until(lambda: len(sweeping.finished()) > 16 and tasks())
    for pid in tasks():
        os.kill(pid, signal.SIGKILL)
    status, out, err = sweeping.end()
    assert (status, err) == (0, ""), out
    assert statuses(sweeping.folder) == ["finished"] * 192
    assert is_clean(sweeping.folder)


@pytest.mark.slow
def test_ctrl_c_leaves_no_task_and_what_is_missing_is_completed_here(
    node: None, tmp_path: Path, command: Command
) -> None:
    sweeping = Sweeping(tmp_path, WHERE, *LONG)
    sweeping.wait_until(lambda: len(sweeping.finished()) > 16)
    began = time.monotonic()
    sweeping.process.send_signal(signal.SIGINT)
    status, _, err = sweeping.end()
    assert (status, err) == (130, "")
    assert time.monotonic() - began < 15
    found = len(sweeping.finished())
    assert not queue()
    time.sleep(2)
    assert len(sweeping.finished()) == found < 192, "nothing is written afterwards"
    completed = command("backprop_lab.sweep", str(sweeping.folder), "--complete")
    assert completed.returncode == 0, completed.stderr
    assert f"batched    {192 - found} jobs" in completed.stdout
    assert statuses(sweeping.folder) == ["finished"] * 192


@pytest.mark.slow
def test_what_is_queued_is_waited_for_and_not_trained_twice(node: None, tmp_path: Path, command: Command) -> None:
    left = Sweeping(tmp_path, WHERE, *LONG, "hydra.launcher.wait=false")
    status, out, err = left.end()
    assert (status, err) == (0, "")
    assert "submitted" in out
    assert "--complete --wait --where=slurm" in out
    shown = command("backprop_lab.sweep", str(left.folder))
    assert "queued" in shown.stdout
    refused = command("backprop_lab.sweep", str(left.folder), "--complete")
    assert refused.returncode == 2
    assert "still queued in Slurm; --wait waits for them, scancel --name=backprop-lab-" in refused.stderr
    before = {file: file.stat().st_mtime_ns for file in left.folder.glob("*/summary.json")}
    waited = command("backprop_lab.sweep", str(left.folder), "--complete", "--wait", "--where=slurm")
    assert (waited.returncode, waited.stderr) == (0, "")
    assert "waiting for" in waited.stdout
    assert "batched" not in waited.stdout, "nothing was left to train"
    assert statuses(left.folder) == ["finished"] * 192
    assert all(file.stat().st_mtime_ns == when for file, when in before.items())
    assert not list(left.folder.glob(".backprop-lab-*"))
    alone = train_many(*LONG[:3], "report=false", {"seed": [191]}, folder=tmp_path / "here")
    assert Run(left.folder / "191").summary["weights_sha256"] == alone.run(0).summary["weights_sha256"]


@pytest.mark.slow
def test_a_killed_driver_is_succeeded_by_completing(node: None, tmp_path: Path, command: Command) -> None:
    sweeping = Sweeping(tmp_path, WHERE, *LONG)
    sweeping.wait_until(lambda: len(sweeping.finished()) > 16)
    sweeping.process.kill()
    sweeping.process.communicate()
    refused = command("backprop_lab.sweep", str(sweeping.folder), "--complete")
    assert refused.returncode == 2, "its tasks go on"
    done = command("backprop_lab.sweep", str(sweeping.folder), "--complete", "--wait")
    assert (done.returncode, done.stderr) == (0, "")
    assert statuses(sweeping.folder) == ["finished"] * 192
    assert is_clean(sweeping.folder)
    assert not queue()


@pytest.mark.slow
def test_the_commands_of_the_document_work(node: None, tmp_path: Path, command: Command) -> None:
    lines = re.findall(
        r"^\$ python -m (.+)$", (ROOT / "docs" / "clusters.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    (train,) = (line for line in lines if "where=slurm hydra" in line)
    complete, unpack = (line for line in lines if line.startswith("backprop_lab.sweep"))
    less = ("seed=range(2)", "epochs=2", "hydra.launcher.storage=packed", "hydra.sweep.dir=outputs/sweeps/DATE/TIME")
    done = command(*shlex.split(train.replace("partition=cpu", "partition=lab")), *less)
    assert done.returncode == 0, done.stderr
    for line in (complete, unpack):
        done = command(*shlex.split(line))
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "outputs" / "sweeps" / "DATE" / "TIME" / "5" / "summary.json").exists()


@pytest.mark.slow
def test_a_partition_that_there_is_not_is_refused(node: None, tmp_path: Path) -> None:
    status, _, err = Sweeping(tmp_path, WHERE, *SMALL, "hydra.launcher.partition=cpu", "seed=range(4)").end()
    assert (status, err) == (2, "error: hydra.launcher.partition: got cpu; allowed: lab\n")
    assert not (tmp_path / "sweep").exists()


def test_why_a_task_failed_is_its_last_line(tmp_path: Path) -> None:
    """As submitit says it, here of a process of this machine."""
    submitit = pytest.importorskip("submitit")
    job = submitit.LocalExecutor(folder=str(tmp_path)).submit(int, "no number")
    with pytest.raises(submitit.core.utils.FailedJobError) as failed:
        job.result()
    assert slurm.reason_of(failed.value) == "ValueError: invalid literal for int() with base 10: 'no number'"
    assert slurm.reason_of(OSError("gone")) == "gone"
    assert slurm.reason_of(ValueError()) == "ValueError"


@pytest.fixture
def no_slurm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def test_without_slurm_nothing_begins_and_nothing_that_may_be_queued_is_trained(no_slurm: None, tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    with pytest.raises(ValueError, match="no sbatch here"):
        slurm.build(None, None, None, None, None)
    slurm.remember(tmp_path, "backprop-lab-0123456789abcdef", [[0, 1], [2]])
    with pytest.raises(RunError, match="may still be queued, but Slurm does not answer"):
        slurm.queued_jobs(tmp_path)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{", '{"backprop-lab-0123456789abcdef": 3}', '{"backprop-lab-0123456789abcdef": [["0"]]}',
     '{"--usage": [[0]]}', '{"a,b": [[0]]}', '{"../../x": [[0]]}', "[" * 100_000],
)  # fmt: skip
def test_a_queue_of_others_is_data(content: str, tmp_path: Path) -> None:
    (tmp_path / slurm.FILE).write_text(content)
    with pytest.raises(RunError, match=r"slurm\.json: damaged"):
        slurm.queued_jobs(tmp_path)
    with pytest.raises(RunError, match=r"slurm\.json: damaged"):
        slurm.forget(tmp_path)


def test_what_others_have_pickled_is_never_read(tmp_path: Path) -> None:
    """A foreign sweep folder with a queue and its pickles: they are removed unread, and so is no link's target."""
    sweep = train_many(*SMALL, "report=false", {"seed": [0, 1]}, folder=tmp_path / "sweep")
    name = "backprop-lab-0123456789abcdef"
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("mine")
    (sweep.folder / f".{name}").symlink_to(precious)
    (sweep.folder / slurm.FILE).write_text(json.dumps({name: [[0, 1]]}))
    slurm.forget(sweep.folder)
    assert (precious / "file").read_text() == "mine"
    assert [job.status for job in Sweep(sweep.folder).jobs()] == ["finished"] * 2
