"""Pauses the garbage collector while torch and Lightning are imported.

The imports create a million objects. Scanning them repeatedly takes a quarter of the import time, and freeing them at
exit takes another second.
"""

import atexit
import gc


def pause() -> None:
    """Pause collection until ``resume``, once per process: the imports happen only once."""
    if gc.get_freeze_count() == 0:
        gc.disable()
        atexit.register(gc.freeze)


def resume() -> None:
    """Resume collection and freeze existing objects; does nothing unless paused."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
