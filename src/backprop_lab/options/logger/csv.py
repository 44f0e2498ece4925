"""Lightning's CSVLogger: a separate table in ``csv/``."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytorch_lightning.loggers import Logger

ALSO_CALLED = ("CSVLogger",)
REWRITES = True


def build(folder: Path) -> "Logger":
    from pytorch_lightning.loggers import CSVLogger

    return CSVLogger(folder.parent, name=folder.name, version="")
