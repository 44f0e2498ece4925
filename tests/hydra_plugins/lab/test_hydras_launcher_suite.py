"""Hydra's own tests of a launcher, whole, for ``hydra/launcher=batched``, which may serve any application.

Their task functions are none of ours, so the launcher has to carry them out as Hydra's basic one does.
"""

import pytest
from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.test_utils.launcher_common_tests import BatchedSweeperTestSuite, IntegrationTestSuite, LauncherTestSuite

from hydra_plugins.lab.batched_launcher import BatchedLauncher

# Hydra's applications do not say whether they want to work in their output folder, of which Hydra warns.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_hydra_finds_it() -> None:
    assert BatchedLauncher.__name__ in [plugin.__name__ for plugin in Plugins.instance().discover(Launcher)]


@pytest.mark.parametrize(("launcher_name", "overrides"), [("batched", [])])
class TestBatchedLauncher(LauncherTestSuite): ...


@pytest.mark.parametrize(
    ("launcher_name", "overrides"),
    [("batched", ["hydra.sweeper.max_batch_size=2"])],
)
class TestBatchedLauncherWithBatches(BatchedSweeperTestSuite): ...


@pytest.mark.parametrize(("task_launcher_cfg", "extra_flags"), [({}, ["-m", "hydra/launcher=batched"])])
class TestBatchedLauncherIntegration(IntegrationTestSuite): ...
