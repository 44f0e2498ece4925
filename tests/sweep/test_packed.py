"""Jobs that share files: what they leave is that of jobs with folders, whoever reads it, and whatever happens to it."""

import contextlib
import json
import re
import shutil
import signal
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_lab import Run, Sweep, train_many
from backprop_lab.config.errors import ConfigError
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.packed import Packs, pack_name
from backprop_lab.sweep import storage
from conftest import Command, Program
from sweep.places.test_local import Sweeping

SMALL = ("dataset.n_samples=60", "epochs=3", "report=false")
SWEPT: dict[str, Any] = {"model.hidden": [2, 5], "optimizer.lr": [0.1, 1e30], "seed": range(12)}
JOBS = 48


def files_below(folder: Path) -> dict[str, bytes]:
    """The files of the jobs, without what the clock says."""
    found = {}
    for file in folder.glob("[0-9]*/**/*"):
        if file.is_file():
            content = file.read_bytes()
            if file.name == "summary.json":
                content = re.sub(rb'"(fit_)?seconds": [0-9.e-]+', b"", content)
            found[str(file.relative_to(folder))] = content
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same sweep with folders, and packed."""
    below = tmp_path_factory.mktemp("sweeps")
    for kind in ("folders", "packed"):
        train_many(*SMALL, SWEPT, folder=below / kind, storage=kind)
    return {kind: below / kind for kind in ("folders", "packed")}


@pytest.fixture
def packed(made: dict[str, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(made["packed"], tmp_path / "packed"))


def test_there_are_a_few_files_in_place_of_many_folders(made: dict[str, Path]) -> None:
    assert not list(made["packed"].glob("[0-9]*"))
    assert 1 <= len(list((made["packed"] / "packed").iterdir())) <= 12
    without = [re.sub(",[0-9.]+,(finished|diverged)", ",", (made[kind] / "sweep.csv").read_text()) for kind in made]
    assert without[0] == without[1]
    assert "diverged" in (made["packed"] / "sweep.csv").read_text()


def test_unpacked_jobs_have_every_byte_of_those_with_folders(
    made: dict[str, Path], packed: Path, command: Command
) -> None:
    expected = files_below(made["folders"])
    assert len(expected) > 5 * JOBS
    done = command("backprop_lab.sweep", "--unpack", str(packed))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{JOBS} jobs unpacked\n", "")
    assert files_below(packed) == expected
    assert not list((packed / "packed").iterdir())
    again = command("backprop_lab.sweep", "--unpack", str(packed))
    assert (again.returncode, again.stdout) == (0, "0 jobs unpacked\n")
    assert [job.status for job in Sweep(packed).jobs()] == [job.status for job in Sweep(made["folders"]).jobs()]


@pytest.mark.parametrize("number", [0, 17, 47])
def test_one_job_is_read_as_if_it_had_a_folder(number: int, made: dict[str, Path]) -> None:
    mine, other = Run(made["packed"] / str(number)), Run.at(made["folders"] / str(number))
    assert mine.config == other.config
    assert mine.overrides == other.overrides
    assert mine.status == other.status
    assert mine.state().weights_sha256 == other.state().weights_sha256 == mine.summary["weights_sha256"]
    for name, column in other.metrics().items():
        np.testing.assert_array_equal(mine.metrics()[name], column)
    assert [frame.weights_sha256 for frame in mine.frames()] == [frame.weights_sha256 for frame in other.frames()]
    assert not (made["packed"] / str(number)).exists(), "reading makes nothing"


def test_a_packed_job_is_evaluated_reported_and_resumed(made: dict[str, Path], packed: Path, command: Command) -> None:
    evaluated = [command("backprop_lab.evaluate", f"run={folder}/3") for folder in (packed, made["folders"])]
    assert evaluated[0].returncode == evaluated[1].returncode == 0, evaluated[0].stderr
    assert evaluated[0].stdout.split("outputs")[0] == evaluated[1].stdout.split("outputs")[0]
    reported = command("backprop_lab.report", str(packed / "3"))
    assert (reported.returncode, (packed / "3" / "report.html").exists()) == (0, True), reported.stderr
    copy = Path(shutil.copytree(made["folders"], packed.parent / "folders"))
    for folder in (packed, copy):
        resumed = command("train", f"resume={folder}/4", "epochs=6")
        assert resumed.returncode == 0, resumed.stderr
    runs = [Run(folder / "4") for folder in (packed, copy)]
    assert runs[0].summary["epochs"] == 6
    assert runs[0].summary["weights_sha256"] == runs[1].summary["weights_sha256"]
    assert [job.summary["epochs"] for job in Sweep(packed).jobs()[3:6]] == [3, 6, 3], "its own folder counts"


def test_completing_trains_what_no_pack_has_with_the_same_bits(
    made: dict[str, Path], packed: Path, command: Command
) -> None:
    lost = sorted((packed / "packed").iterdir())[0]
    missing = sorted(number for number, pack in Packs(Sweep(packed).files).jobs().items() if pack == lost.name)
    lost.unlink()
    assert [job.number for job in Sweep(packed).jobs() if job.status == "not run"] == missing
    done = command("backprop_lab.sweep", str(packed), "--complete")
    assert done.returncode == 1, "some have diverged, as before"
    assert f"batched    {len(missing)} jobs" in done.stdout
    hashes = [
        [run.summary["weights_sha256"] for run in Sweep(made[k] if k else packed).runs().values()]
        for k in ("folders", "")
    ]
    assert hashes[0] == hashes[1]
    assert not list(packed.glob("[0-9]*"))


def into_a_link(file: Path) -> None:
    file.rename(file.with_suffix(".other"))
    file.symlink_to(file.with_suffix(".other"))


def into_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda file: file.write_bytes(b""),
    "cut in the middle": lambda file: file.write_bytes(file.read_bytes()[:5000]),
    "no archive": lambda file: file.write_text("nothing of that kind\n" * 100),
    "a link": into_a_link,
    "a folder": into_a_folder,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_pack_is_named_and_costs_its_jobs(damage: str, packed: Path, command: Command) -> None:
    file = sorted((packed / "packed").iterdir())[0]
    DAMAGES[damage](file)
    done = command("backprop_lab.sweep", str(packed))
    assert done.returncode in (1, 2)
    assert file.name in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_a_damaged_pack_costs_no_job_of_another(packed: Path, made: dict[str, Path]) -> None:
    first = sorted((packed / "packed").iterdir())[0]
    lost = sorted(number for number, pack in Packs(Sweep(packed).files).jobs().items() if pack == first.name)
    first.write_bytes(first.read_bytes()[:2000])
    before = Sweep(made["folders"]).jobs()
    for job in Sweep(packed).jobs():
        if job.number in lost:
            assert (job.status, job.is_readable) == ("failed", False)
            assert first.name in job.reason
        else:
            assert job.run.summary["weights_sha256"] == before[job.number].run.summary["weights_sha256"]


@pytest.mark.parametrize("place", [300, 3000, -300, -3000])
def test_a_flipped_bit_is_noticed_or_changes_nothing(place: int, made: dict[str, Path], packed: Path) -> None:
    file = sorted((packed / "packed").iterdir())[0]
    content = bytearray(file.read_bytes())
    content[place] ^= 16
    file.write_bytes(content)
    for job, expected in zip(Sweep(packed).jobs(), Sweep(made["folders"]).jobs(), strict=True):
        with contextlib.suppress(RunError):
            assert job.run.state().weights_sha256 == expected.summary["weights_sha256"]


def test_what_a_pack_of_others_holds_is_not_written_elsewhere_nor_unpacked_without_end(tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    (folder / "packed").mkdir(parents=True)
    evil = folder / "packed" / pack_name(0, 0, 9)
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("../../escaped.txt", "out")
        archive.writestr("summary.json", "{}")
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("summary.json", bytes(50_000_000))
    with zipfile.ZipFile(evil, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0", inner.read_bytes())
        archive.writestr("1", bomb.read_bytes())
        archive.writestr("2", b"no archive")
        archive.writestr("../3", inner.read_bytes())
    sweep = Sweep(folder)
    assert sorted(sweep.packs.jobs()) == [0, 1, 2]
    for number in (1, 2):
        with pytest.raises(RunError, match="damaged"):
            sweep.packs.content(evil.name, number)
    with pytest.raises(RunError, match="not the name of a file"):
        Run(folder / "0").files.append("train.log")  # unpacks it
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bomb.zip", "inner.zip", "sweep"]


def test_storage_is_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: Program) -> None:
    batched = ("-m", "hydra/launcher=batched", *SMALL, "seed=range(4)", "hydra.sweep.dir=sweep")
    refused = program(*batched, "hydra.launcher.storage=zip")
    assert (refused.status, refused.err) == (
        2, "error: hydra.launcher.storage: got zip; allowed: auto, folders, packed\n",
    )  # fmt: skip
    refused = program(*batched, "hydra.launcher.storage=packed", "events=true")
    assert refused.status == 2
    assert "hydra.launcher.storage: got packed; allowed: folders, because events=true" in refused.err
    assert not (tmp_path / "sweep").exists()
    monkeypatch.setattr(storage, "MOST_FOLDERS", 3)
    train_many(*SMALL, {"seed": range(4)}, folder=tmp_path / "many")
    train_many(*SMALL, {"seed": range(3)}, folder=tmp_path / "few")
    assert (tmp_path / "many" / "packed").is_dir()
    assert (tmp_path / "few" / "2").is_dir()
    with pytest.raises(ConfigError, match=r"hydra\.launcher\.storage"):
        train_many(*SMALL, {"seed": range(4)}, folder=tmp_path / "other", storage="zip")


def test_jobs_that_are_trained_alone_have_folders_beside_the_packs(tmp_path: Path) -> None:
    sweep = train_many(
        *SMALL, {"engine": ["kernel", "by_hand"], "seed": [0, 1]}, folder=tmp_path / "s", storage="packed"
    )
    assert [job.status for job in sweep.jobs()] == ["finished"] * 4
    assert sorted(path.name for path in sweep.folder.glob("[0-9]*")) == ["2", "3"]
    table = sweep.table()
    assert list(table["engine"]) == ["kernel"] * 2 + ["by_hand"] * 2
    assert np.allclose(table["val_loss"][:2], table["val_loss"][2:], atol=1e-5)


def test_a_plan_of_others_says_packed_in_no_other_way(packed: Path) -> None:
    first, *rest = (packed / "plan.jsonl").read_text().splitlines(keepends=True)
    (packed / "plan.jsonl").write_text(json.dumps({**json.loads(first), "packed": "yes"}) + "\n" + "".join(rest))
    with pytest.raises(RunError, match="line 1"):
        Sweep(packed).jobs()


def test_a_signal_leaves_what_is_packed_so_far(tmp_path: Path) -> None:
    endless = ("dataset=xor", "epochs=2,5_000_000", "log_every_n_epochs=1000000", "seed=range(3)")
    sweeping = Sweeping(tmp_path, *endless, "hydra.launcher.threads=2", "hydra.launcher.storage=packed")
    sweeping.wait_until(lambda: any(sweeping.folder.glob("packed/*.zip")))
    sweeping.process.send_signal(signal.SIGINT)
    out, err = sweeping.process.communicate(timeout=60)
    assert (sweeping.process.returncode, err) == (130, "")
    assert "3 of 6 jobs did not finish:" in out
    assert [str(job.status) for job in Sweep(sweeping.folder).jobs()].count("finished") == 3
    assert not list(sweeping.folder.rglob("*.tmp"))


def test_a_later_pack_counts_and_gets_a_later_name(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path)
    packs = Packs(sweep.files)
    for number, text in enumerate((b"first", b"second")):
        packs.write(pack_name(number, 0, 3), {0: {"note.txt": text}, 3: {"note.txt": text}})
    packs.write(pack_name(7, 3, 5), {3: {"note.txt": b"third"}})
    found = {number: packs.content(pack, number)["note.txt"] for number, pack in packs.jobs().items()}
    assert found == {0: b"second", 3: b"third"}
    assert [packs.content(pack, 3)["note.txt"] for pack in packs.names] == [b"third", b"second", b"first"]
    assert packs.pack_of(4) is None
    assert sweep.next_pack(0, 5) == "000008_0-5.zip"
    (tmp_path / "packed" / packs.names[-1]).unlink()
    assert Sweep(tmp_path).next_pack(0, 5) == "000008_0-5.zip", "though there are fewer now"
