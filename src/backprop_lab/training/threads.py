"""How many threads torch uses."""

import sys


def use_one() -> None:
    """Let torch use one thread, if it is loaded.

    Several only slow down steps of this size, and one makes the results independent of their number.
    """
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
