"""Pages in a real browser: Debian's Chromium, driven by Playwright, which downloads nothing."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

INSTALL = "apt-get update && apt-get install --yes chromium firefox-esr slurm-wlm munge"
SIZES = {400: 800, 1280: 800, 2560: 1440}
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A Chromium. Where there is none the test is skipped, and fails in CI, which must have one."""
    program = shutil.which("chromium")
    if program is None:
        missing = f"needs Chromium in the PATH: {INSTALL}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        yield chromium
        chromium.close()


OpenPage = Callable[..., Any]


@pytest.fixture
def open_page(browser: Any) -> Iterator[OpenPage]:
    """``open_page(file, width=1280, dark=False, fragment="")`` gives a Playwright page that has drawn all it shows.

    At the end of the test no page may have written to the console, thrown an error, or asked for anything but its file.
    """
    contexts: list[Any] = []
    complaints: list[str] = []
    requests: list[str] = []
    files: list[str] = []

    def open_(file: Path, width: int = 1280, dark: bool = False, fragment: str = "", **options: Any) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": SIZES.get(width, 800)},
            color_scheme="dark" if dark else "light",
            reduced_motion=options.pop("reduced_motion", "no-preference"),
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url.partition("#")[0]))
        files.append(file.resolve().as_uri())
        page.goto(f"{files[-1]}{fragment}")
        page.wait_for_selector("html[data-ready]", state="attached", timeout=20_000)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == [], complaints
    assert requests == files


OVERLAPS = """() => {
  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    const unseen = "script, style, noscript, option, .visually-hidden, [hidden]";
    if (!node.textContent.trim() || parent.closest(unseen)) continue;
    const style = getComputedStyle(parent);
    if (style.visibility === "hidden" || style.opacity === "0" || !parent.checkVisibility()) continue;
    const scroller = parent.closest(".scrolls, .film-bar");
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      const text = node.textContent.trim().slice(0, 40);
      if (box.width > 1 && box.height > 1) boxes.push({ box, node, scroller, text });
    }
  }
  const found = [];
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
    if (a.node === b.node || a.scroller !== b.scroller) return;
    const width = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
    const height = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
    if (width > 1.5 && height > 0.3 * Math.min(a.box.height, b.box.height)) found.push(`${a.text} | ${b.text}`);
  }));
  const outside = boxes.filter(({ box, scroller }) => !scroller && (box.right > innerWidth + 1 || box.left < -1));
  return [...found, ...outside.map(({ text }) => `outside: ${text}`)];
}"""


def overlaps(page: Any) -> list[str]:
    """Pairs of visible texts that cover each other, and texts that stick out of the window."""
    found: list[str] = page.evaluate(OVERLAPS)
    return found


PAPER = 718  # pixels between the margins of A4
BEYOND_THE_PAPER = """(width) => [...document.querySelectorAll("body *")]
  .filter((element) => element.checkVisibility() && !element.closest("script, style, .visually-hidden, defs, clipPath"))
  .map((element) => [element, element.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && box.right > width + 1)
  .map(([element, box]) => `${element.tagName}.${element.getAttribute("class") ?? element.id} ${box.right}`)"""


def print_out(page: Any) -> None:
    """Show what is printed on A4: a browser announces it, and only then applies the styles and the width."""
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 1_000})


def beyond_the_paper(page: Any) -> list[str]:
    """The elements that are wider than the paper."""
    found: list[str] = page.evaluate(BEYOND_THE_PAPER, PAPER)
    return found
