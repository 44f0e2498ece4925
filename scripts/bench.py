"""Measures how long a training takes, compared with the alternatives: the numbers of docs/benchmarks.md.

Every measurement is a process of its own in a fresh temporary folder, and the contenders take turns (A B C A B C ...),
so that a slow phase of the machine slows them all. Seconds depend on the machine; compare the ratios of medians. The
peers are functions in ``benchmarks/``, which this file runs as ``bench.py --peer NAME NUMBER``.

Every single run uses one thread. Steps this small gain nothing from a second one, and if another program needs the core
that it spins on, Lightning takes several times as long: that would flatter us. Sweeps (``bench.py sweep``) may use all
cores, with threads.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
from dataclasses import asdict
from pathlib import Path

from backprop_lab.runs.receipt import git_commit
from benchmarks import (
    browser,
    engines,
    foundation,
    gpu,
    gpu_peers,
    jobs,
    own,
    own_peers,
    peers,
    scale,
    scale_peers,
    sweep,
    sweep_peers,
)
from benchmarks.table import table

BENCHMARKS = {
    "foundation": foundation.PARTS,
    "engines": engines.PARTS,
    "sweep": sweep.PARTS,
    "own": own.PARTS,
    "scale": scale.PARTS,
    "browser": browser.PARTS,
    "gpu": gpu.PARTS,
}
PEERS = peers.PEERS | sweep_peers.PEERS | own_peers.PEERS | scale_peers.PEERS | gpu_peers.PEERS | {"jobs": jobs.jobs}
NEEDED, OPTIONAL = ("torch", "pytorch-lightning", "hydra-core"), ("numba", "jax")


def machine() -> str:
    there = [*NEEDED, *(name for name in OPTIONAL if importlib.util.find_spec(name))]
    versions = [f"{name} {importlib.metadata.version(name)}" for name in there]
    where = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {processor()}"
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"
    commit, python = f"commit {git_commit() or 'unknown'}", f"Python {platform.python_version()}"
    return ", ".join([commit, where, load, python, *versions])


def processor() -> str:
    """The model of the processor, as far as the system says."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "unknown processor"


def main() -> None:
    all_parts = [part for parts in BENCHMARKS.values() for part in parts]
    parser = argparse.ArgumentParser(description="Compares training times with the alternatives.")
    parser.add_argument("what", nargs="?", default="foundation", choices=list(BENCHMARKS), help="which benchmark")
    parser.add_argument("--only", choices=all_parts, help="only this part")
    parser.add_argument(
        "--rounds", type=int, default=5,
        help=f"turns of each contender; of xor at most {foundation.XOR_ROUNDS}, of scaling {sweep.SCALING_ROUNDS}",
    )  # fmt: skip
    parser.add_argument("--xor-epochs", type=int, default=1000, help="epochs to measure Lightning's defaults on")
    parser.add_argument("--members", type=int, default=sweep.MEMBERS, help="runs in the sweep beside its peers")
    parser.add_argument("--large", action="store_true", help=f"measure scaling also with {sweep.LARGE:,} members")
    parser.add_argument("--plot", type=Path, help="PNG file for the scaling figure")
    parser.add_argument("--json", type=Path, help="JSON file for the numbers of every round")
    parser.add_argument("--peer", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        name, number = options.peer
        print(json.dumps(PEERS[name](int(number))))
        return
    if options.rounds < 1 or options.xor_epochs < 2 or options.members < 1:
        parser.error("allowed: --rounds and --members from 1, --xor-epochs from 2")
    chosen = BENCHMARKS[options.what]
    if options.only not in (None, *chosen):
        parser.error(f"--only: {options.what} has {', '.join(chosen)}")
    parts = [options.only] if options.only else list(chosen)
    if (options.plot or options.large) and not (options.what == "sweep" and "scaling" in parts):
        parser.error("--plot and --large: they belong to scaling, a part of sweep")
    if options.what == "sweep" and "batched" in parts and importlib.util.find_spec("jax") is None:
        parser.error("sweep: JAX is not installed; pip install -e '.[bench]'")
    sections = [chosen[part](options) for part in parts]
    print(f"{table(sections)}\n\n{machine()}")
    if options.json:
        content = {"machine": machine(), "sections": [asdict(section) for section in sections]}
        options.json.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
