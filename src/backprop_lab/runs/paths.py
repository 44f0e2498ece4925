"""The paths of a run's files, for messages. The files are only opened through ``files``."""

from pathlib import Path

from backprop_lab.runs import names
from backprop_lab.runs.files import Files


class RunPaths:
    def __init__(self, folder: Path, files: Files) -> None:
        self.folder = folder
        self.files = files

    @property
    def config_file(self) -> Path:
        return self.folder / names.CONFIG

    @property
    def overrides_file(self) -> Path:
        return self.folder / names.OVERRIDES

    @property
    def summary_file(self) -> Path:
        return self.folder / names.RECEIPT

    @property
    def metrics_file(self) -> Path:
        return self.folder / names.METRICS

    @property
    def frames_file(self) -> Path:
        return self.folder / names.FRAMES

    @property
    def data_file(self) -> Path:
        return self.folder / names.POINTS

    @property
    def report_file(self) -> Path:
        return self.folder / names.PAGE

    @property
    def log_file(self) -> Path:
        return self.folder / names.LOG

    @property
    def tensorboard_folder(self) -> Path:
        return self.folder / names.TENSORBOARD

    def checkpoint_file(self, which: str) -> Path:
        return self.folder / names.checkpoint(which)

    def figure_file(self, name: str, kind: str = "png") -> Path:
        return self.folder / names.figure(name, kind)
