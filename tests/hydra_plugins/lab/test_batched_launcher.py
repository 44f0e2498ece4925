"""``hydra/launcher=batched`` as a Hydra plugin; what it trains is tested in ``tests/sweep``."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher

from conftest import environment
from hydra_plugins.lab.batched_launcher import BatchedLauncher


def test_hydra_finds_it() -> None:
    assert BatchedLauncher.__name__ in [plugin.__name__ for plugin in Plugins.instance().discover(Launcher)]


@pytest.mark.slow
def test_hydras_own_suite_passes_whole() -> None:
    """In a process of its own: Hydra's tests look for logs, and how these are written is set once in a process."""
    suite = Path(__file__).with_name("hydras_launcher_suite.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(suite)],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    (passed,) = re.findall(r"(\d+) passed", done.stdout)
    assert int(passed) >= 20
    assert "skipped" not in done.stdout
