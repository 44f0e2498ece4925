"""The experiments that sweep by themselves: each asks a question and is trained as one tensor program."""

import pytest

from backprop_lab.options.discovery import CONFIGS, names
from backprop_lab.options.plain_yaml import read_yaml
from backprop_lab.sweep.folder import Sweep
from conftest import Program, quick_of

TEXTS = {name: (CONFIGS / "experiment" / f"{name}.yaml").read_text(encoding="utf-8") for name in names("experiment")}
SWEEPING = {name: read_yaml(text)["hydra"]["sweeper"]["params"] for name, text in TEXTS.items() if "sweeper:" in text}
LARGE = [name for name in SWEEPING if "launcher: batched" in TEXTS[name]]


@pytest.mark.parametrize("name", quick_of(LARGE, "xor_width"))
def test_a_large_sweep_runs_whole_and_together(name: str, program: Program) -> None:
    """With two seeds and the first value of each other key; what is typed goes before what the file sweeps."""
    first = [f"{key}={values.split(',')[0]}" for key, values in SWEEPING[name].items() if key != "seed"]
    points = [] if "/dataset: xor" in TEXTS[name] else ["dataset.n_samples=40"]
    quick = ("epochs=2", "report=false", "hydra.launcher.threads=1", "hydra.sweep.dir=sweep")
    done = program("-m", f"experiment={name}", *first, *points, "seed=0,1", *quick)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("batched    2 jobs in 1 group")
    jobs = Sweep("sweep").jobs()
    assert [(job.status, job.values["seed"]) for job in jobs] == [("finished", 0), ("finished", 1)]
