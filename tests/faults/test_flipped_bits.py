"""Checkpoints that are cut, have other bits or lost a part: found, and one that is whole is named."""

import random
import shutil
from pathlib import Path

import pytest

from backprop_lab.runs.errors import RunError
from backprop_lab.runs.run import Run
from conftest import Train
from faults.tally import Amount, Tally

pytestmark = pytest.mark.slow

LINE = ("dataset=moons", "epochs=4", "dataset.n_samples=100", "engine=module", "optimizer=adam", "logger=none",
        "callbacks=[frames]")  # fmt: skip


def test_flipped_bits(
    train: Train,
    tmp_path: Path,
    tally: Tally,
    amount: Amount,
) -> None:
    run = train(*LINE)
    last = run.checkpoint_file("last")
    whole = last.read_bytes()
    shutil.copy(last, run.checkpoint_file("previous"))
    drawn = random.Random(0)
    many = amount(40, 400)
    damages: list[tuple[str, bytes]] = []
    damages += [(f"cut at {at}", whole[:at]) for at in (drawn.randrange(len(whole)) for _ in range(many))]
    for _ in range(2 * many):
        at, bit = drawn.randrange(len(whole)), drawn.randrange(8)
        damages.append((f"bit {bit} of {at}", whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :]))
    for at in range(0, len(whole) - 64, max(len(whole) // (many // 4), 1)):
        if any(whole[at : at + 64]):
            damages.append((f"zeros at {at}", whole[:at] + bytes(64) + whole[at + 64 :]))
    damages += [("empty", b""), ("twice", whole + whole), ("more", whole + b"\0"), ("text", b"not a checkpoint")]
    with tally("damaged checkpoints", "found, with the file and a whole one named") as count:
        for name, content in damages:
            last.write_bytes(content)
            said = "it was read"
            try:
                Run(run.folder).state()
            except RunError as refused:
                said = str(refused)
            count(name, "last.ckpt" in said and "previous" in said and "\n" not in said, said)
        last.write_bytes(whole)
        count("whole", Run(run.folder).state().epoch == 4)
