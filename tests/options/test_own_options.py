"""Options as a user adds them: one module and one YAML file each, in a folder of their own, and nothing else."""

import json
import re
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from backprop_lab import Run, engines
from backprop_lab import evaluate as evaluation
from backprop_lab.config.types import Choice, Config
from backprop_lab.experiment import experiment
from backprop_lab.options import discovery
from backprop_lab.report import __main__ as report
from backprop_lab.sweep import __main__ as sweep
from backprop_lab.sweep.batch import chunk
from backprop_lab.training.first_state import first_state
from backprop_lab.training.split import points_of
from backprop_lab.training.state import State
from backprop_lab.training.task import Task, build_task
from conftest import OWN, ROOT, Program, Silent, configured

SMALL = ("dataset.n_samples=60", "epochs=4", "precision=64")
OWN_OPTIONS = {
    "dataset": ("dataset=galaxy",),
    "model": ("model=shared",),
    "activation": ("model.activation=swish",),
    "optimizer": ("optimizer=adadelta", "optimizer.rho=0.8"),
    "loss": ("dataset=linear", "loss=quartic", "optimizer.lr=0.0001"),
    "schedule": ("schedule=halves",),
    "stop": ("stop=good_enough", "stop.below=0.68", "epochs=30"),
    "penalty": ("penalty=log", "penalty.strength=0.1"),
    "normed model": ("model=normed",),
    "all at once": (
        "dataset=galaxy", "model.activation=swish", "optimizer=adadelta", "schedule=halves", "penalty=log",
        "model.dropout=0.2",
    ),
}  # fmt: skip


@pytest.fixture
def own() -> None:
    discovery.use(OWN)


def forget() -> None:
    """As a command line that begins anew."""
    for folder in discovery.own_folders():
        discovery.forget(folder)


def task_of(*overrides: str) -> tuple[Config, Task]:
    config = configured(*SMALL, *overrides)
    return config, build_task(config, *points_of(config))


def fitted(engine: str, task: Task) -> State:
    return engines.load(Choice("engine", engine, {}))(task, first_state(task), lambda end: None)


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("overrides", OWN_OPTIONS.values(), ids=list(OWN_OPTIONS))
def test_it_trains_on_every_rung_that_can_and_in_a_batch(overrides: tuple[str, ...]) -> None:
    config, task = task_of(*overrides)
    expected = fitted("module", task)
    assert any((expected.weights[name] != start).any() for name, start in first_state(task).weights.items())
    for engine in discovery.names("engine"):
        needs_layers = getattr(discovery.module("engine", engine), "NEEDS_LAYERS", False)
        if needs_layers and not hasattr(config.model.option, "chain"):
            continue
        state = fitted(engine, task)
        for name, weight in (expected.weights | expected.buffers).items():
            assert np.abs((state.weights | state.buffers)[name] - weight).max() < 1e-9, (engine, name)
    alone, *_ = chunk.fit([task, task_of(*overrides, "seed=1")[1]], [], "cpu", lambda steps: None)
    stopped = alone.stopped is not None
    for name, weight in (expected.weights | expected.buffers).items():
        assert stopped or np.abs((alone.state.weights | alone.state.buffers)[name] - weight).max() < 1e-9, name


@pytest.mark.usefixtures("own")
def test_a_stop_of_ones_own_ends_a_run_and_a_member_of_a_batch_at_the_same_row(tmp_path: Path) -> None:
    config, task = task_of(*OWN_OPTIONS["stop"])
    run = Run(tmp_path / "run")
    experiment.train(config, run, [], Silent(), keep_points=True, began=time.monotonic())
    (history,) = chunk.fit([task], [], "cpu", lambda steps: None)
    stopped = run.summary["stopped"]
    assert run.summary["status"] == "finished"
    assert 0 < stopped["epoch"] < 30
    assert stopped["reason"] == "train_loss is below 0.68"
    assert history.stopped is not None
    assert history.state.epoch == stopped["epoch"] == run.metrics()["epoch"][-1]


def test_the_whole_way_of_a_user(program: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Train, measure, open the page, stop and go on, sweep and complete: with one flag, and without it one line."""
    mine = f"--config-dir={shutil.copytree(OWN, tmp_path / 'mine')}"
    chosen = [*OWN_OPTIONS["all at once"], "dataset.n_samples=60", "epochs=3", "stop=good_enough", "stop.below=0.01"]
    loud = ["logger=[tensorboard,lines,csv]", "callbacks=[frames,decision_boundary,largest]"]
    done = program(mine, *chosen, *loud, "hydra.run.dir=run")
    assert done.status == 0, done.err
    forget()
    folder = tmp_path / "run"
    assert (folder / "report.html").is_file()
    assert len((folder / "lines" / "lines.jsonl").read_text().splitlines()) == 4  # a row each epoch, and the final one
    assert len((folder / "csv" / "metrics.csv").read_text().splitlines()) == 5
    assert len((folder / "largest.csv").read_text().splitlines()) == 3
    hashes = json.loads((folder / "summary.json").read_text())["options"]
    assert {"optimizer/adadelta.py", "dataset/galaxy.py", "activation/swish.py", "callbacks/largest.py"} <= set(hashes)
    before = (folder / "metrics.csv").read_text()

    for command in (evaluation.main, lambda arguments: report.main([a.removeprefix("run=") for a in arguments])):
        capsys.readouterr()
        assert command([f"run={folder}"]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert "--config-dir" in said
        assert command([mine, f"run={folder}"]) == 0
        forget()
    assert program("resume=run", "epochs=5").status == 2
    assert program(mine, "resume=run", "epochs=5").status == 0
    forget()
    after = (folder / "metrics.csv").read_text()
    assert after.startswith(before)
    assert after.count("\n") == 6
    assert len((folder / "csv" / "metrics.csv").read_text().splitlines()) >= 6

    swept = [
        "-m",
        "hydra/launcher=batched",
        *chosen,
        "seed=range(3)",
        "hydra.sweep.dir=swept",
        "callbacks=[frames,largest]",
    ]
    done = program(mine, *swept)
    assert done.status == 0, done.err
    forget()
    kept = json.loads((tmp_path / "swept" / "1" / "summary.json").read_text())
    assert len((tmp_path / "swept" / "1" / "largest.csv").read_text().splitlines()) == 3
    (tmp_path / "swept" / "1" / "summary.json").unlink()
    capsys.readouterr()
    assert sweep.main([str(tmp_path / "swept"), "--complete"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert sweep.main([mine, str(tmp_path / "swept"), "--complete"]) == 0
    again = json.loads((tmp_path / "swept" / "1" / "summary.json").read_text())
    assert again["metrics"] == pytest.approx(kept["metrics"])


def test_a_module_that_changed_since_the_run_began_is_not_trained_on(program: Program, tmp_path: Path) -> None:
    mine = Path(shutil.copytree(OWN, tmp_path / "mine"))
    assert (
        program(f"--config-dir={mine}", "optimizer=adadelta", *SMALL, "hydra.run.dir=run", "report=false").status == 0
    )
    module = mine / "optimizer" / "adadelta.py"
    module.write_text(module.read_text().replace("1e-6", "1e-3"))
    forget()
    done = program(f"--config-dir={mine}", "resume=run", "epochs=5")
    assert done.status == 2
    assert re.fullmatch(r"error: .*run: an option of your own has changed since the run began .*\n", done.err)


def test_a_run_folder_cannot_bring_code_along(program: Program, tmp_path: Path) -> None:
    assert program(f"--config-dir={OWN}", "optimizer=adadelta", *SMALL, "hydra.run.dir=run", "report=false").status == 0
    for place in ("run", "run/.hydra", "."):
        (tmp_path / place / "optimizer").mkdir()
        for file in (OWN / "optimizer").glob("adadelta.*"):
            (tmp_path / place / "optimizer" / file.name).write_text("raise SystemExit('executed')\n")
    forget()
    done = program("resume=run", "epochs=5")
    assert done.status == 2
    assert "executed" not in done.out + done.err
    assert "optimizer: got adadelta; allowed: " in done.err


WRONG = {
    "a folder that is not there": (["--config-dir=nowhere"], "--config-dir: got nowhere; allowed: a folder"),
    "a knob out of range": (
        ["optimizer=adadelta", "optimizer.rho=2"],
        "optimizer.rho: got 2; allowed: a number from 0",
    ),
    "a misspelt knob": (["optimizer=adadelta", "optimizer.roh=0.5"], "optimizer.roh: no such key"),
    "a misspelt option": (["optimizer=adadelte"], "optimizer: got adadelte; allowed: adadelta, adagrad, adam"),
    "a model that is not layers": (
        ["model=shared", "engine=scalar"],
        "engine: got scalar; allowed: autograd, lightning or ",
    ),
}


@pytest.mark.parametrize(("arguments", "line"), WRONG.values(), ids=list(WRONG))
def test_wrong_input_gets_one_line_and_leaves_nothing(
    arguments: list[str], line: str, program: Program, tmp_path: Path
) -> None:
    mine = [] if any(argument.startswith("--config-dir") for argument in arguments) else [f"--config-dir={OWN}"]
    done = program(*mine, *arguments)
    assert done.status == 2
    assert done.err.startswith(f"error: {line}"), done.err
    assert done.err.count("\n") == 1
    assert not (tmp_path / "outputs").exists()


BROKEN = {
    "a module that cannot be imported": ("raise ValueError('no')\n", "optimizer/mine.py: ValueError: no"),
    "a module that is not Python": ("def (\n", "optimizer/mine.py: SyntaxError: "),
    "no module at all": (None, "optimizer=mine: there is no module "),
    "a knob without a rule": ("KNOBS = {}\n", "optimizer.lr: got 1.0; allowed: nothing yet: lr has no rule"),
}


@pytest.mark.parametrize(("source", "line"), BROKEN.values(), ids=list(BROKEN))
def test_a_broken_option_gets_one_line_that_names_it(
    source: str | None, line: str, program: Program, tmp_path: Path
) -> None:
    (tmp_path / "mine" / "optimizer").mkdir(parents=True)
    (tmp_path / "mine" / "optimizer" / "mine.yaml").write_text("name: mine\nlr: 1.0\n")
    if source is not None:
        (tmp_path / "mine" / "optimizer" / "mine.py").write_text(source)
    done = program("--config-dir=mine", "optimizer=mine")
    assert done.status == 2
    assert line in done.err
    assert done.err.count("\n") == 1


def test_an_option_cannot_take_the_name_of_one_of_ours(program: Program, tmp_path: Path) -> None:
    (tmp_path / "mine" / "optimizer").mkdir(parents=True)
    for name in ("sgd.py", "sgd.yaml"):
        (tmp_path / "mine" / "optimizer" / name).write_text("name: sgd\n" if name.endswith("yaml") else "")
    done = program("--config-dir=mine", "optimizer=sgd")
    assert done.status == 2
    assert "there is another optimizer=sgd; give this one a different name" in done.err


SAMPLES = {
    "labels -1 and 1": ("x, numpy.sign(y - 0.5)", "got y = -1 at point ", "0 or 1, the two classes"),
    "a column for labels": ("x, y[:, None]", "got x of shape [50, 2] and y of shape [50, 1]", "y of shape [n]"),
    "one feature without its axis": ("x[:, 0], y", "got x of shape [50]", "x of shape [n, features]"),
    "points too few": ("x[:45], y[:45]", "got 45 points", "50, as requested"),
    "labels too few": ("x, y[:45]", "got x of shape [50, 2] and y of shape [45]", "y of shape [n]"),
    "not a number": ("numpy.where(x > 0.99, x, numpy.nan), y", "got x = [nan, ", "finite numbers"),
    "infinite labels": ("x, y / 0", "got y = ", "finite numbers"),
    "a single class": ("x, 0 * y", "got y = 0 at all of its 50 points", "points of both classes"),
    "words": ("x, ['a'] * len(x)", "got (array(", "two arrays of numbers"),
    "nothing": ("None", "got None", "two arrays, x [n, features] and y [n]"),
    "points alone": ("x", "got array(", "two arrays, x [n, features] and y [n]"),
    "three things": ("x, y, y", "got (array(", "two arrays"),
}


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
@pytest.mark.parametrize(("result", "got", "allowed"), SAMPLES.values(), ids=list(SAMPLES))
def test_wrong_points_are_refused_before_a_folder_is_made(
    result: str, got: str, allowed: str, program: Program, tmp_path: Path
) -> None:
    (tmp_path / "mine" / "dataset").mkdir(parents=True)
    (tmp_path / "mine" / "dataset" / "mine.yaml").write_text(
        "defaults: [_base_]\nname: mine\ntask: binary\nn_samples: 50\n"
    )
    (tmp_path / "mine" / "dataset" / "mine.py").write_text(
        "import numpy\n\ndef sample(n, generator):\n    x = generator.uniform(0, 1, (n, 2))\n"
        f"    y = (x[:, 0] > 0.5).astype(float)\n    return {result}\n"
    )
    done = program("--config-dir=mine", "dataset=mine", "epochs=2")
    assert done.status == 2
    assert done.err.startswith("error: dataset=mine, sample(): "), done.err
    assert got in done.err
    assert allowed in done.err
    assert done.err.count("\n") == 1
    assert not (tmp_path / "outputs").exists()


@pytest.mark.parametrize("document", ["README.md", "docs/options.md"])
def test_the_options_that_the_documents_show_are_those_that_are_tested(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    blocks = re.findall(r"`mine/([\w/]+\.(?:py|yaml))`.*?```\w+\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 4
    for name, block in blocks:
        assert (OWN / name).read_text(encoding="utf-8") == block, name
