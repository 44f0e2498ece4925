"""When Python looks for garbage: not while it loads what stays until the end.

torch and Lightning bring a million objects. To look through them again and again while they come takes a quarter of
the time of loading them, and to take them apart at the end another second.
"""

import atexit
import gc
import importlib


def pause() -> None:
    """Look for none until ``resume``. Once in a process: what it has loaded by then need not be loaded again."""
    if gc.get_freeze_count() == 0:
        gc.disable()
        atexit.register(gc.freeze)


def resume() -> None:
    """Look for it again, but never in what there is now; does nothing unless it is paused."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def load(*modules: str) -> None:
    """Import modules that stay, and look for no garbage meanwhile."""
    gc.disable()
    for module in modules:
        importlib.import_module(module)
    resume()
