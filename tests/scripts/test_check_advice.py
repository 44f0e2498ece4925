"""What pages advise helps: each rule once, with four seeds. All of it is in ``docs/advice.md``."""

import subprocess
import sys
from pathlib import Path

import pytest

from backprop_lab.report.run.findings import RULES
from conftest import ROOT, environment


@pytest.mark.slow
def test_each_command_helps_where_it_is_printed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "check_advice.py"), "--quick"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_the_table_in_the_docs_has_every_rule_with_a_headline() -> None:
    """A rule without one is a symptom or says how a success came about."""
    rows = (ROOT / "docs" / "advice.md").read_text(encoding="utf-8").splitlines()
    listed = {row.split("|")[1].strip() for row in rows if row.startswith("| ")}
    names = set()
    for rule in RULES:
        source = Path(sys.modules[rule.__module__].__file__ or "").read_text(encoding="utf-8")
        if "headline=" in source or "command=" in source.replace("command=None", ""):
            names |= {line.split('"')[1] for line in source.splitlines() if line.strip().startswith("rule=")}
    assert names <= listed
