"""The pages in Chromium: a training against that of the TensorFlow Playground, and pictures while a slider is dragged.

``tensorflow_playground/nn.ts`` is theirs, unchanged (commit 02469bd), with its licence; ``nn.js`` is the same text with
the types taken out by ``stripTypeScriptTypes`` of Node's ``node:module``. Both train the circle of our defaults with
8 ReLU units, 50 epochs in batches of 32, by turns in one page.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.table import Line, Section, compared

THEIRS = Path(__file__).with_name("tensorflow_playground") / "nn.js"
OURS, OTHER = "ours", "TensorFlow Playground's nn.ts"
AT_LEAST = 2.0
MOST_MILLISECONDS = 100.0
LEAST_PICTURES, MOST_FRAMES = 30.0, 2.0
DRAG_SECONDS = 3
FRAME = 1000 / 60  # milliseconds
OPTIONS = ["--no-sandbox", "--disable-quic", "--no-first-run"]
COMPARE = """
function ours(config, formulas) {
  const points = pointsOf(config, formulas);
  const began = performance.now();
  const rung = new ByHand(config, points, formulas);
  while (rung.epoch < config.epochs) rung.runEpoch();
  return [performance.now() - began, rung.validate().metric];
}
function theirs(config, formulas) {
  const { train, val } = pointsOf(config, formulas);
  const rows = (part) => Array.from({ length: part.n }, (_, i) => [part.x[2 * i], part.x[2 * i + 1]]);
  const [points, held] = [rows(train), rows(val)];
  const began = performance.now();
  const network = nn.buildNetwork([2, 8, 1], nn.Activations.RELU, nn.Activations.TANH, null, ["x", "y"]);
  for (let epoch = 0; epoch < config.epochs; epoch++)
    points.forEach((point, i) => {
      nn.forwardProp(network, point);
      nn.backProp(network, train.y[i] ? 1 : -1, nn.Errors.SQUARE);
      if ((i + 1) % 32 === 0) nn.updateWeights(network, 0.1, 0);
    });
  const spent = performance.now() - began;
  const right = held.filter((point, i) => nn.forwardProp(network, point) > 0 === val.y[i] > 0.5).length;
  return [spent, right / held.length];
}
"""
DRAG = """([key, low, high]) => opened.then(async (report) => {
  const { live } = report;
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  let pictures = 0;
  follow(["film"], () => (pictures += 1));
  const waits = [];
  const began = performance.now();
  for (let turn = 0; performance.now() - began < SECONDS * 1000; turn++) {
    const share = (1 + Math.sin(turn / 7)) / 2;
    const before = pictures;
    const asked = performance.now();
    changeKey(live, key, Number((low + share * (high - low)).toPrecision(3)));
    while (pictures === before) await frame();
    waits.push(performance.now() - asked);
  }
  return [(1000 * pictures) / (performance.now() - began), waits.sort((a, b) => a - b)[waits.length >> 1]];
})"""
DRAGGED = {"optimizer.lr": (0.05, 0.3), "dataset.noise": (0.0, 0.2), "model.hidden": (4, 12)}


def training(options: argparse.Namespace) -> Section:
    """The whole circle in the browser."""
    found: dict[str, list[float]] = {OURS: [], OTHER: []}
    metrics: dict[str, list[float]] = {OURS: [], OTHER: []}
    with tempfile.TemporaryDirectory() as folder, _browser() as browser:
        file = Path(folder) / "compare.html"
        file.write_text(_comparison(), encoding="utf-8")
        page = browser.new_page()
        page.goto(file.as_uri())
        page.wait_for_function("window.nn !== undefined")
        for turn in range(options.rounds + 1):  # the first one is not counted
            for name, function in ((OURS, "ours"), (OTHER, "theirs")):
                spent, metric = page.evaluate(f"{function}(config, formulas)")
                if turn:
                    found[name].append(spent)
                    metrics[name].append(metric)
    lines = compared("circle, 50 epochs", "ms", found, OURS, at_least={OTHER: AT_LEAST})
    lines.append(Line("work of ours", "ms", found[OURS], at_most=MOST_MILLISECONDS))
    said = ", ".join(f"{name} {statistics.median(values):.3f}" for name, values in metrics.items())
    return Section("training in Chromium", lines, [f"validation accuracy: {said}"])


def dragging(options: argparse.Namespace) -> Section:
    """Pictures a second while a slider moves with every picture, each a new training of the circle."""
    lines = []
    with tempfile.TemporaryDirectory() as folder, _browser() as browser:
        file = Path(folder) / "playground.html"
        file.write_text(_playground(), encoding="utf-8")
        for key, ends in DRAGGED.items():
            rates, waits = [], []
            for _ in range(options.rounds):
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                page.goto(file.as_uri())
                page.wait_for_selector("html[data-trained]", state="attached", timeout=60_000)
                rate, wait = page.evaluate(DRAG.replace("SECONDS", str(DRAG_SECONDS)), [key, *ends])
                rates.append(rate)
                waits.append(wait / FRAME)
                page.close()
            lines.append(Line(f"{key}, pictures a second", "", rates, at_least=LEAST_PICTURES))
            lines.append(Line(f"{key}, first picture", "frames", waits, at_most=MOST_FRAMES))
    return Section("dragging a slider in Chromium", lines)


PARTS = {"training": training, "dragging": dragging}


class _browser:
    """Debian's Chromium, as a context."""

    def __enter__(self) -> Any:
        from playwright.sync_api import sync_playwright

        program = shutil.which("chromium")
        if program is None:
            sys.exit("browser: needs Chromium in the PATH")
        self.playwright = sync_playwright().start()
        self.browser = self.playwright.chromium.launch(executable_path=program, args=OPTIONS)
        return self.browser

    def __exit__(self, *_: object) -> None:
        self.browser.close()
        self.playwright.stop()


def _comparison() -> str:
    """A page with our scripts and theirs, and the configuration of our defaults."""
    from backprop_lab.config.check import check
    from backprop_lab.notebook import compose
    from backprop_lab.report.document import plain, script_of
    from backprop_lab.report.option_formulas import option_formulas
    from backprop_lab.report.run.page import SCRIPTS

    config = check(compose("loss=bce"))
    lab = script_of([name for name in SCRIPTS if name.startswith("lab/")])
    theirs = THEIRS.read_text(encoding="utf-8")
    names = "{ buildNetwork, forwardProp, backProp, updateWeights, Activations, Errors }"
    given = [f"globalThis.{name} = {json.dumps(plain(value))};" for name, value in (
        ("config", config.plain), ("formulas", option_formulas(config)),
    )]  # fmt: skip
    return (
        f"<!doctype html><meta charset=utf-8><script>{lab}{COMPARE}{''.join(given)}</script>"
        f"<script type=module>{theirs}\nglobalThis.nn = {names};</script>"
    )


def _playground() -> str:
    from backprop_lab.config.check import check
    from backprop_lab.notebook import compose
    from backprop_lab.report.playground.page import page

    return page(check(compose()))
