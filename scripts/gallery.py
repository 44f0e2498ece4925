"""``python scripts/gallery.py``: makes docs/gallery.md and its pictures.

Each entry is opened in the playground by its address; its picture is that of the page. Needs the extra `dev`, and
Chromium.
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from playwright.sync_api import sync_playwright

from backprop_lab.config.check import check
from backprop_lab.experiment import commands
from backprop_lab.notebook import compose
from backprop_lab.report.playground.address import address_of, overrides_for
from backprop_lab.report.playground.page import page

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "gallery"
COLOURS = 64
HEAD = """\
# Gallery: twelve questions to ask a network

Each address opens the experiment in the playground, where it can be changed; each command trains the same on your
computer. Write the page first: one file that needs neither Python nor a network connection.

```console
$ python -m backprop_lab.playground to=playground.html
```

Open it and append what follows `playground.html` to its address, or replace the part from `#` on.
"""


class Entry(NamedTuple):
    name: str
    question: str
    arguments: tuple[str, ...]


ENTRIES = (
    Entry("circle", "How do a few straight lines make a circle?", ("dataset=circle",)),
    Entry(
        "spiral",
        "How does a network come between two arms of a spiral?",
        ("dataset=spiral", "model.hidden=[16,16]", "model.activation=tanh", "optimizer=adam", "optimizer.lr=0.01"),
    ),
    Entry("xor", "How do two layers learn what one cannot?", ("experiment=xor_mlp",)),
    Entry("one_layer", "Why does one layer answer 0.5 for every corner of XOR?", ("experiment=fails_one_layer",)),
    Entry("too_narrow", "Why does it stay at three of four corners?", ("experiment=fails_too_narrow",)),
    Entry("plateau", "Has it stopped learning, or not begun?", ("experiment=fails_plateau",)),
    Entry("saturation", "Why is it sure of wrong answers for ever?", ("experiment=fails_saturation",)),
    Entry("equal_weights", "Why do eight units do the work of one?", ("experiment=fails_equal_weights",)),
    Entry("imbalance", "Why is an accuracy of 98 % worth nothing?", ("experiment=fails_imbalance",)),
    Entry("overfitting", "Why is the training good and the validation bad?", ("experiment=fails_overfitting",)),
    Entry("vanishing", "Why does nothing move in a deep network?", ("experiment=fails_vanishing_gradients",)),
    Entry("rate_too_high", "Why does the loss grow without end?", ("experiment=fails_rate_too_high",)),
)


def address(entry: Entry) -> str:
    overrides = overrides_for(check(compose(*entry.arguments)))
    return f"playground.html{address_of(overrides or entry.arguments)}"


def text() -> str:
    """The document."""
    parts = [
        f"## {entry.question}\n\n![{entry.question}](gallery/{entry.name}.png)\n\n```text\n{address(entry)}\n```\n\n"
        f"```console\n$ {commands.train(*entry.arguments)}\n```\n"
        for entry in ENTRIES
    ]
    return "\n".join([HEAD, *parts])


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    (ROOT / "docs" / "gallery.md").write_text(text(), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "playground.html"
        file.write_text(page(check(compose())), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for entry in ENTRIES:
            tab = browser.new_page(viewport={"width": 1280, "height": 900})
            tab.goto(file.as_uri() + address(entry).removeprefix("playground.html"))
            tab.wait_for_selector("html[data-trained]", state="attached", timeout=120_000)
            tab.wait_for_timeout(500)
            _picture(tab).quantize(COLOURS).save(FOLDER / f"{entry.name}.png", optimize=True)
            print(FOLDER / f"{entry.name}.png")
            tab.close()
        browser.close()
    return 0


def _picture(tab: Any) -> Image.Image:
    """The predictions, and beside them the curves of loss and accuracy."""
    parts = [
        Image.open(io.BytesIO(tab.locator(place).first.screenshot())).convert("RGB")
        for place in ("#answer-picture", "#curves-charts")
    ]
    made = Image.new("RGB", (sum(part.width for part in parts) + 20, max(part.height for part in parts)), "white")
    made.paste(parts[0], (0, 0))
    made.paste(parts[1], (parts[0].width + 20, 0))
    return made


if __name__ == "__main__":
    sys.exit(main())
