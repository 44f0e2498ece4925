"""A picture of a report page: `python scripts/screenshot.py outputs/runs/DATE/TIME/report.html picture.png`.

Options as key=value: width=1280 height=800 dark=false at='#epoch=5' panel=xray. Needs the extra `dev`, and Chromium
in the PATH.
"""

import shutil
import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import sync_playwright


def main() -> int:
    chromium = shutil.which("chromium")
    if len(sys.argv) < 3 or chromium is None:
        print(
            __doc__ if chromium else "error: needs Chromium in the PATH: apt-get install --yes chromium",
            file=sys.stderr,
        )
        return 2
    page_file, picture = map(Path, sys.argv[1:3])
    options = dict(argument.partition("=")[::2] for argument in sys.argv[3:])
    theme: Literal["dark", "light"] = "dark" if options.get("dark") == "true" else "light"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(
            viewport={"width": int(options.get("width", 1280)), "height": int(options.get("height", 800))},
            color_scheme=theme,
        )
        page.goto(page_file.resolve().as_uri() + options.get("at", ""))
        page.wait_for_selector("html[data-ready]", state="attached")
        if "panel" in options:
            page.evaluate("id => document.getElementById(id).scrollIntoView()", options["panel"])
        page.screenshot(path=picture)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
