"""A command line is answered before torch and NumPy are loaded, which takes ten times as long."""

import subprocess
import sys

CODE = """
import sys
from backprop_lab.config import check, help
from backprop_lab.config.keys import GROUPS
from backprop_lab.options import discovery
for group in (*GROUPS, "activation"):
    for name in discovery.names(group):
        if (group, name) != ("loss", "auto"):
            discovery.module(group, name)
help.text()
heavy = {"torch", "numpy", "pytorch_lightning", "sklearn", "matplotlib", "tensorboard"} & {*sys.modules}
print(len([name for name in sys.modules if name.startswith("backprop_lab.options.")]) > 40, sorted(heavy))
"""


def test_nothing_heavy_comes_with_the_options_their_check_and_their_help() -> None:
    assert subprocess.check_output([sys.executable, "-c", CODE], text=True) == "True []\n"
