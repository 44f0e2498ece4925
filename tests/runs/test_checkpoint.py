"""A checkpoint is whole or refused, whatever happens to the file, to the disk or while it is written."""

import contextlib
import errno
import hashlib
import io
import itertools
import os
import pickle
import random
import resource
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backprop_lab.experiment import experiment
from backprop_lab.runs import checkpoint, directory, files
from backprop_lab.runs.checkpoint import MARK
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.files import Files
from backprop_lab.runs.run import Run
from backprop_lab.training.state import State
from backprop_lab.training.task import Task
from conftest import Program, Silent, Train, configured

SMALL = ("epochs=4", "dataset.n_samples=60", "engine=module", "optimizer=adam", "logger=none", "callbacks=[frames]")
LIMIT = 1_000_000


def some_state(epoch: int = 3) -> State:
    rng = np.random.default_rng(epoch)
    weights = {"layers.0.weight": rng.normal(size=(2, 3)).astype(np.float32), "layers.0.bias": np.zeros(3, np.float32)}
    return State(
        epoch, 7 * epoch, weights, {f"exp_avg/{name}": rng.normal(size=w.shape) for name, w in weights.items()}
    )


def signed(content: bytes) -> bytes:
    """Content with the right checksum behind it, as anybody can compute it."""
    return content + MARK + hashlib.sha256(content).hexdigest().encode()


def saved(content: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def hidden_files(folder: Path) -> list[str]:
    """Temporary files: those with a dot, apart from the folder .hydra and the lock."""
    return [path.name for path in folder.rglob(".*") if path.name not in (".hydra", ".lock")]


# -- the bytes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_state_comes_back_with_every_bit(dtype: str) -> None:
    values = np.array([[0.1, -0.0, 1e-40], [np.finfo(dtype).max, np.finfo(dtype).tiny, 1 / 3]], dtype)
    state = State(
        12, 345, {"layers.0.weight": values, "layers.0.bias": values[0]}, {"exp_avg/layers.0.bias": values[1]}
    )
    back = checkpoint.load(checkpoint.dump(state), LIMIT)
    assert (back.epoch, back.step) == (12, 345)
    assert back.weights_sha256 == state.weights_sha256
    for given, wanted in ((back.weights, state.weights), (back.optimizer, state.optimizer)):
        assert given.keys() == wanted.keys()
        for name, array in wanted.items():
            assert given[name].dtype == array.dtype
            assert given[name].tobytes() == array.tobytes()


def test_torch_reads_the_file_with_weights_only(tmp_path: Path) -> None:
    state = some_state()
    file = tmp_path / "last.ckpt"
    file.write_bytes(checkpoint.dump(state))
    stored = torch.load(file, weights_only=True)
    assert stored["epoch"] == 3
    assert stored["step"] == 21
    np.testing.assert_array_equal(stored["weights"]["layers.0.weight"], state.weights["layers.0.weight"])


def test_the_same_state_makes_the_same_bytes() -> None:
    assert checkpoint.dump(some_state()) == checkpoint.dump(some_state())


@pytest.mark.parametrize("limit", [0, 100])
def test_more_inside_than_the_network_needs_is_refused(limit: int) -> None:
    with pytest.raises(ValueError, match=f"needs less than {limit}"):
        checkpoint.load(checkpoint.dump(some_state()), limit)


WRONG: dict[str, Callable[[], object]] = {
    "no dictionary": lambda: [1, 2, 3],
    "nothing": lambda: {},
    "no epoch": lambda: {"step": 1, "weights": {}, "optimizer": {}},
    "negative epoch": lambda: {"epoch": -1, "step": 1, "weights": {}, "optimizer": {}},
    "fractional step": lambda: {"epoch": 1, "step": 1.5, "weights": {}, "optimizer": {}},
    "epoch in words": lambda: {"epoch": "3", "step": 1, "weights": {}, "optimizer": {}},
    "weights in a list": lambda: {"epoch": 1, "step": 1, "weights": [torch.zeros(1)], "optimizer": {}},
    "weights that are no tensors": lambda: {"epoch": 1, "step": 1, "weights": {"w": 1.0}, "optimizer": {}},
    "a sparse tensor": lambda: {"epoch": 1, "step": 1, "weights": {"w": torch.eye(2).to_sparse()}, "optimizer": {}},
    "a module": lambda: torch.nn.Linear(1, 1),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_a_state_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        checkpoint.load(signed(saved(WRONG[name]())), LIMIT)
    assert "\n" not in str(caught.value)


# -- the file ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A trained run with last.ckpt, previous.ckpt and best.ckpt. Tests put its files back."""
    run = Run(tmp_path_factory.mktemp("checkpoint") / "run")
    experiment.train(configured(*SMALL), run, list(SMALL), Silent(), keep_points=True, began=time.monotonic())
    first, *_, last = run.frames()
    run.write_state("last", first)
    run.write_state("last", last)
    return run


@pytest.fixture
def trained(kept: Run) -> Iterator[Run]:
    files = {path: path.read_bytes() for path in kept.folder.rglob("*") if path.is_file()}
    yield kept
    for path in kept.folder.rglob("*"):
        if path.is_file() and path not in files:
            path.unlink()
    for path, content in files.items():
        path.unlink(missing_ok=True)  # it may be a second name of another one
        path.write_bytes(content)


def refusal(run: Run) -> str:
    with pytest.raises(RunError) as caught:
        Run(run.folder).state()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_every_flipped_bit_and_every_truncation_is_refused(trained: Run) -> None:
    file = trained.checkpoint_file("last")
    content = file.read_bytes()
    rng = random.Random(0)
    damaged = []
    for _ in range(60):
        flipped = bytearray(content)
        flipped[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        damaged.append(bytes(flipped))
    damaged += [content[: rng.randrange(len(content))] for _ in range(17)]
    damaged += [b"", content[:-1], content + b"\n"]
    task = trained.task  # the points need not be read eighty times
    for wrong in damaged:
        file.write_bytes(wrong)
        run = Run(trained.folder)
        run.task = task
        with pytest.raises(RunError) as caught:
            run.state()
        text = str(caught.value)
        assert text.startswith(f"{file}: damaged")
        assert str(trained.checkpoint_file("previous")) in text
        assert str(trained.checkpoint_file("best")) in text
    file.write_bytes(content)
    assert Run(trained.folder).state().epoch == 4


def test_the_checkpoint_that_is_offered_can_be_used(trained: Run) -> None:
    trained.checkpoint_file("last").write_bytes(b"")
    assert str(trained.checkpoint_file("previous")) in refusal(trained)
    run = Run.at(trained.checkpoint_file("previous"))
    assert run.folder == trained.folder
    assert run.state().epoch == 0
    assert run.predict([0.0, 0.0]).shape == (1,)


def test_only_checkpoints_that_are_there_are_offered(trained: Run) -> None:
    trained.checkpoint_file("last").unlink()
    trained.checkpoint_file("previous").unlink()
    text = refusal(trained)
    assert text.startswith(f"{trained.checkpoint_file('last')}: missing")
    assert "best.ckpt" in text
    assert "previous.ckpt" not in text
    trained.checkpoint_file("best").unlink()
    assert refusal(trained).endswith("missing")


def test_a_checkpoint_of_another_network_or_optimizer_is_refused(trained: Run, train: Train) -> None:
    file = trained.checkpoint_file("last")
    others = {
        "wider": ["model.hidden=9"],
        "deeper": ["model.hidden=[8,1]"],
        "optimizer": ["optimizer=sgd"],
        "precision": ["precision=64"],
    }
    for name, overrides in others.items():
        other = train(*SMALL, "epochs=1", *overrides, folder=name)
        file.write_bytes(other.checkpoint_file("last").read_bytes())
        assert refusal(trained).startswith(f"{file}: damaged (its arrays are not those of")


def test_a_checkpoint_of_another_network_is_refused_where_the_optimizer_remembers_nothing(train: Train) -> None:
    run, other = (train(*SMALL, "optimizer=sgd", f"model.hidden={width}", folder=str(width)) for width in (8, 9))
    assert not run.state().optimizer
    run.checkpoint_file("last").write_bytes(other.checkpoint_file("last").read_bytes())
    assert "its arrays are not those of" in refusal(run)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(trained: Run) -> None:
    state = Run(trained.folder).state()
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(checkpoint.dump(state))) as whole,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for entry in whole.infolist():
            data = whole.read(entry)
            bomb.writestr(entry.filename, bytes(50_000_000) if entry.filename.endswith("data/0") else data)
    file = trained.checkpoint_file("last")
    file.write_bytes(signed(buffer.getvalue()))
    assert file.stat().st_size < 65_536
    assert "bytes, but this network's state needs less than" in refusal(trained)


def test_a_checkpoint_far_too_large_is_not_even_read(trained: Run) -> None:
    with trained.checkpoint_file("last").open("ab") as file:
        file.truncate(3_000_000_000)  # sparse: it takes no room on the disk
    text = refusal(trained)
    assert "3,000,000,000 bytes; at most" in text


class Payload:
    """Unpickled, it makes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("where", ["the whole", "an entry", "a bare pickle"])
def test_a_pickle_that_would_execute_code_does_not(where: str, trained: Run, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    payload = Payload(marker)
    content = {
        "the whole": lambda: saved(payload),
        "an entry": lambda: saved({"epoch": 1, "step": 1, "weights": {"w": payload}, "optimizer": {}}),
        "a bare pickle": lambda: pickle.dumps(payload),
    }[where]()
    trained.checkpoint_file("last").write_bytes(signed(content))
    assert "damaged" in refusal(trained)
    assert not marker.exists()
    if where != "a bare pickle":  # the payload is real
        torch.load(io.BytesIO(content), weights_only=False)
        assert marker.exists()


# -- while it is written ----------------------------------------------------------------------------------------------


class PowerCut(BaseException):
    """What nothing on the way catches."""


def crash(*args: object, **kwargs: object) -> None:
    raise PowerCut


# All that changes anything on the disk, or opens what will be.
CALLS = ("open", "mkdir", "fsync", "link", "replace", "unlink")


@contextlib.contextmanager
def killed_at(call: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """From so many calls of the system on none is carried out; gives those that were asked for."""
    made: list[str] = []

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*args: Any, **kwargs: Any) -> Any:
            made.append(name)
            return crash() if len(made) > call else function(*args, **kwargs)

        return asked

    with monkeypatch.context() as patched:
        for name in CALLS:
            patched.setattr(os, name, counted(name, getattr(os, name)))
        with contextlib.suppress(PowerCut):
            yield made


@pytest.mark.parametrize("by_descriptor", [True, False])
@pytest.mark.parametrize("has_second_names", [True, False])
@pytest.mark.parametrize("which", ["last", "best"])
def test_a_process_killed_while_writing_leaves_checkpoints_that_load(
    which: str, has_second_names: bool, by_descriptor: bool, trained: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_second_names:
        monkeypatch.setattr(os, "link", no_second_names)
    monkeypatch.setattr(directory, "BY_DESCRIPTOR", by_descriptor)
    run, task = Run(trained.folder), trained.task

    def epoch_of(name: str) -> int:
        there = Run(trained.folder, name)
        there.task = task  # the points need not be read again each time
        return there.state().epoch

    state = run.state()
    for call in itertools.count():
        before = epoch_of(which)
        with killed_at(call, monkeypatch) as made:
            run.write_state(which, State(100 + call, 0, state.weights, state.optimizer))
        assert epoch_of(which) in (before, 100 + call)
        assert epoch_of("previous") in (0, before, 99 + call)
        if len(made) <= call:  # it was not killed any more
            break
    assert {"open", "fsync", "replace"} <= set(made)
    assert ("link" in made) == (which == "last")
    assert epoch_of(which) == 100 + call
    with run.locked():
        assert hidden_files(run.folder) == []


def no_second_names(*args: object, **kwargs: object) -> None:
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


@pytest.mark.parametrize("call", ["fsync", "link", "replace"])
def test_an_error_while_writing_leaves_no_temporary_file(
    call: str, trained: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = trained.state()
    monkeypatch.setattr(os, call, crash)
    with pytest.raises(PowerCut):
        trained.write_state("last", state)
    assert hidden_files(trained.folder) == []


def test_a_damaged_last_checkpoint_never_takes_the_place_of_a_good_previous_one(
    trained: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run resumed from previous.ckpt writes its first checkpoint, and the disk is full, or it is killed."""
    good = Run(trained.folder, "previous").state()
    trained.checkpoint_file("last").write_bytes(b"damaged")
    run = Run.at(trained.checkpoint_file("previous"))
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", crash)
        with pytest.raises(PowerCut):
            run.write_state("last", good)
    assert Run(trained.folder, "previous").state().epoch == good.epoch


def test_a_file_is_on_the_disk_before_it_takes_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    seen: list[tuple[str, bytes]] = []
    fsync, replace = os.fsync, os.replace

    def fsync_seen(descriptor: int) -> None:
        seen.append(("fsync", path.read_bytes()))
        fsync(descriptor)

    def replace_seen(source: str, target: str, **places: Any) -> None:
        seen.append(("replace", path.read_bytes()))
        replace(source, target, **places)

    monkeypatch.setattr(os, "fsync", fsync_seen)
    monkeypatch.setattr(os, "replace", replace_seen)
    Files(tmp_path).write("file", b"new")
    assert seen == [("fsync", b"old"), ("replace", b"old")]
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


# -- a full disk ------------------------------------------------------------------------------------------------------

LINE = (*SMALL, "hydra.run.dir=run")


def after_epoch(epoch: int, monkeypatch: pytest.MonkeyPatch, action: Callable[[], None]) -> None:
    """Do something once the given epoch has begun, with a checkpoint after each epoch."""
    in_order = Task.batches

    def batches(task: Task, number: int) -> list[np.ndarray]:
        if number == epoch:
            action()
        return in_order(task, number)

    monkeypatch.setattr(Task, "batches", batches)
    monkeypatch.setattr("backprop_lab.callbacks.checkpoints.SECONDS_BETWEEN", 0.0)


def assert_ended_in_one_line(program: Program, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    done = program(*arguments)
    assert done.status == 1
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    return done.err


def test_a_run_whose_checkpoints_find_no_room_fails_and_keeps_the_one_before(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill = files._fill

    def full(directory: directory.Directory, name: str, content: bytes) -> None:
        if ".ckpt." in name or ".npz." in name:
            fill(directory, name, content[:100])
            directory.remove(name)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fill(directory, name, content)

    after_epoch(3, monkeypatch, lambda: monkeypatch.setattr(files, "_fill", full))
    line = assert_ended_in_one_line(program, monkeypatch, *LINE)
    assert "No space left on device" in line
    run = Run(tmp_path / "run")
    assert run.summary["status"] == "failed"
    assert "No space left" in run.summary["error"]
    assert run.state().epoch == 2
    assert hidden_files(run.folder) == []


def test_a_run_on_a_disk_that_takes_nothing_more_ends_in_one_line_and_can_be_resumed(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No room for the receipt either."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    after_epoch(3, monkeypatch, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (256, hard)))
    written: list[str] = []
    monkeypatch.setattr("sys.stderr", _Kept(written))
    monkeypatch.setattr("sys.stdout", _Kept([]))
    try:
        done = program(*LINE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    err = "".join(written)
    assert done.status == 1
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert os.strerror(errno.EFBIG) in err
    run = Run(tmp_path / "run")
    assert run.status in ("failed", "interrupted"), "not running: no process is"
    assert run.state().epoch == 2
    assert hidden_files(run.folder) == []
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert program("resume=run").status == 0
    assert run.metrics()["epoch"].tolist() == [1, 2, 3, 4]


class _Kept(io.StringIO):
    """A stream in memory: pytest's own is a file, and files may not grow here."""

    def __init__(self, written: list[str]) -> None:
        super().__init__()
        self.written = written

    def write(self, text: str) -> int:
        self.written.append(text)
        return len(text)
