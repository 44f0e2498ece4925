"""``python -m backprop_lab.export run=FOLDER format=numpy to=network.py``: a trained network as a file.

The file stands alone: features, categories and standardizing are inside, and it speaks the units of the table.
"""

import signal

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C during the imports, and after the work, prints no traceback

import sys

from backprop_lab.experiment import key_value
from backprop_lab.experiment.export import listing
from backprop_lab.experiment.paths import short
from backprop_lab.experiment.printing import doing, say
from backprop_lab.experiment.writing import write
from backprop_lab.runs.run import Run

USAGE = """\
python -m backprop_lab.export run=FOLDER format=FORMAT to=FILE [--config-dir=FOLDER]

  run=     a run folder, or one of its checkpoints such as FOLDER/checkpoints/best.ckpt
  format=  what the file is
FORMATS
  to=      the file
  --config-dir=  folder with your own options""".replace("FORMATS", listing.described(indent=11))
NEEDED = {
    "run": "a run folder, such as run=outputs/runs/DATE/TIME",
    "format": f"one of {', '.join(listing.names())}",
    "to": "a file, such as to=network.py",
}


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    return key_value.carry_out(arguments, USAGE, list(NEEDED), NEEDED, _carried_out)


def _carried_out(given: dict[str, str]) -> int:
    chosen = listing.module(given["format"])
    run = Run.at(given["run"])
    with doing("exporting"):
        content = chosen.exported(run)
    write("to", given["to"], content)
    say(short(given["to"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
