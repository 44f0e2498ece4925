"""Tries the commands that the pages of runs print: does what they advise help?

For each rule it trains the runs of ``advice/cases.py``, and some drawn at random, for which the rule has a command;
then each command with ten seeds, together. It helps if the finding is gone and the validation loss at least 10 % lower,
or the accuracy or R² clearly higher. Runs that went well must have no cause and no command.

    python scripts/check_advice.py            # every rule; ends with status 1 if one fails
    python scripts/check_advice.py --quick    # one run for each rule, and four seeds
    python scripts/check_advice.py --write    # also writes docs/advice.md
"""

import argparse
import contextlib
import io
import math
import multiprocessing
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import torch

from advice.cases import CASES, GOOD, drawn
from backprop_lab import Run, compose, train
from backprop_lab.config.check import check
from backprop_lab.config.recording import recorded_epochs
from backprop_lab.engines.kernel import border
from backprop_lab.experiment.printing import say
from backprop_lab.report.run.findings import find
from backprop_lab.report.run.findings.finding import Finding, Findings
from backprop_lab.report.run.measures import measure_frames
from backprop_lab.runs.status import Status
from backprop_lab.sweep.batch import blocks, chunk, unstack
from backprop_lab.sweep.plan import CPU, KERNEL, VMAP, Batch
from backprop_lab.training.split import points_of
from backprop_lab.training.task import build_task

ALWAYS = ("logger=none", "callbacks=[frames]", "report=false")
SEEDS, ENOUGH = 10, 0.9
DRAWN = 30
GOOD_RUNS = 60
LOWER, CLEARLY = 0.9, 0.05
PAGE = Path(__file__).resolve().parents[1] / "docs" / "advice.md"


@dataclass
class Tried:
    """A run, the command that its page prints, and with how many seeds it helped; or why it was not tried."""

    rule: str
    line: str
    fires: bool = False
    command: str = ""
    helped: int = 0
    of: int = 0
    said: list[str] = field(default_factory=list)


def look(run: Run) -> Findings:
    frames = run.frames()
    return find(run, run.task, frames, measure_frames(run.task, frames))


def listed(found: Findings) -> dict[str, Finding]:
    return {finding.rule: finding for finding in [*found.shown, *found.more]}


def on_the_fastest(overrides: Sequence[str]) -> list[str]:
    """The whole line of a run, with the engine that takes the least time for it."""
    line = [*ALWAYS, *overrides]
    return [*line, "engine=module" if border.why_not(check(compose(*line))) else "engine=kernel"]


def trained(overrides: Sequence[str], folder: str) -> Run:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        return train(*on_the_fastest(overrides), f"hydra.run.dir={folder}/run")


def overrides_of(command: str, line: Sequence[str]) -> list[str]:
    """The overrides of a printed command. One that goes on is the whole run with what it changes: the same bits."""
    ours = ("hydra.run.dir=", "engine=")
    words = [word for word in shlex.split(command)[3:] if word not in ALWAYS and not word.startswith(ours)]
    if not words or not words[0].startswith("resume="):
        return words
    changed = {word.partition("=")[0] for word in words[1:]}
    return [word for word in line if word.partition("=")[0] not in changed] + words[1:]


def together(overrides: Sequence[str], seeds: int, folder: str) -> list[Run]:
    """A run for each seed, trained as one batch."""
    free = [word for word in overrides if not word.startswith("seed=")]
    given = [on_the_fastest([*free, f"seed={seed}"]) for seed in range(seeds)]
    configs = [check(compose(*words)) for words in given]
    tasks = [build_task(config, *points_of(config)) for config in configs]
    batch = Batch(VMAP if border.why_not(configs[0]) else KERNEL, CPU)
    fit = blocks.fit if batch.engine == KERNEL else partial(chunk.fit, device=CPU)
    histories = fit(tasks, recorded_epochs(configs[0]), report=lambda steps: None)
    runs = []
    for seed, (config, task, history) in enumerate(zip(configs, tasks, histories, strict=True)):
        run = Run(Path(folder, str(seed)))
        unstack.write(run, config, task, given[seed], history, batch, 0.0)
        runs.append(run)
    return runs


def is_better(rule: str, before: Run, after: Run) -> bool:
    """Whether the finding is gone, and the validation loss or metric clearly better."""
    if after.status is not Status.FINISHED or rule in listed(look(after)):
        return False
    metric = f"val_{after.task.head.metric}"
    was, now = before.summary["metrics"], after.summary["metrics"]
    if before.status is Status.DIVERGED or was.get("val_loss") is None:
        return True
    return bool(now["val_loss"] <= LOWER * was["val_loss"] or now[metric] >= (was.get(metric) or -math.inf) + CLEARLY)


def tried(case: tuple[str, str, int]) -> Tried:
    """Train a run; if its rule has a command, try that with several seeds. An empty rule stands for whichever fires."""
    rule, line, seeds = case
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        words = shlex.split(line)
        run = trained(words, folder)
        found = look(run)
        if not rule:
            rule = next((finding.rule for finding in found.shown if finding.command), "")
        result = Tried(rule, line, said=[found.verdict])
        finding = listed(found).get(rule)
        if finding is None:
            return result
        result.fires, result.command = True, finding.command or ""
        if finding.command:
            overrides = overrides_of(finding.command, words)
            result.command = " ".join(["python -m train", *map(shlex.quote, overrides)])
            runs = together(overrides, seeds, folder)
            result.of, result.helped = seeds, sum(is_better(rule, run, after) for after in runs)
            result.said += [
                f"seed {n}: {look(after).verdict}" for n, after in enumerate(runs) if not is_better(rule, run, after)
            ]
        return result


def alarm(line: str) -> str | None:
    """What the page of a run that went well says although it should not; None for a run that did not go well."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        run = trained(shlex.split(line), folder)
        if run.summary["success"] is not True:
            return None
        wrong = [finding.rule for finding in look(run).shown if finding.command or finding.headline]
        return ", ".join(wrong)


def table(results: Sequence[Tried]) -> list[str]:
    rows = ["| rule | runs with it | commands that helped | an example |", "|---|---|---|---|"]
    for rule in CASES:
        of_rule = [one for one in results if one.rule == rule and one.fires]
        with_command = [one for one in of_rule if one.of]
        share = f"{sum(one.helped for one in with_command)} of {sum(one.of for one in with_command)} trainings"
        example = f"`{with_command[0].command}`" if with_command else ""
        rows.append(f"| {rule} | {len(of_rule)} | {share if with_command else 'prints none'} | {example} |")
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one run for each rule, with four seeds")
    parser.add_argument("--write", action="store_true", help="write docs/advice.md")
    parser.add_argument("rules", nargs="*", help="only these rules")
    given = parser.parse_args()
    seeds, began = (4 if given.quick else SEEDS), time.monotonic()
    chosen = given.rules or [*CASES]
    cases = [(rule, line, seeds) for rule in chosen for line in (CASES[rule][:1] if given.quick else CASES[rule])]
    if not given.quick and not given.rules:
        cases += [("", line, seeds) for line in drawn(DRAWN)]
    good = [
        f"{line} seed={seed}" for seed in range(1 if given.quick else 8) for line in GOOD[:: 3 if given.quick else 1]
    ]
    with multiprocessing.get_context("fork").Pool() as pool:
        results = pool.map(tried, cases, chunksize=1)
        alarms = pool.map(alarm, [] if given.rules else good, chunksize=1)
    failed = judge(results, drawn_from=sum(len(CASES[rule]) for rule in chosen), minimum=1 if given.quick else 6)
    went_well = [(line, said) for line, said in zip(good, alarms, strict=False) if said is not None][:GOOD_RUNS]
    for line, said in went_well:
        if said:
            failed.append(f"false alarm: {said} for {line}")
    false = sum(bool(said) for _, said in went_well)
    say(*table(results), f"{len(went_well)} runs that went well, {false} false alarms", *weakest(results), *failed)
    say(f"{time.monotonic() - began:.0f} s")
    if given.write:
        write(results, went_well)
    return int(bool(failed))


def judge(results: Sequence[Tried], drawn_from: int, minimum: int) -> list[str]:
    """A line for each thing that is not as it should be: in a rule, its commands taken together."""
    failed = [
        f"{one.rule}: not found in {one.line} ({one.said[0]})"
        for one in results[:drawn_from]
        if not one.fires and one.rule
    ]
    for rule in dict.fromkeys(one.rule for one in results if one.rule):
        of_rule = [one for one in results if one.rule == rule and one.fires]
        of, helped = sum(one.of for one in of_rule), sum(one.helped for one in of_rule)
        if len(of_rule) < minimum:
            failed.append(f"{rule}: {len(of_rule)} runs; wanted {minimum}")
        if of and helped < ENOUGH * of:
            failed.append(f"{rule}: {helped} of {of} helped")
    return failed


def weakest(results: Sequence[Tried]) -> list[str]:
    """The commands that helped less often than a rule's must."""
    weak = [one for one in results if one.of and one.helped < ENOUGH * one.of]
    return [f"  {one.rule}: {one.helped} of {one.of}: {one.line}  ->  {one.command}  {one.said[:3]}" for one in weak]


def write(results: Sequence[Tried], went_well: Sequence[tuple[str, str]]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition("<!-- advice -->\n")
    _, _, after = rest.partition("<!-- end -->\n")
    alarms = sum(bool(said) for _, said in went_well)
    lines = [
        *table(results),
        "",
        f"Of {len(went_well)} runs that went well, {alarms or 'none'} had a cause or a command.",
    ]
    PAGE.write_text(f"{before}<!-- advice -->\n" + "\n".join(lines) + f"\n<!-- end -->\n{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
