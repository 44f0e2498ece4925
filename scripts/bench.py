"""How long a training takes, beside what one might run instead: ``python scripts/bench.py`` makes the README's table.

Every measurement is a process of its own in a fresh temporary folder, and the contenders take turns (A B C A B C ...),
so that a machine which slows down slows them all. Seconds are those of the machine; the ratios of medians are what to
compare. The peers are functions of this file, which runs itself as ``python scripts/bench.py --peer NAME EPOCHS``.

All compute on one thread, as our runs do anyway. Steps this small gain nothing from a second one, and where another
program wants the core that it spins on, Lightning takes several times as long: that would flatter us.

Nothing heavy is imported up here: Linux counts a parent's memory towards the peak of its children, so this process has
to stay smaller than any that it measures.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

TRAIN = ("-m", "train")
OURS, DEFAULTS = "ours", "Lightning's defaults"
EPOCHS, BATCH_SIZE, LEARNING_RATE = 50, 32, 0.1
XOR_EPOCHS, XOR_ROUNDS = 10_000, 3
RUNGS, RUNG_EPOCHS = ("scalar", "by_hand", "autograd", "module", "lightning"), 10

# -- measuring --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Contender:
    """What Python is given to run, and the exit status that is right for it."""

    arguments: tuple[str, ...]
    status: int = 0


@dataclass(frozen=True)
class Measured:
    """One process from its start to its end. ``receipt`` is what it said of its training, in the words of a run's."""

    seconds: float
    megabytes: float
    receipt: Mapping[str, Any]
    stderr: str


def measure(contender: Contender) -> Measured:
    """Run a contender and wait for its end. Ends this program where it fails."""
    command = [sys.executable, *contender.arguments]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "HYDRA_FULL_ERROR": "0"}
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryFile("w+") as stdout,
        tempfile.TemporaryFile("w+") as stderr,
    ):
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=stdout, stderr=stderr)
        _, status, used = os.wait4(process.pid, 0)  # process.wait() would not tell the memory of this one process
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        stdout.seek(0)
        stderr.seek(0)
        said, complaint = stdout.read(), stderr.read()
        if process.returncode != contender.status:
            sys.exit(f"{complaint}\n{' '.join(command)}: exit status {process.returncode}, not {contender.status}")
        peak = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
        return Measured(seconds, peak, _receipt(Path(folder), said), complaint)


def _receipt(folder: Path, said: str) -> Mapping[str, Any]:
    """The summary.json of a run of ours, or what a peer printed last; empty for what trains nothing."""
    texts = [file.read_text() for file in folder.glob("outputs/runs/*/*/summary.json")] + said.splitlines()[-1:]
    return json.loads(texts[0]) if texts and texts[0].startswith("{") else {}


def take_turns(title: str, contenders: Mapping[str, Contender], rounds: int) -> dict[str, list[Measured]]:
    results: dict[str, list[Measured]] = {name: [] for name in contenders}
    for number in range(1, rounds + 1):
        for name, contender in contenders.items():
            print(f"{title}, round {number} of {rounds}: {name}", file=sys.stderr, flush=True)
            results[name].append(measure(contender))
    return results


# -- the table --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """What each round measured, the ratio of its median to another one, and the most that the ratio should be.

    Where there is no ratio, the target is for the median.
    """

    what: str
    unit: str
    values: list[float]
    ratio: float | None = None
    at_most: float | None = None

    def cells(self) -> list[str]:
        median, digits = statistics.median(self.values), 0 if self.unit == "MB" else 2
        numbers = [f"{x:.{digits}f} {self.unit}" for x in (median, min(self.values), max(self.values))]
        target = "" if self.at_most is None else f"at most {self.at_most:.2f}{'' if self.ratio else f' {self.unit}'}"
        missed = self.at_most is not None and (self.ratio or median) > self.at_most
        return [self.what, *numbers, f"{self.ratio:.3f}" if self.ratio else "", target + ", MISSED" * missed]


@dataclass(frozen=True)
class Section:
    title: str
    lines: list[Line]
    notes: list[str] = field(default_factory=list)


def compared(what: str, unit: str, numbers: dict[str, list[float]], base: str, at_most: dict[str, float]) -> list[Line]:
    """A line for each of the contenders in ``numbers``; their ratios are to the one called ``base``."""
    ratios = {name: statistics.median(values) / statistics.median(numbers[base]) for name, values in numbers.items()}
    return [Line(f"{what}, {name}", unit, numbers[name], ratio, at_most.get(name)) for name, ratio in ratios.items()]


def table(sections: list[Section]) -> str:
    head = ["median", "min", "max", "ratio", "target"]
    blocks = [[[section.title, *head], *(line.cells() for line in section.lines)] for section in sections]
    widths = [max(map(len, column)) for column in zip(*(row for block in blocks for row in block), strict=True)]

    def aligned(row: list[str]) -> str:
        numbers = [cell.rjust(width) for cell, width in zip(row[1:5], widths[1:5], strict=True)]
        return "  ".join([row[0].ljust(widths[0]), *numbers, row[5]]).rstrip()

    whole = zip(blocks, sections, strict=True)
    return "\n\n".join("\n".join([*map(aligned, block), *section.notes]) for block, section in whole)


# -- the foundation ---------------------------------------------------------------------------------------------------


def circle(options: argparse.Namespace) -> Section:
    """Ours with everything on, beside Lightning as one finds it, a bare loop, and scikit-learn."""
    contenders = {
        OURS: Contender((*TRAIN, "dataset=circle", "model.hidden=8", f"epochs={EPOCHS}")),
        DEFAULTS: _peer("circle_lightning"),
        "plain PyTorch loop": _peer("circle_loop"),
        "scikit-learn MLPClassifier": _peer("circle_sklearn"),
    }
    results = take_turns("circle", contenders, options.rounds)
    accuracies = {name: min(run.receipt["metrics"]["val_acc"] for run in runs) for name, runs in results.items()}
    for name, accuracy in accuracies.items():
        if accuracy < 0.9:
            sys.exit(f"circle, {name}: validation accuracy {accuracy:.3f} is below 0.9, so there is nothing to compare")
    fits = {name: [run.receipt["fit_seconds"] for run in runs] for name, runs in results.items()}
    walls = {name: [run.seconds for run in results[name]] for name in (OURS, DEFAULTS)}
    peaks = {name: [run.megabytes for run in results[name]] for name in (OURS, DEFAULTS)}
    lines = [
        *compared("fit", "s", fits, DEFAULTS, {OURS: 0.33}),
        *compared("whole process", "s", walls, DEFAULTS, {OURS: 0.55}),
        *compared("peak memory", "MB", peaks, DEFAULTS, {OURS: 1.1}),
    ]
    reached = ", ".join(f"{name} {accuracy:.3f}" for name, accuracy in accuracies.items())
    return Section(f"circle, {EPOCHS} epochs", lines, ["wanted of our fit: 0.25", f"validation accuracy: {reached}"])


def xor(options: argparse.Namespace) -> Section:
    """Full batches of four points, where the cost of each epoch is all there is."""
    each, some, once = "ours, a row each epoch", "ours, a row each 100th", f"{DEFAULTS}, one epoch"
    experiment = (*TRAIN, "experiment=xor_single_layer", f"epochs={XOR_EPOCHS}")
    contenders = {
        each: Contender((*experiment, "log_every_n_epochs=1")),
        some: Contender((*experiment, "log_every_n_epochs=100")),
        DEFAULTS: _peer("xor_lightning", options.xor_epochs),
        once: _peer("xor_lightning", 1),
    }
    results = take_turns("xor", contenders, min(options.rounds, XOR_ROUNDS))
    set_up = statistics.median(run.receipt["fit_seconds"] for run in results.pop(once))
    losses = {name: runs[0].receipt["metrics"]["val_loss"] for name, runs in results.items()}
    for name, loss in losses.items():
        if abs(loss - 0.25) > 0.02:  # where every training of a single layer on XOR ends
            sys.exit(f"xor, {name}: loss {loss:.4f} is not near 0.25, so there is nothing to compare")
    fits = {name: [run.receipt["fit_seconds"] for run in runs] for name, runs in results.items()}
    scale = (XOR_EPOCHS - 1) / (options.xor_epochs - 1)
    fits[DEFAULTS] = [set_up + (seconds - set_up) * scale for seconds in fits[DEFAULTS]]
    lines = compared("fit", "s", fits, DEFAULTS, {each: 0.20, some: 0.08})
    scaled = (
        f"{DEFAULTS}: measured on {options.xor_epochs:,} epochs, and those after the first scaled up to {XOR_EPOCHS:,}"
    )
    reached = ", ".join(f"{name} {loss:.4f}" for name, loss in losses.items())
    return Section(f"xor, {XOR_EPOCHS:,} full-batch epochs", lines, [scaled, f"loss: {reached}"])


EMPTY = 'import hydra\n\n@hydra.main(version_base="1.3", config_path=None)\ndef main(config): pass\n\nmain()\n'


def cli(options: argparse.Namespace) -> Section:
    """What needs no training is answered before torch is imported."""
    empty, refused = "empty Hydra application, --help", "1,000 jobs, one of them wrong"
    answers = {
        "--help": Contender((*TRAIN, "--help")),
        "--cfg job": Contender((*TRAIN, "--cfg", "job")),
        "misspelt key": Contender((*TRAIN, "model.hiden=8"), status=2),
        "invalid value": Contender((*TRAIN, "epochs=0"), status=2),
    }
    sweep = Contender((*TRAIN, "-m", "seed=range(-1,999)"), status=2)
    importers = [name for name, contender in answers.items() if _imports_torch(contender)]
    with tempfile.TemporaryDirectory() as folder:
        application = Path(folder) / "empty.py"
        application.write_text(EMPTY)
        contenders = {empty: Contender((str(application), "--help")), **answers, refused: sweep}
        results = take_turns("cli", contenders, options.rounds)
    walls = {name: [run.seconds for run in runs] for name, runs in results.items()}
    many = Line(f"whole process, {refused}", "s", walls.pop(refused), at_most=2.0)
    lines = compared("whole process", "s", walls, empty, dict.fromkeys(answers, 1.5))
    return Section("command line", [*lines, many], [f"torch is imported by: {', '.join(importers) or 'none of these'}"])


def _imports_torch(contender: Contender) -> bool:
    timed = Contender(("-X", "importtime", *contender.arguments), contender.status)
    return re.search(r"\| +torch$", measure(timed).stderr, re.MULTILINE) is not None


def rungs(options: argparse.Namespace) -> Section:
    """The same steps of the circle on every rung of the ladder, with nothing recorded but rows and checkpoints."""
    quiet = (f"epochs={RUNG_EPOCHS}", "logger=none", "callbacks=[]")
    contenders = {name: Contender((*TRAIN, f"engine={name}", *quiet)) for name in RUNGS}
    results = take_turns("engines", contenders, options.rounds)
    steps = {
        name: [1e6 * run.receipt["fit_seconds"] / run.receipt["steps"] for run in runs]
        for name, runs in results.items()
    }
    hashes = {name: runs[0].receipt["weights_sha256"] for name, runs in results.items()}
    equal = [name for name in RUNGS if hashes[name] == hashes["module"]]
    lines = compared("a step", "us", steps, "module", {})
    return Section(f"engines, {RUNG_EPOCHS} epochs of the circle", lines, [f"equal weights: {', '.join(equal)}"])


FOUNDATION = {"circle": circle, "xor": xor, "cli": cli}
BENCHMARKS = {"foundation": FOUNDATION, "engines": {"engines": rungs}}

# -- the peers, each in a process of its own --------------------------------------------------------------------------


def _peer(name: str, epochs: int = EPOCHS) -> Contender:
    return Contender((str(Path(__file__).resolve()), "--peer", name, str(epochs)))


def _circle_points() -> list["np.ndarray"]:
    """Training and validation points, then their labels."""
    import numpy as np
    from sklearn.model_selection import train_test_split

    points = np.random.default_rng(0).uniform(-1, 1, (5000, 2)).astype(np.float32)
    inside = ((points**2).sum(axis=1) <= 0.5**2).astype(np.float32)
    return train_test_split(points, inside, test_size=0.2, random_state=42)


def _circle_network() -> "nn.Sequential":
    from torch import nn

    return nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid(), nn.Flatten(0))


def _default_trainer(
    network: "nn.Module", loss_of: "nn.Module", train: Any, val: Any, batch_size: int, epochs: int
) -> dict[str, Any]:
    """Fit and validate as the first page of a tutorial would: every setting of Lightning's is left alone."""
    import pytorch_lightning as pl
    import torch
    import torch.utils.tensorboard  # Lightning imports it when the fit has begun, and imports are no part of a fit
    from torch.utils.data import DataLoader, TensorDataset

    class Classifier(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, x: "Tensor") -> "Tensor":
            return self.network(x)

        def training_step(self, batch: list["Tensor"], batch_idx: int) -> "Tensor":
            x, y = batch
            loss = loss_of(self(x), y)
            self.log("train_loss", loss)
            return loss

        def validation_step(self, batch: list["Tensor"], batch_idx: int) -> None:
            x, y = batch
            answers = self(x)
            self.log("val_loss", loss_of(answers, y))
            self.log("val_acc", ((answers > 0.5) == y).float().mean(), prog_bar=True)

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=LEARNING_RATE)

    train_loader, val_loader = (DataLoader(TensorDataset(*part), batch_size=batch_size) for part in (train, val))
    classifier, trainer = Classifier(), pl.Trainer(max_epochs=epochs)
    began = time.perf_counter()
    trainer.fit(classifier, train_loader, val_loader)
    fit_seconds = time.perf_counter() - began
    (metrics,) = trainer.validate(classifier, val_loader)
    return {"fit_seconds": fit_seconds, "metrics": metrics}


def circle_lightning(epochs: int) -> dict[str, Any]:
    """The whole script: data, fit, validation, and the picture, saved where a user would look at it in a window."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import numpy as np
    import torch

    torch.manual_seed(0)
    train_x, val_x, train_y, val_y = _circle_points()
    network = _circle_network()
    train, val = ([torch.from_numpy(array) for array in part] for part in ((train_x, train_y), (val_x, val_y)))
    receipt = _default_trainer(network, torch.nn.BCELoss(), train, val, BATCH_SIZE, epochs)
    x1, x2 = np.mgrid[-1:1:0.01, -1:1:0.01]
    with torch.no_grad():
        answers = network(torch.from_numpy(np.stack([x1.ravel(), x2.ravel()], axis=1).astype(np.float32)))
    plt.figure(figsize=(8, 6))
    plt.colorbar(plt.contourf(x1, x2, answers.numpy().reshape(x1.shape), levels=[0, 0.5, 1], cmap="RdBu", alpha=0.6))
    plt.scatter(train_x[:, 0], train_x[:, 1], c=train_y, cmap="RdBu", edgecolors="k", alpha=0.5)
    plt.savefig("boundary.png")
    return receipt


def circle_loop(epochs: int) -> dict[str, Any]:
    """The least that PyTorch can do it in: batches in memory, nothing recorded."""
    import torch

    torch.manual_seed(0)
    train_x, val_x, train_y, val_y = map(torch.from_numpy, _circle_points())
    network = _circle_network()
    loss_of = torch.nn.BCELoss()
    optimizer = torch.optim.SGD(network.parameters(), lr=LEARNING_RATE, foreach=False)
    began = time.perf_counter()
    batches = list(zip(train_x.split(BATCH_SIZE), train_y.split(BATCH_SIZE), strict=True))
    for _ in range(epochs):
        for x, y in batches:
            optimizer.zero_grad()
            loss_of(network(x), y).backward()
            optimizer.step()
    fit_seconds = time.perf_counter() - began
    with torch.no_grad():
        accuracy = ((network(val_x) > 0.5) == val_y).float().mean().item()
    return {"fit_seconds": fit_seconds, "metrics": {"val_acc": accuracy}}


def circle_sklearn(epochs: int) -> dict[str, Any]:
    from sklearn.neural_network import MLPClassifier

    train_x, val_x, train_y, val_y = _circle_points()
    # Plain gradient descent, and no reason to stop before the last epoch.
    classifier = MLPClassifier(
        (8,), solver="sgd", alpha=0, batch_size=BATCH_SIZE, learning_rate_init=LEARNING_RATE, momentum=0,
        max_iter=epochs, tol=0, n_iter_no_change=epochs + 1, random_state=0,
    )  # fmt: skip
    began = time.perf_counter()
    classifier.fit(train_x, train_y)
    fit_seconds = time.perf_counter() - began
    assert classifier.n_iter_ == epochs
    return {"fit_seconds": fit_seconds, "metrics": {"val_acc": float(classifier.score(val_x, val_y))}}


def xor_lightning(epochs: int) -> dict[str, Any]:
    import torch
    from torch import nn

    torch.manual_seed(0)
    corners = [torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), torch.tensor([0.0, 1.0, 1.0, 0.0])]
    network = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid(), nn.Flatten(0))
    return _default_trainer(network, nn.MSELoss(), corners, corners, len(corners[0]), epochs)


PEERS: dict[str, Callable[[int], dict[str, Any]]] = {
    peer.__name__: peer for peer in (circle_lightning, circle_loop, circle_sklearn, xor_lightning)
}

# -- the command ------------------------------------------------------------------------------------------------------


def machine() -> str:
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("torch", "pytorch-lightning", "hydra-core")]
    where = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return ", ".join([where, f"Python {platform.python_version()}", *versions])


def main() -> None:
    parser = argparse.ArgumentParser(description="Times a training beside what one might run instead.")
    parser.add_argument("what", nargs="?", default="foundation", choices=list(BENCHMARKS), help="which one")
    parser.add_argument("--only", choices=list(FOUNDATION), help="this part alone")
    parser.add_argument("--rounds", type=int, default=5, help=f"turns of each contender; of xor at most {XOR_ROUNDS}")
    parser.add_argument("--xor-epochs", type=int, default=1000, help="epochs to measure Lightning's defaults on")
    parser.add_argument("--json", type=Path, help="a file for the numbers of every round")
    parser.add_argument("--peer", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        name, epochs = options.peer
        print(json.dumps(PEERS[name](int(epochs))))
        return
    if options.rounds < 1 or options.xor_epochs < 2:
        parser.error("allowed: --rounds from 1, --xor-epochs from 2")
    chosen = BENCHMARKS[options.what]
    if options.only not in (None, *chosen):
        parser.error(f"--only: {options.what} has {', '.join(chosen)}")
    parts = [options.only] if options.only else list(chosen)
    sections = [chosen[part](options) for part in parts]
    print(f"{table(sections)}\n\n{machine()}")
    if options.json:
        content = {"machine": machine(), "sections": [asdict(section) for section in sections]}
        options.json.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
