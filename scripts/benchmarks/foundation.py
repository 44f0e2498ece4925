"""A single training and the command line, compared with the alternatives."""

import argparse
import re
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import TRAIN, Contender, measure, peer, take_turns
from benchmarks.peers import EPOCHS
from benchmarks.table import Line, Section, compared

OURS, DEFAULTS = "ours", "Lightning's defaults"
XOR_EPOCHS, XOR_ROUNDS = 10_000, 3


def circle(options: argparse.Namespace) -> Section:
    """Ours with everything on, Lightning with its defaults, a bare PyTorch loop, and scikit-learn."""
    contenders = {
        OURS: Contender((*TRAIN, "dataset=circle", "model.hidden=8", f"epochs={EPOCHS}")),
        DEFAULTS: peer("circle_lightning", EPOCHS),
        "plain PyTorch loop": peer("circle_loop", EPOCHS),
        "scikit-learn MLPClassifier": peer("circle_sklearn", EPOCHS),
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


def recording(options: argparse.Namespace) -> Section:
    """The cost of recording frames during the fit; the report pages are computed from them afterwards."""
    bare, filmed = "nothing recorded", "frames recorded"
    quiet = (*TRAIN, f"epochs={EPOCHS}", "logger=none", "report=false")
    contenders = {
        bare: Contender((*quiet, "callbacks=[]")),
        filmed: Contender((*quiet, "callbacks=[frames]")),
    }
    results = take_turns("recording", contenders, options.rounds)
    fits = {name: [run.receipt["fit_seconds"] for run in runs] for name, runs in results.items()}
    return Section("recording, the circle", compared("fit", "s", fits, bare, {filmed: 1.02}))


def xor(options: argparse.Namespace) -> Section:
    """Full batches of four points: nearly all the time is overhead per epoch."""
    each, some, once = "ours, a row each epoch", "ours, a row each 100th", f"{DEFAULTS}, one epoch"
    experiment = (*TRAIN, "experiment=xor_single_layer", f"epochs={XOR_EPOCHS}")
    contenders = {
        each: Contender((*experiment, "log_every_n_epochs=1")),
        some: Contender((*experiment, "log_every_n_epochs=100")),
        DEFAULTS: peer("xor_lightning", options.xor_epochs),
        once: peer("xor_lightning", 1),
    }
    results = take_turns("xor", contenders, min(options.rounds, XOR_ROUNDS))
    set_up = statistics.median(run.receipt["fit_seconds"] for run in results.pop(once))
    losses = {name: runs[0].receipt["metrics"]["val_loss"] for name, runs in results.items()}
    for name, loss in losses.items():
        if abs(loss - 0.25) > 0.02:  # the final loss of any single layer on XOR
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
    """Commands that train nothing must finish without importing torch."""
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


PARTS = {"circle": circle, "recording": recording, "xor": xor, "cli": cli}
