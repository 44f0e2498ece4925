"""Pages in Debian's Firefox, driven by WebDriver BiDi over the browser's own port: Playwright cannot drive it."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from report.browser import INSTALL

START_SECONDS, ANSWER_SECONDS = 60, 60
WATCHED = ["log.entryAdded", "network.beforeRequestSent"]


class Firefox:
    """One tab. ``complaints`` are what pages wrote to the console, ``requests`` what they asked for."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.sent = 0
        self.call("session.new", capabilities={})
        self.call("session.subscribe", events=WATCHED)
        self.tab = self.call("browsingContext.getTree")["contexts"][0]["context"]

    def call(self, method: str, **parameters: Any) -> Any:
        self.sent += 1
        self.socket.send(json.dumps({"id": self.sent, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv(timeout=ANSWER_SECONDS))
            if message.get("id") == self.sent:
                assert message["type"] == "success", message
                return message["result"]
            self._hear(message)

    def _hear(self, message: Any) -> None:
        if message.get("method") == "log.entryAdded":
            self.complaints.append(message["params"]["text"])
        elif message.get("method") == "network.beforeRequestSent":
            self.requests.append(message["params"]["request"]["url"].partition("#")[0])

    def open(self, file: Path, fragment: str = "", width: int = 1280) -> None:
        """Open a page and wait until it is drawn."""
        self.complaints.clear()
        self.requests.clear()
        self.call("browsingContext.setViewport", context=self.tab, viewport={"width": width, "height": 800})
        # A page that differs in its fragment alone would not be loaded anew.
        self.call("browsingContext.navigate", context=self.tab, url="about:blank", wait="complete")
        url = f"{file.resolve().as_uri()}{fragment}"
        self.call("browsingContext.navigate", context=self.tab, url=url, wait="complete")
        self.until("document.documentElement.dataset.ready !== undefined")

    def value(self, expression: str) -> Any:
        """What a JavaScript expression, or its promise, comes to."""
        as_text = f"Promise.resolve({expression}).then((value) => JSON.stringify(value ?? null))"
        target = {"context": self.tab}
        made = self.call("script.evaluate", expression=as_text, target=target, awaitPromise=True)
        assert made["type"] == "success", made
        return json.loads(made["result"]["value"])

    def until(self, condition: str) -> None:
        end = time.monotonic() + ANSWER_SECONDS
        while not self.value(condition):
            assert time.monotonic() < end, condition
            time.sleep(0.05)


@contextmanager
def firefox(folder: Path) -> Iterator[Firefox]:
    """A Firefox with a profile in ``folder``. Where there is none the test is skipped, and fails in CI."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        missing = f"needs Firefox in the PATH: {INSTALL}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    profile, said = folder / "profile", folder / "said.txt"
    profile.mkdir()
    with said.open("wb") as output:
        process = subprocess.Popen(
            [program, "--headless", "--remote-debugging-port=0", "--no-remote", "--profile", str(profile)],
            stdout=output, stderr=output, env=os.environ | {"HOME": str(folder)}, start_new_session=True,
        )  # fmt: skip
    try:
        with connect(f"{_address(said)}/session", max_size=None) as socket:
            yield Firefox(socket)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _address(said: Path) -> str:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if found := re.search(
            r"WebDriver BiDi listening on (ws://\S+)", said.read_text(encoding="utf-8", errors="replace")
        ):
            return found[1]
        time.sleep(0.1)
    pytest.fail(f"Firefox did not start: {said.read_text(encoding='utf-8', errors='replace')[-500:]}")
