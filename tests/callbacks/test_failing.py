"""A callback that fails costs itself and one line: not the run, not its neighbours in a batch, not the exit status."""

import csv
from pathlib import Path

import pytest

from backprop_lab.runs.run import Run
from conftest import Done, Own, Program, quick_of

FAILING = """
    from backprop_lab.callbacks.base import Callback

    KNOBS = {}

    class Failing(Callback):
        def METHOD(self, *arguments):
            DEED

    def build(context):
        return Failing()
"""
METHODS = ["on_start", "on_epoch_end", "flush", "on_end", "close", "__init__"]
DEEDS = ["raise ValueError('broken')", "raise SystemExit(3)", "raise OSError(28, 'No space left on device', 'x')"]
QUICK = ("dataset=xor", "epochs=4", "logger=none", "callbacks=[failing,frames]")
WAYS = {
    "a run": ("hydra.run.dir=run",),
    "a sweep": ("-m", "engine=module", "seed=range(2)", "hydra.sweep.dir=run"),
    "a batch": (
        "-m",
        "hydra/launcher=batched",
        "seed=range(40)",
        "hydra.sweep.dir=run",
    ),
}


IN_SWEEPS = [("a sweep", "on_end"), *[("a batch", method) for method in ("on_epoch_end", "on_end", "close")]]


@pytest.mark.parametrize(
    "case",
    quick_of(
        [*[("a run", method) for method in METHODS], *IN_SWEEPS], ("a run", "on_epoch_end"), ("a batch", "on_end")
    ),
    ids=str,
)
def test_it_costs_itself_and_one_line(case: tuple[str, str], own: Own, program: Program, tmp_path: Path) -> None:
    way, method = case
    own("callbacks", "failing", FAILING.replace("METHOD", method).replace("DEED", DEEDS[0]), "failing: {}\n")
    done = program("--config-dir=mine", *WAYS[way], *QUICK)
    assert done.status == 0, done.err
    lines = done.err.splitlines()
    assert len(lines) == (2 if way == "a sweep" else 1), "one for each job, and one for a batch"
    for line in lines:
        assert line.startswith("error: callbacks.failing ")
        assert "ValueError: broken" in line
    runs = [Run(tmp_path / "run")] if way == "a run" else [Run(tmp_path / "run" / str(n)) for n in range(2)]
    for run in runs:
        assert run.status == "finished"
        assert run.missing == ["callbacks.failing"]
        assert [frame.epoch for frame in run.frames()] == [0, 1, 2, 3, 4]
    if way != "a run":
        with (tmp_path / "run" / "sweep.csv").open(newline="") as file:
            assert {row["status"] for row in csv.DictReader(file)} == {"finished"}
    if way != "a batch":
        assert "ValueError: broken" in runs[0].log_file.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("deed", DEEDS[1:])
@pytest.mark.parametrize("way", WAYS)
def test_however_it_fails(way: str, deed: str, own: Own, program: Program, tmp_path: Path) -> None:
    own("callbacks", "failing", FAILING.replace("METHOD", "on_end").replace("DEED", deed), "failing: {}\n")
    done = program("--config-dir=mine", *WAYS[way], *QUICK)
    assert done.status == 0, done.err
    assert done.err.startswith("error: callbacks.failing ")


def picture_of_job_1(program: Program, own: Own, method: str) -> Done:
    """A batch of five, of which job 1 cannot draw."""
    module = FAILING.replace("METHOD", method).replace(
        "DEED", "if self.seed == 1:\n                raise OSError(5, 'no')"
    )
    module = module.replace("Failing()", "Failing(context.config.seed)").replace(
        "    class Failing(Callback):",
        "    class Failing(Callback):\n        def __init__(self, seed): self.seed = seed\n",
    )
    own("callbacks", "failing", module, "failing: {}\n")
    return program("--config-dir=mine", "-m", *QUICK, "hydra/launcher=batched",
                   "report=false", "seed=range(5)", "hydra.sweep.dir=sweep")  # fmt: skip


@pytest.mark.parametrize("method", quick_of(["on_end", "on_epoch_end", "close"], "on_end"))
def test_one_job_of_a_batch_that_cannot_draw_costs_no_other(
    method: str, own: Own, program: Program, tmp_path: Path
) -> None:
    done = picture_of_job_1(program, own, method)
    assert done.status == 0
    assert done.err.count("\n") == 1
    assert "1 of 5 jobs lack callbacks.failing" in done.out
    for number in range(5):
        run = Run(tmp_path / "sweep" / str(number))
        assert (run.status, run.missing) == ("finished", ["callbacks.failing"] if number == 1 else [])
        assert run.state().weights_sha256 == run.summary["weights_sha256"]


def test_what_a_killed_run_lacks_is_drawn_by_resume(program: Program, tmp_path: Path) -> None:
    line = ("dataset.n_samples=60", "epochs=2", "engine=module", "report=false", "hydra.run.dir=run")
    assert program(*line).status == 0
    run = Run(tmp_path / "run")
    assert run.missing == []
    drawn = {path.name: path.read_bytes() for path in (run.folder / "figures").iterdir()}
    weights = run.summary["weights_sha256"]
    # As a kill after the fit leaves it.
    lacking = ["callbacks.decision_boundary", "callbacks.training_curves", "logger.tensorboard"]
    run.write_summary(missing=lacking)
    for path in (run.folder / "figures").iterdir():
        path.unlink()
    done = program("resume=run")
    assert (done.status, done.err) == (0, "")
    assert f"run lacks {', '.join(lacking)}" in done.out
    assert {path.name: path.read_bytes() for path in (run.folder / "figures").iterdir()} == drawn
    assert (run.missing, run.summary["weights_sha256"], run.status) == ([], weights, "finished")
    assert "lacks" not in program("resume=run").out
