"""The pictures of docs/symptoms.md, from the commands on that page: `python scripts/draw_symptoms.py`.

Each failure and each of its cures is trained with ten seeds.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from matplotlib.figure import Figure

from backprop_lab.figures.style import SERIES, new_figure, png, tidy
from backprop_lab.runs.run import Run
from backprop_lab.sweep.folder import Sweep

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "symptoms.md"
WIDE = 100  # times the lowest loss: more is drawn on a logarithmic scale


class Symptom(NamedTuple):
    title: str
    picture: str
    failure: list[str]
    cures: list[list[str]]


def symptoms() -> Iterator[Symptom]:
    """The sections of the page: the first command of each fails, the others cure."""
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        failure, *cures = (line.split() for line in re.findall(r"^\$ python -m train (.+)$", section, re.MULTILINE))
        (picture,) = re.findall(r"\]\((symptom_\w+\.png)\)", section)
        yield Symptom(section.partition("\n")[0], picture, failure, cures)


def losses_figure(runs: dict[str, list[Run]]) -> Figure:
    """The validation loss of each run over its epochs."""
    figure = new_figure(7, 2.6)
    axes = figure.subplots()
    for (name, ten), color, style in zip(runs.items(), SERIES[1::-1] + SERIES[2:], ("--", "-", ":"), strict=False):
        for i, run in enumerate(ten):
            history = run.metrics()
            axes.plot(
                history["epoch"], history["val_loss"], style, color=color, linewidth=1, alpha=0.7,
                label=name if i == 0 else None,
            )  # fmt: skip
    axes.set(xlabel="epoch", ylabel="validation loss")
    low, high = axes.dataLim.intervaly
    if high > WIDE * low:
        axes.set_yscale("log")
    else:
        axes.set_ylim(0)
    tidy(axes)
    figure.legend(loc="outside lower center", ncols=len(runs), frameon=False, fontsize=8)
    return figure


def trained(overrides: list[str], folder: Path) -> list[Run]:
    """Ten runs, whatever their outcome."""
    subprocess.run([sys.executable, "-m", "train", *ten_seeds(overrides, folder)], check=False)
    return [job.run for job in Sweep(folder).jobs()]


def ten_seeds(overrides: list[str], folder: Path) -> list[str]:
    """The command line of a batched sweep."""
    batched = ["hydra/launcher=batched", "hydra.launcher.threads=1", "report=false"]
    return ["-m", *overrides, "seed=range(10)", *batched, f"hydra.sweep.dir={folder}"]


def main() -> None:
    for symptom in symptoms():
        with tempfile.TemporaryDirectory() as folder:
            runs = {" ".join(symptom.failure): trained(symptom.failure, Path(folder, "failure"))}
            for i, cure in enumerate(symptom.cures):
                runs[" ".join(cure[1:])] = trained(cure, Path(folder, f"cure_{i}"))
            (DOCS / symptom.picture).write_bytes(png(losses_figure(runs)))


if __name__ == "__main__":
    main()
