"""Wrong input for every key that there is: one line, status 2, nothing made."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backprop_lab.config.keys import RULES, known
from backprop_lab.options.discovery import ONE_OF
from conftest import Program
from faults.tally import Amount, Tally

pytestmark = pytest.mark.slow

STRANGE = ("§", "-1e400", "[[]]", "{a:1}", "nan")
LINES = (
    "nonsense", "=1", "seed", "seed=", "seed==1", "+seed=1", "++nothing=1", "~nothing", "~seed", "--lr", "--lr=0.1",
    "epochs 3", "seed: 1", "model.hidden=(8,8)", "model.hidden=[8", "model.hidden=8,8", "seed=1,2", "seed=range(3)",
    "optimizer.lr=a b", "dataset=§", "dataset.radius=é", "dataset.noise='", "experiment=nothing", "resume=nowhere",
    "--config-dir=nowhere", "--config-name=nothing", "--config-path=nowhere", "--cfg", "--cfg=nonsense", "-m",
    "hydra/launcher=nothing", "hydra/sweeper=nothing", "hydra/launcher=batched", "hydra.run.dir=", "hydra.run.dir=null",
    "trainer.devices=2",
    "trainer.max_epochs=3", "datamodule=xor", "trainer.accelerator=cpu", "model.layers=2", "hidden_layer_sizes=8",
    "model.activation=RELU6", "optimizer=Adam", "model=MLP", "optimizer.learning_rate=0.1", "batch_size=3", "lr=0.1",
    "seed=${oc.env:THERE_IS_NONE}", "seed=${nothing}", "seed=${", "seed=${a:b}",
)  # fmt: skip


def wrong_lines() -> Iterator[list[str]]:
    """Every key misspelt, and with values that no rule allows; every option that is not there."""
    for key in known():
        yield [f"{key[:-1]}{'x' if key[-1] != 'x' else 'y'}=1"]
    for key, rule in RULES.items():
        for value in STRANGE:
            if not rule.accepts(value):
                yield [f"{key}={value}"]
                break
    for group in ONE_OF:
        yield [f"{group}=no_such_{group}"]
    yield from ([line] for line in LINES)


def test_wrong_lines(
    program: Program,
    tmp_path: Path,
    tally: Tally,
    amount: Amount,
) -> None:
    lines = [line for line in wrong_lines() if line not in (["-m"], ["hydra/launcher=batched"])]
    every = amount(9, 1)
    with tally("wrong input", "refused: status 2, one line, nothing made") as count:
        for beside in ([], ["-m", "optimizer.lr=0.1,0.2"], ["-m", "dataset=glob(*)"]):
            for line in lines[::every]:
                if beside and line[0].startswith(("seed=1,2", "seed=range", "resume=", "--cfg", "model.hidden=8,8")):
                    continue  # a sweep, or nothing to sweep
                done = program(*beside, *line)
                left = [path.name for path in tmp_path.iterdir()]
                is_refused = done.status == 2 and done.err.count("\n") == 1 and done.err.startswith("error: ")
                count([*beside, *line], is_refused and not left, (done.status, done.err, left))
