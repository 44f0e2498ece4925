"""``scripts/compare_engines.py``: which engines it compares, and what it says to wrong input."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT, Done, Program, environment

PLAIN = """
from backprop_lab.options.rules import ABOVE_0, real

KNOBS = {"lr": real("how far a step goes", ABOVE_0)}

def coefficients(step, lr):
    return (lr,)

def update(w, g, lr):
    return w - lr * g
"""


def compared(done: Done) -> list[str]:
    """The engines in the table, in the order of its columns."""
    assert done.status == 0, done.err
    return re.findall(r"loss (\w+)", done.out.splitlines()[0])


@pytest.mark.parametrize("dropout", ["0", "0.5"])
def test_every_engine_computes_the_same(script: Program, dropout: str) -> None:
    """In steps of an epoch with several, the last of them a shorter one."""
    few = ("steps=8", "dataset.n_samples=60", "dataset.batch_size=20", f"model.dropout={dropout}")
    done = script("compare_engines", *few)
    assert compared(done) == ["scalar", "by_hand", "kernel", "autograd", "module", "lightning"]
    rows = [line.split() for line in done.out.splitlines()[1:-1]]
    assert [row[0] for row in rows] == ["1", "2", "3", "5", "8"]
    for row in rows:
        assert len(set(row[1:7])) == 1
        assert max(map(float, row[7:])) < 1e-14
    losses = [row[1] for row in rows]
    assert len(set(losses)) == len(losses)
    largest = re.search(r"largest difference over 8 steps: (\S+), float64", done.out)
    assert largest is not None
    assert float(largest[1]) < 1e-14


def test_an_engine_that_needs_layers_is_left_out_for_a_model_that_has_none(script: Program) -> None:
    done = script("compare_engines", "model=residual", "steps=2")
    assert compared(done) == ["autograd", "module", "lightning"]
    left_out = done.out.splitlines()[-3:]
    names = ["scalar", "by_hand", "kernel"]
    assert [line.split(":")[0] for line in left_out] == [f"{name} is left out" for name in names]
    assert all("model=residual is not sequential" in line for line in left_out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["model.hiden=3"], "model.hiden: no such key (got 3); did you mean model.hidden?"),
        (["model.hidden=-3"], "model.hidden: got -3; allowed: "),
        (["steps=abc"], "steps: got abc; allowed: a whole number from 1 to "),
        (["steps=0"], "steps: got 0; allowed: a whole number from 1 to "),
        (["stepz=5"], "stepz: no such key (got 5); "),
        (["--fast"], "--fast: got 'a flag'; allowed: --config-dir=FOLDER, steps=NUMBER and "),
        (["xor"], "xor: got nothing; allowed: key=value"),
        (["engine=module"], "engine: got module; allowed: nothing, because every engine is compared"),
        (["--config-dir=nowhere"], "--config-dir: got nowhere; allowed: a folder "),
    ],
)
def test_wrong_input_is_one_line(script: Program, arguments: list[str], said: str) -> None:
    done = script("compare_engines", *arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert done.err.startswith(f"error: {said}")


@pytest.mark.slow
def test_options_of_ones_own_are_compared_too(script: Program, tmp_path: Path) -> None:
    """An optimizer that is sgd by another name gives what sgd gives."""
    mine = tmp_path / "of my own" / "optimizer"
    mine.mkdir(parents=True)
    (mine / "plain.yaml").write_text("name: plain\nlr: 0.1\n")
    (mine / "plain.py").write_text(PLAIN)
    ours = script("compare_engines", "dataset=xor", "steps=3", "optimizer.lr=0.1")
    # In a process of its own: this one would know the option from now on.
    arguments = [f"--config-dir={mine.parent}", "dataset=xor", "steps=3", "optimizer=plain"]
    command = [sys.executable, str(ROOT / "scripts" / "compare_engines.py"), *arguments]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=120, check=False)
    own = Done(done.returncode, done.stdout, done.stderr)
    assert compared(own) == compared(ours)
    losses = [[line.split()[:7] for line in done.out.splitlines()[1:-1]] for done in (ours, own)]
    assert losses[0] == losses[1]
