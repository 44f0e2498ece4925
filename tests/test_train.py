"""``python -m train`` with wrong input: one line that names key and value, exit status 2, and nothing created."""

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig

import train as program
from backprop_lab.config.help import MEANINGS
from backprop_lab.config.keys import known
from backprop_lab.options.discovery import names
from conftest import Command

DATASETS = ", ".join(names("dataset"))

HEAVY = ("torch", "pytorch_lightning", "sklearn", "matplotlib", "tensorboard", "scipy")


class Answer(NamedTuple):
    status: object
    out: str
    err: str


Typed = Callable[..., Answer]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Typed]:
    """``typed(*arguments)``: what ``python -m train`` answers, asked in this process, in the empty ``tmp_path``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HYDRA_FULL_ERROR", "0")  # the program sets it; this puts it back

    def run(*arguments: str) -> Answer:
        GlobalHydra.instance().clear()
        monkeypatch.setattr(sys, "argv", ["train.py", *arguments])
        os.environ["HYDRA_FULL_ERROR"] = "0"
        capsys.readouterr()
        status: object = None
        try:
            program.main()
        except SystemExit as ended:
            status = ended.code
        return Answer(status, *capsys.readouterr())

    yield run
    GlobalHydra.instance().clear()


def refused(answer: Answer, folder: Path, lines: int = 1) -> list[str]:
    """The lines of a refusal, which must be all that came of it."""
    said = answer.err.splitlines()
    assert answer.status == 2, said
    assert answer.out == ""
    assert len(said) == lines, said
    assert all(line.startswith("error: ") for line in said)
    assert "Traceback" not in answer.err
    assert [*folder.iterdir()] == []
    return said


# command line, the key that is named, and what else must be said: the value, what is allowed, the right name
CASES: list[tuple[str, str, list[str]]] = [
    # out of range or of the wrong type
    ("model.hidden=0", "model.hidden", ["got 0", "from 1 to 4,096"]),
    ("model.hidden=[8,0]", "model.hidden", ["got [8,0]"]),
    ("optimizer.lr=-1", "optimizer.lr", ["got -1", "above 0"]),
    ("optimizer.lr=nan", "optimizer.lr", ["got nan"]),
    ("optimizer.lr=" + "9" * 400, "optimizer.lr", ["got 999"]),
    ("optimizer=adam optimizer.betas=[0.9,1]", "optimizer.betas", ["got [0.9,1]"]),
    ("epochs=0", "epochs", ["got 0", "from 1 to"]),
    ("epochs=" + "9" * 5000, "epochs", ["999"]),
    ("dataset.val_fraction=1.5", "dataset.val_fraction", ["got 1.5", "above 0 and below 1"]),
    ("dataset.batch_size=0", "dataset.batch_size", ["got 0"]),
    ("dataset.n_samples=1", "dataset.n_samples", ["got 1", "from 2"]),
    ("seed=-1", "seed", ["got -1", "0 to 4,294,967,295"]),
    ("seed=", "seed", ["got ''"]),
    ("seed=${oc.env:PATH}", "seed", ["got ", "a whole number"]),
    ("seed=${oc.env:NOT_SET}", "seed", ["got '${oc.env:NOT_SET}'", "'NOT_SET' not found"]),
    # unknown keys, groups and options
    ("model.hiden=3", "model.hiden", ["3", "did you mean model.hidden?"]),
    ("datset=circle", "datset", ["circle", "did you mean dataset?"]),
    ("dataset=circl", "dataset", ["got circl", DATASETS]),
    ("dataset=null", "dataset", ["got null", DATASETS]),
    ("callbacks=[framez]", "callbacks", ["got framez", "decision_boundary, film, frames, training_curves"]),
    ("dataset=moons dataset.radius=1", "dataset.radius", ["got 1", "only with dataset=circle"]),
    ("model=single_layer model.hidden=4", "model.hidden", ["got 4", "only with model=mlp"]),
    ("callbacks=[] callbacks.frames.count=4", "callbacks.frames.count", ["got 4", "callbacks=[frames]"]),
    ("loss=softmax", "loss", ["got softmax", "auto, bce, cross_entropy, hinge, huber, mse"]),
    ("schedule=linear", "schedule", ["got linear", "constant, cosine, exponential, one_cycle, step, warmup"]),
    ("penalty=l3", "penalty", ["got l3", "l1, l2, none"]),
    ("stop=soon", "stop", ["got soon", "never, patience"]),
    ("logger=[csv,wandb]", "logger", ["got wandb", "csv, none, tensorboard"]),
    ("model.activation=swish", "model.activation", ["got swish", "gelu, identity, leaky_relu, relu, sigmoid, tanh"]),
    ("optimizer=rmsprop optimizer.betas=[0.9,0.9]", "optimizer.betas", ["only with optimizer=adam or optimizer=adamw"]),
    ("schedule.gamma=0.5", "schedule.gamma", ["got 0.5", "only with schedule=exponential or schedule=step"]),
    ("stop.patience=3", "stop.patience", ["got 3", "only with stop=patience"]),
    ("penalty.strength=0.1", "penalty.strength", ["got 0.1", "only with penalty=l1 or penalty=l2"]),
    ("hydra.run.dirr=3", "hydra.run.dirr", ["got 3", "did you mean hydra.run.dir?"]),
    ("hydra.jb.chdir=true", "hydra.jb.chdir", ["got true", "did you mean hydra.job.chdir?"]),
    ("hydra/launchr=batched", "hydra/launchr", ["got batched", "did you mean hydra/launcher?"]),
    ("hydra/launcher=ray", "hydra/launcher", ["got ray", "basic, batched"]),
    ("hydra/sweeper=optuna", "hydra/sweeper", ["got optuna", "basic, lab"]),
    ("hydra.mode=OFTEN", "hydra.mode", ["got OFTEN", "RUN, MULTIRUN"]),
    ("hydra.searchpath=[file:///nowhere]", "hydra.searchpath", ["/nowhere", "folders that exist"]),
    ("model@x=mlp", "model@x", ["got mlp", "allowed: model=mlp"]),
    ("/dataset=xor", "/dataset", ["got xor", "did you mean dataset?"]),
    ("model/hidden=3", "model/hidden", ["got 3", "did you mean model.hidden?"]),
    ("dataset=[circle,xor]", "dataset", ["got [circle,xor]", f"one of {DATASETS}"]),
    ("callbacks=null", "callbacks", ["got null", "[] for none"]),
    ("experiment=null", "experiment", ["got null", "xor_mlp"]),
    ("optimizer=Adam", "optimizer", ["got Adam", "did you mean adam?"]),
    ("model.activation=ReLU", "model.activation", ["got ReLU", "did you mean relu?"]),
    ("lr=0.1", "lr", ["got 0.1", "did you mean optimizer.lr?"]),
    # added and deleted
    ("+foo=1", "foo", ["1"]),
    ("++model.hiden=3", "model.hiden", ["got 3", "did you mean model.hidden?"]),
    ("~foo", "foo", ["got nothing"]),
    ("~optimizer.lr=0.3", "~optimizer.lr", ["got 0.3", "0.1"]),
    ("~seed ~seed", "~seed", ["got nothing"]),
    ("+experiment=xor_mlp", "+experiment", ["got xor_mlp", "allowed: experiment=xor_mlp, without the +"]),
    ("+resume=F epochs=3", "+resume", ["got F", "allowed: resume=F, without the +"]),
    ("++resume=F", "++resume", ["got F", "allowed: resume=F, without the ++"]),
    ("+dataset=xor", "dataset", ["got xor", "without the +"]),
    ("+seed=3", "seed", ["3", "without the +"]),
    ("~dataset", "dataset", ["nothing", DATASETS]),
    ("~dataset.task", "dataset.task", ["nothing"]),
    ("~seed", "seed", ["got nothing"]),
    # what an option is
    ("dataset.task=regression", "dataset.task", ["got regression", "binary", "dataset=circle"]),
    ("+model._target_=os.system", "model._target_", ["os.system"]),
    # combinations
    ("dataset=linear loss=bce", "loss", ["got bce", "dataset=linear is a regression"]),
    ("dataset=linear loss=hinge", "loss", ["got hinge", "auto, huber or mse", "dataset=linear is a regression"]),
    ("model=residual engine=scalar", "engine", ["got scalar", "module", "model=residual is not sequential"]),
    ("model=residual engine=by_hand", "engine", ["got by_hand", "module", "model=residual is not sequential"]),
    ("callbacks=[film] ~callbacks.frames", "callbacks", ["got [film]", "together with frames"]),
    ("dataset.n_samples=null", "dataset.n_samples", ["got null", "dataset=circle"]),
    (
        "callbacks=[decision_boundary] callbacks.decision_boundary.every_n_epochs=5",
        "callbacks.decision_boundary.every_n_epochs",
        ["got 5", "frames"],
    ),
    # no override at all
    ("noequals", "noequals", ["key=value"]),
    ("model.hidden=[8", "model.hidden", ["'[8'", "from 1 to 4,096", "did you mean model.hidden=8?"]),
    ("model.hidden=(8,8)", "model.hidden", ["'(8,8)'", "did you mean 'model.hidden=[8,8]'?"]),
    ("model.hidden={4,2}", "model.hidden", ["'{4,2}'", "did you mean 'model.hidden=[4,2]'?"]),
    ("model.hidden=8,", "model.hidden", ["'8,'", "did you mean model.hidden=8?"]),
    ("model.hidden=8,4,", "model.hidden", ["'8,4,'", "did you mean 'model.hidden=[8,4]'?"]),
    ('optimizer.lr="0.1', "optimizer.lr", ["did you mean optimizer.lr=0.1?"]),
    ("seed=李明", "seed", ["got 李明", "a whole number from 0"]),
    ("epochs=#3", "epochs", ["got '#3'", "a whole number from 1"]),
    ("optimizer=Ädam", "optimizer", ["got Ädam", "adam, adamw"]),
    ("hydra.run.dir=a/é", "hydra.run.dir", ["got a/é", """did you mean 'hydra.run.dir="a/é"'?"""]),
    ("hydra.run.dir=a#1", "hydra.run.dir", ["got 'a#1'", """did you mean 'hydra.run.dir="a#1"'?"""]),
    ("seed: 1", "seed", ["did you mean seed=1?"]),
    ("epochs 5", "epochs", ["did you mean epochs=5?"]),
    ("epochs = 5", "epochs", ["did you mean epochs=5?"]),
    ("model hidden=8", "model", ["did you mean model.hidden=8?"]),
    ("lr 0.1", "lr", ["did you mean optimizer.lr=0.1?"]),
    ("xor", "xor", ["did you mean dataset=xor?"]),
    ("=5", "=5", ["key=value"]),
    ("seed=foo(3)", "seed", ["got 'foo(3)'", "a whole number from 0"]),
    ("epochs=1,2", "epochs", ["'1,2'", "-m"]),
    ("seed=range(3)", "seed", ["'range(3)'", "several with -m"]),
    ("--badflag", "--badflag", ["--help"]),
    ("--multirunn", "--multirunn", ["did you mean --multirun?"]),
    ("--cfg nope", "--cfg", ["nope", "job, hydra, all"]),
    ("seed=1 --cfg", "--cfg", ["got nothing", "job, hydra, all"]),
    ("--run=yes", "--run", ["got yes", "no value"]),
    ("-m --cfg job", "-m", ["--cfg", "one of them at a time"]),
    ("--run seed=1 -m", "--run", ["-m", "one of them at a time"]),
    ("--experimental-rerun x", "--experimental-rerun", ["got x", "resume=FOLDER"]),
    ("--lr 0.1", "--lr", ["did you mean optimizer.lr=0.1?"]),
    ("--epochs=3", "--epochs", ["did you mean epochs=3?"]),
    ("seed=1 --batch-size 16 epochs=1", "--batch-size", ["did you mean dataset.batch_size=16?"]),
    ("--trainer.max_epochs 5", "--trainer.max_epochs", ["did you mean epochs=5?"]),
    ("-x", "-x", ["--multirun"]),
    ("-cn nope", "-cn", ["got nope", "train"]),
    ("seed=1 --config-path=nowhere", "--config-path", ["got nowhere", "train"]),
    ("--config-dir=nowhere", "--config-dir", ["got nowhere", "a folder"]),
    ("hydra.run.dir=???", "hydra.run.dir", []),
    # resuming
    ("resume=", "resume", ["got nothing", "a run folder"]),
    ("resume=nowhere", "nowhere", ["not a run folder"]),
    ("resume=nowhere seed=3", "seed", ["got 3", "epochs"]),
    ("resume=nowhere -m", "-m", ["epochs"]),
    ("resume=nowhere stop=patience", "stop", ["got patience", "never"]),
    ("resume=nowhere epochs=0", "epochs", ["got 0", "from 1"]),
]


@pytest.mark.parametrize(("line", "key", "said"), CASES, ids=[line[:60] for line, _, _ in CASES])
def test_wrong_input_is_refused_in_one_line(typed: Typed, tmp_path: Path, line: str, key: str, said: list[str]) -> None:
    (error,) = refused(typed(*line.split()), tmp_path)
    assert key in error
    for words in said:
        assert words in error


@pytest.mark.parametrize(
    ("argument", "cure"),
    [
        ("model hidden=8", "model.hidden=8"),
        ("seed: 1", "seed=1"),
        ("model.hidden: [8, 8]", "'model.hidden=[8, 8]'"),
        ("hydra.run.dir=a (b", """'hydra.run.dir="a (b"'"""),
    ],
)
def test_an_argument_with_a_space_is_refused_with_the_cure(
    typed: Typed, tmp_path: Path, argument: str, cure: str
) -> None:
    (error,) = refused(typed(argument), tmp_path)
    assert error.startswith(f"error: {argument.partition('=')[0]}")
    assert "quotes" in error
    assert error.endswith(f"did you mean {cure}?")


@pytest.mark.parametrize(
    "wrong",
    [
        "hydra.run.dir=a/é #1",
        "hydra.run.dir=it's {here}",
        'hydra.run.dir=say "a"',
        "hydra.run.dir=C:\\a\\(b)",
        "seed = 3",
    ],
)
def test_the_cure_works(typed: Typed, tmp_path: Path, wrong: str) -> None:
    (error,) = refused(typed(wrong), tmp_path)
    cure = shlex.split(error.partition("did you mean ")[2].removesuffix("?"))
    done = typed(*cure, "--cfg", "all")
    assert done.err == ""
    assert (f"dir: {wrong.partition('=')[2]}" if "dir" in wrong else "seed: 3") in done.out.replace("'", "").replace(
        "\\\\", "\\"
    ) or "it's" in wrong


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
@pytest.mark.parametrize("line", ["trainer=gpu", "-m trainer=gpu seed=1,2", "-m trainer=cpu,gpu"])
def test_a_gpu_that_is_not_there_is_refused(typed: Typed, tmp_path: Path, line: str) -> None:
    (error,) = refused(typed(*line.split()), tmp_path)
    assert error.startswith("error: trainer: got gpu; allowed: auto or cpu")


# command line, and the beginnings of all lines that it is answered with
SWEEPS: list[tuple[str, list[str]]] = [
    ("-m epochs=0,-1,5", ["epochs: got 0;", "epochs: got -1;"]),
    ("-m model.hidden=2,0 seed=1,2,3", ["model.hidden: got 0;"]),
    ("-m model.hidden=[2,0],[4,4],3,-1", ["model.hidden: got [2,0];", "model.hidden: got -1;"]),
    ("seed=1 -m epochs=0,1,2", ["epochs: got 0;"]),
    ("hydra.mode=MULTIRUN seed=-1,3", ["seed: got -1;"]),
    ("-m model.hiden=2,4", ["model.hiden: no such key"]),
    ("-m seed=1,2 foo=3", ["foo: no such key"]),
    ("-m dataset=circle,xr", ["dataset: got xr;"]),
    ("-m model=mlp,single_layer model.hidden=2,4", ["model.hidden: got '2,4'; allowed: only with model=mlp"]),
    ("-m dataset=circle,linear loss=bce,mse", ["loss: got bce;"]),
    ("-m model.hidden=2,4 ~seed", ["seed: got nothing;"]),
    ("-m seed=interval(1,2)", ["seed: got 'interval(1,2)';"]),
    ("-m seed=range(0)", ["seed: got 'range(0)';"]),
    ("-m dataset=glob(z*)", [f"dataset: got 'glob(z*)'; allowed: {DATASETS}"]),
    ("-m seed=1,2 experiment=glob(none*)", ["experiment: got 'glob(none*)';"]),
    ("-m seed=glob(*)", ["seed: got 'glob(*)';"]),
    ("-m optimizer=glob(*) x=1", ["x: no such key"]),
    ("-m optimizer=glob(adam*) model.hidden=0", ["model.hidden: got 0;"]),
    ("-m experiment=glob(xor*) dataset=circl", ["dataset: got circl;"]),
    ("-m callbacks=[frames],[framez]", ["callbacks: got framez;"]),
    ("hydra.mode=MULTIRUN seed=1,2 nonsense=3", ["nonsense: no such key"]),
    ("hydra.mode=MULTIRUN seed=1,2 model=single_layer model.hidden=3", ["model.hidden: got 3; allowed: only with"]),
    ("--multi seed=1,-1", ["seed: got -1;"]),
    ("-m experiment=width_and_rate optimizer.lr=-1,1", ["optimizer.lr: got -1;"]),
    ("-m seed=2,3 ++seed=-1", ["seed: got -1;"]),
    ("-m engine=scalar,module model=residual", ["engine: got scalar;"]),
]


@pytest.mark.parametrize(("line", "starts"), SWEEPS, ids=[line for line, _ in SWEEPS])
def test_a_wrong_sweep_is_refused_before_its_first_job(
    typed: Typed, tmp_path: Path, line: str, starts: list[str]
) -> None:
    lines = refused(typed(*line.split()), tmp_path, len(starts))
    for error, start in zip(lines, starts, strict=True):
        assert error.startswith(f"error: {start}")


def test_all_wrong_jobs_of_a_sweep_are_named_at_once(typed: Typed, tmp_path: Path) -> None:
    lines = refused(typed("-m", "model.hidden=0,8", "optimizer.lr=0.1,-1", "epochs=1,0"), tmp_path, 3)
    # in the order in which they are met; of several mistakes in one job the first is told
    assert lines[0].startswith("error: model.hidden: got 0;")
    assert lines[0].endswith("(jobs 0, 2)")
    assert lines[1].startswith("error: epochs: got 0;")
    assert lines[1].endswith("(jobs 1, 3, 5, 7)")
    assert lines[2].startswith("error: optimizer.lr: got -1;")
    assert lines[2].endswith("(job 6)")


def test_a_mistake_in_all_jobs_of_a_sweep_is_told_once_and_without_their_numbers(typed: Typed, tmp_path: Path) -> None:
    (error,) = refused(typed("-m", "seed=range(20)", "model.hidden=0"), tmp_path)
    assert "job" not in error


def test_of_many_wrong_jobs_the_first_eight_are_named(typed: Typed, tmp_path: Path) -> None:
    (error,) = refused(typed("-m", "seed=range(20)", "model.hidden=2,0"), tmp_path)
    assert error.endswith("(jobs 1, 3, 5, 7, 9, 11, 13, 15 and 12 more)")


def test_a_thousand_wrong_jobs_are_composed_once(typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    composed: list[list[str]] = []
    load = ConfigLoaderImpl.load_sweep_config

    def counted(self: ConfigLoaderImpl, master: DictConfig, overrides: list[str]) -> DictConfig:
        composed.append(overrides)
        return load(self, master, overrides)

    monkeypatch.setattr(ConfigLoaderImpl, "load_sweep_config", counted)
    refused(typed("-m", "seed=range(-1,999)"), tmp_path)
    assert len(composed) == 1


def test_a_run_is_not_put_into_the_folder_of_another(typed: Typed, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "summary.json").write_text("{}")
    answer = typed("hydra.run.dir=other")
    assert answer.status == 2
    assert answer.err.startswith("error: hydra.run.dir: got other; ")
    assert "resume=other" in answer.err
    assert len(answer.err.splitlines()) == 1
    assert [*tmp_path.rglob("*")] == [other, other / "summary.json"]


@pytest.mark.parametrize(
    "config",
    [
        "",
        "seed: 1",
        "[1, 2]",
        "\x00\xff",
        "!!python/object/apply:os.mkdir [made]",
        "_target_: os.mkdir",
        "a: &a [1]\nb: *a",
        "[" * 5000 + "]" * 5000,
    ],
    ids=["empty", "incomplete", "list", "binary", "tag", "target", "alias", "deep"],
)
def test_a_damaged_run_folder_is_refused_and_left_as_it_is(typed: Typed, tmp_path: Path, config: str) -> None:
    file = tmp_path / "run" / ".hydra" / "config.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(config)
    answer = typed("resume=run")
    assert answer.status == 2
    assert answer.out == ""
    assert len(answer.err.splitlines()) == 1
    assert answer.err.startswith("error: run")
    assert file.read_text() == config
    assert [*tmp_path.rglob("*")] == [tmp_path / "run", file.parent, file]


@pytest.mark.parametrize("line", ["--help", "-h", "seed=1 --help", "-m --help model.hidden=0"])
def test_help_names_every_key_and_every_option(typed: Typed, tmp_path: Path, line: str) -> None:
    answer = typed(*line.split())
    assert answer.status is None
    assert answer.err == ""
    for key in known():
        assert f"  {key}=" in answer.out
    words = answer.out.replace(",", " ").replace("*", " ").replace(":", " ").split()
    for group in MEANINGS:
        assert f"  {group}=" in answer.out
        assert {*names(group)} <= {*words}
    assert max(map(len, answer.out.splitlines())) <= 110
    assert [*tmp_path.iterdir()] == []


def test_help_marks_the_defaults(typed: Typed) -> None:
    out = typed("--help").out
    for default in ("circle*", "mlp*", "sgd*", "lightning*", "cpu*", "tensorboard*", "frames*", "auto*"):
        assert default in out
    for other in ("xor*", "single_layer*", "adam*"):
        assert other not in out


@pytest.mark.parametrize(
    "line",
    [
        "--cfg job seed=7", "seed=7 --cfg job", "-c job seed=7", "epochs=1 --cfg job seed=7", "-- --cfg=job seed=7",
        "epochs=1 -cjob seed=7 --resolve", "seed=7 --cfg all optimizer=adam -p _global_",
    ],
)  # fmt: skip
def test_cfg_shows_the_configuration_and_trains_nothing(typed: Typed, tmp_path: Path, line: str) -> None:
    answer = typed(*line.split())
    assert answer.err == ""
    assert "seed: 7" in answer.out
    assert "radius: 0.5" in answer.out
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("line", "status"),
    [("--help", 0), ("--cfg job", 0), ("model.hiden=8", 2), ("model.hidden=0", 2), ("-m seed=1,-1", 2)],
)
def test_a_question_is_answered_without_importing_torch(
    command: Command, tmp_path: Path, line: str, status: int
) -> None:
    done = command("train", *line.split(), PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == status
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "hydra" in imported
    assert {name for name in imported if name.partition(".")[0] in HEAVY} == set()
    said = [line for line in done.stderr.splitlines() if not line.startswith("import time:")]
    assert len(said) == (status == 2)
    assert [*tmp_path.iterdir()] == []


def test_hydra_full_error_still_shows_the_traceback(command: Command, tmp_path: Path) -> None:
    done = command("train", "model.hiden=8", HYDRA_FULL_ERROR="1")
    assert done.returncode != 0
    assert "Traceback" in done.stderr
    assert "model.hiden" in done.stderr
    assert [*tmp_path.iterdir()] == []
