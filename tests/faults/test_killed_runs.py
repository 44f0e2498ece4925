"""A run is killed at a random moment, and another process resumes it."""

import random
import time
from pathlib import Path

import pytest

from backprop_lab.runs.run import Run
from experiment.test_resume import assert_same_run
from faults.child import training
from faults.tally import Amount, Tally

pytestmark = pytest.mark.slow

LINES = {
    "moons": ("dataset=moons", "optimizer=adam", "model.activation=tanh"),
    "dropout": ("model.hidden=[8,4]", "model.dropout=0.3", "optimizer.momentum=0.9"),
    "residual": ("model=residual", "schedule=cosine", "penalty=l1"),
    "by_hand": ("engine=by_hand", "optimizer=rmsprop"),
}
EPOCHS = 400
COMMON = ("dataset.n_samples=300", f"epochs={EPOCHS}", "callbacks=[frames]", "logger=none", "report=false")


def test_killed_runs(tmp_path: Path, tally: Tally, amount: Amount) -> None:
    drawn = random.Random(0)
    with tally("killed runs", "resumed to the same weights, optimizer, rows and frames") as count:
        for number in range(amount(2, 16)):
            name, line = list(LINES.items())[number % len(LINES)]
            reference = Run(tmp_path / name)
            if not reference.folder.exists():
                assert training(tmp_path, *COMMON, *line, f"hydra.run.dir={name}").end().status == 0
            run = Run(tmp_path / str(number))
            child = training(tmp_path, *COMMON, *line, f"hydra.run.dir={number}")
            last, previous = run.checkpoint_file("last"), run.checkpoint_file("previous")
            while not previous.exists() or previous.samefile(last):  # the first one is that of epoch 0
                assert not child.has_ended()
                time.sleep(0.005)
            rows = drawn.randint(1, EPOCHS // 2)
            while run.metrics_file.read_bytes().count(b"\n") < rows:
                assert not child.has_ended()
                time.sleep(0.005)
            time.sleep(drawn.uniform(0, 0.005))
            child.kill()
            child.end()
            reached = run.state().epoch
            done = training(tmp_path, f"resume={number}").end()
            try:
                assert_same_run(run, reference)
                is_same = done.status == 0
            except AssertionError:
                is_same = False
            count((number, name, reached), is_same and 0 < reached < EPOCHS, done)
