"""Batched sweeps on a GPU: seconds of training, for more and more members; JAX beside it if it finds the card."""

import argparse
import importlib.util
import sys

from benchmarks.measuring import peer, take_turns
from benchmarks.table import Line, Section

CIRCLES = (1_000, 10_000, 100_000)
XORS = 1_000_000
JAX_CIRCLES = 10_000


def card() -> str | None:
    """The name of the GPU; None without one."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


def circles(options: argparse.Namespace) -> Section:
    """Circles of 50 epochs, in chunks as a sweep has them; the points are drawn before."""
    name = _required()
    lines = []
    for members in CIRCLES:
        found = take_turns("gpu", {f"{members:,}": peer("gpu_circles", members)}, 1)[f"{members:,}"]
        seconds = [run.receipt["fit_seconds"] for run in found]
        lines += [Line(f"{members:,} circles", "s", seconds), Line("a circle", "ms", [1000 * seconds[0] / members])]
    if importlib.util.find_spec("jax") is not None:
        found = take_turns("gpu", {"JAX": peer("gpu_circles_jax", JAX_CIRCLES)}, 1)["JAX"]
        if found[0].receipt["device"] != "cpu":
            lines.append(Line(f"{JAX_CIRCLES:,} circles, JAX jit(vmap(scan))", "s", [found[0].receipt["fit_seconds"]]))
    return Section(f"circles of 50 epochs on {name}", lines)


def xors(options: argparse.Namespace) -> Section:
    """A million XORs of 100 steps."""
    name = _required()
    seconds = [run.receipt["fit_seconds"] for run in take_turns("gpu", {"XOR": peer("gpu_xors", XORS)}, 1)["XOR"]]
    lines = [Line(f"{XORS:,} XORs", "s", seconds), Line("XORs a second", "", [XORS / seconds[0]])]
    return Section(f"XORs of 100 full-batch steps on {name}", lines)


def _required() -> str:
    name = card()
    if name is None:
        sys.exit("gpu: torch finds no GPU here")
    return name


PARTS = {"circles": circles, "xors": xors}
