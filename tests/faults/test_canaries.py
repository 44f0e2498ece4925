"""Secrets of the environment and text of others: neither gets into a file, a page or a process of ours."""

import html.parser
import os
import subprocess
import sys
from pathlib import Path

import pytest

from backprop_lab.runs.run import Run
from conftest import environment
from faults.tally import Amount, Tally

pytestmark = pytest.mark.slow

SECRET = "canary-7d1f"
LINE = ("dataset=xor", "epochs=3", "engine=module", "seed=1")
NASTY = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</script><b>", "'\"><svg onload=alert(1)>", "]]><!--",
    "${oc.env:SECRET_OF_THE_READER}", "$SECRET_OF_THE_READER", "{{ 7 * 7 }}", "&lt;script&gt;", "\u202egnp.exe",
    "\x1b]0;title\x07", "`id`", "=cmd|' /C calc'!A0", "javascript:alert(1)", "\x00", "<style>*{display:none}</style>",
)  # fmt: skip
FORBIDDEN = """
import sys
def refuse(event, arguments):
    if event in ("os.system", "os.exec", "os.posix_spawn", "socket.connect", "pickle.find_class", "ctypes.dlopen"):
        if event == "socket.connect" or event.startswith("os."):
            sys.stderr.write(f"DEED {event} {arguments}\\n")
sys.addaudithook(refuse)
"""


class Tags(html.parser.HTMLParser):
    """The tags, each with the names of its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[tuple[str, tuple[str, ...]]] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add((tag, tuple(name for name, _ in attrs)))


def test_canaries(tmp_path: Path, tally: Tally, amount: Amount) -> None:
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(FORBIDDEN)
    variables = environment(
        SECRET_OF_THE_READER=SECRET, PYTHONPATH=os.pathsep.join([str(tmp_path / "hook"), *sys.path])
    )

    def command(module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([sys.executable, "-m", module, *arguments], cwd=tmp_path, env=variables, text=True,
                              capture_output=True, timeout=120, check=False)  # fmt: skip

    ends = [command("train", *LINE, "hydra.run.dir=run")]
    run = Run(tmp_path / "run")
    tags = Tags((run.folder / "report.html").read_text(encoding="utf-8")).found
    with tally("canaries", "secrets, tags and deeds of others did not get in") as count:
        count("a training", ends[0].returncode == 0 and "DEED" not in ends[0].stderr, ends[0])
        for nasty in NASTY[: amount(1, len(NASTY))]:
            run.write_config(run.config, [f"dataset={nasty}", f"{nasty}=1", *LINE])
            run.write_summary(error=nasty, git_commit=nasty, versions={nasty: nasty})
            done = command("backprop_lab.report", "run")
            page = (run.folder / "report.html").read_text(encoding="utf-8")
            holds = done.returncode == 0 and "DEED" not in done.stderr and Tags(page).found == tags
            count(nasty, holds, (done, Tags(page).found ^ tags))
        for deed in ("evaluate", "report", "sweep"):
            folder = "run=run" if deed == "evaluate" else "run"
            done = command(f"backprop_lab.{deed}", folder)
            count(deed, "DEED" not in done.stderr and "Traceback" not in done.stderr, done)
            ends.append(done)
        files = [path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
        count("files", not files and not any(SECRET in done.stdout + done.stderr for done in ends), files)
