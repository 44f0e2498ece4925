"""Takes a screenshot of a report page: `python scripts/screenshot.py outputs/runs/DATE/TIME/report.html picture.png`.

Options, with example values: width=1280 height=800 dark=false at='#epoch=5' panel=xray. Needs the extra `dev`, and
Chromium in the PATH.
"""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, TimeoutError, sync_playwright

from backprop_lab.config.errors import ConfigError, UnknownKeyError
from backprop_lab.experiment.printing import error, say
from backprop_lab.options.plain_yaml import typed_value
from backprop_lab.options.rules import Rule, flag, whole

KNOBS = {
    "width": whole("pixels from left to right", 100, 10_000),
    "height": whole("pixels from top to bottom", 100, 10_000),
    "dark": flag("the dark theme"),
    "at": Rule(lambda v: str(v).startswith("#"), "a part of the page's address, as '#epoch=5'", "what the page shows"),
    "panel": Rule(lambda v: isinstance(v, str), "the id of an element", "what to scroll to"),
}
DEFAULTS = {"width": 1280, "height": 800, "dark": False, "at": "", "panel": ""}
FORMATS = (".png", ".jpg", ".jpeg")
MOST_SECONDS = 30


def main() -> int:
    arguments = sys.argv[1:]
    if {"--help", "-h"} & set(arguments):
        say(str(__doc__).strip())
        return 0
    try:
        page, picture, options = parsed(arguments)
        take(page, picture, options)
    except ConfigError as wrong:
        error(wrong)
        return 2
    return 0


def parsed(arguments: Sequence[str]) -> tuple[Path, Path, dict[str, Any]]:
    """The page, the picture to write, and the options. Raises ``ConfigError``."""
    if len(arguments) < 2:
        raise ConfigError("screenshot.py", " ".join(arguments) or "nothing", "PAGE.html PICTURE.png key=value ...")
    page, picture = map(Path, arguments[:2])
    if not page.is_file():
        raise ConfigError("page", str(page), "a file, as outputs/runs/DATE/TIME/report.html")
    if picture.suffix.lower() not in FORMATS or not picture.parent.is_dir():
        raise ConfigError("picture", str(picture), f"a file in a folder that is there, ending in {', '.join(FORMATS)}")
    options = dict(DEFAULTS)
    for argument in arguments[2:]:
        key, _, text = argument.partition("=")
        if key not in KNOBS:
            raise UnknownKeyError(key, text, KNOBS)
        value = text if key == "at" else typed_value(text)  # YAML would read # as a comment
        if not KNOBS[key].accepts(value):
            raise ConfigError(key, text or "nothing", KNOBS[key].allowed)
        options[key] = value
    return page, picture, options


def take(page_file: Path, picture: Path, options: dict[str, Any]) -> None:
    """Open the page in Chromium and save a screenshot. Raises ``ConfigError``."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise ConfigError("chromium", "nothing", "Chromium in the PATH: apt-get install --yes chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(
            viewport={"width": options["width"], "height": options["height"]},
            color_scheme="dark" if options["dark"] else "light",
        )
        page.goto(page_file.resolve().as_uri() + options["at"])
        try:
            page.wait_for_selector("html[data-ready]", state="attached", timeout=1000 * MOST_SECONDS)
        except TimeoutError:
            raise ConfigError("page", str(page_file), f"a report that is ready within {MOST_SECONDS} s") from None
        if options["panel"]:
            scroll_to(page, options["panel"])
        page.screenshot(path=picture)
        browser.close()


def scroll_to(page: Page, panel: str) -> None:
    panels: list[str] = page.evaluate("[...document.querySelectorAll('section[id]')].map(section => section.id)")
    if panel not in panels:
        raise ConfigError("panel", panel, ", ".join(panels))
    page.evaluate("id => document.getElementById(id).scrollIntoView()", panel)


if __name__ == "__main__":
    sys.exit(main())
