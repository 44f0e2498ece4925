"""``python -m backprop_lab.playground``: a page that trains without Python, and what addresses of pages mean.

``to=FILE`` writes the page. ``from=ADDRESS`` takes the address of such a page or of a run's page, an address of the
TensorFlow Playground, or a run folder, and prints the command and the address that train the same or something like it.
"""

import signal

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C during the imports, and after the work, prints no traceback

import sys
from collections.abc import Sequence
from pathlib import Path

from backprop_lab.config.check import check
from backprop_lab.config.errors import ConfigError
from backprop_lab.config.types import Config
from backprop_lab.experiment import commands, key_value
from backprop_lab.experiment.paths import short
from backprop_lab.experiment.printing import say
from backprop_lab.experiment.writing import write
from backprop_lab.report import tensorflow
from backprop_lab.report.playground.address import address_of, overrides_for, overrides_of

USAGE = """\
python -m backprop_lab.playground to=FILE
python -m backprop_lab.playground from=ADDRESS

  to=    the page, such as playground.html: one file for any web server, or to send by mail
  from=  the address of such a page, an address of https://playground.tensorflow.org, or a run folder"""


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    return key_value.carry_out(arguments, USAGE, ["to", "from"], {}, _carried_out)


def _carried_out(given: dict[str, str]) -> int:
    if not any(given.values()):
        raise ConfigError("to", "nothing", "a file, such as to=playground.html, or from= with an address")
    if given.get("from"):
        say(*_told(given["from"]))
    if given.get("to"):
        from backprop_lab.report.playground.page import page  # NumPy and torch take a while

        write("to", given["to"], page(_composed([])).encode())
        say(short(given["to"]))
    return 0


def _told(source: str) -> list[str]:
    if tensorflow.is_theirs(source):
        made = tensorflow.translated(source)
        _composed(made.listed())
        lines = [f"not honoured: {name}: {why}" for name, why in made.left_out.items()]
        return [*_both(made.listed()), *lines, tensorflow.WHY]
    if "#" in source:
        overrides = overrides_of(source)
        return _with_theirs(overrides, _composed(overrides))
    if not Path(source).is_dir():
        raise ConfigError("from", source, "an address with #, or a run folder")
    return _of_run(source)


def _of_run(folder: str) -> list[str]:
    from backprop_lab.runs.run import Run

    config = Run.at(folder).checked_config()
    return _with_theirs(overrides_for(config), config)


def _with_theirs(overrides: Sequence[str], config: Config) -> list[str]:
    theirs = tensorflow.address_for(config)
    return [*_both(overrides), *([theirs, tensorflow.WHY] if theirs else [])]


def _both(overrides: Sequence[str]) -> list[str]:
    """The command in the precision of the page, and the address."""
    kept = [override for override in overrides if not override.startswith("precision=")]
    return [commands.train("precision=64", *kept), f"playground.html{address_of(kept)}"]


def _composed(overrides: Sequence[str]) -> Config:
    """The checked configuration; raises ``ConfigError``."""
    from backprop_lab.notebook import compose

    return check(compose(*overrides))


if __name__ == "__main__":
    sys.exit(main())
