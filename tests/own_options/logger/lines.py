"""Writes each row as a line of JSON."""

import json


def build(folder):
    from pytorch_lightning.loggers.logger import Logger

    class Lines(Logger):
        name, version = "lines", ""

        def log_hyperparams(self, params, *args, **kwargs):
            self.params = params

        def log_metrics(self, metrics, step=None):
            with (folder / "lines.jsonl").open("a") as file:
                file.write(json.dumps({"step": step, **metrics}) + "\n")

    return Lines()
