"""The one place that prints: each line reaches the terminal whole, whoever else is printing.

``print`` hands over a text and its newline one after the other, and where nothing is buffered, as in the workers of
joblib, the text of another process gets between them. Here a line and its newline are one write. The system keeps such
a write together on a terminal, and in a pipe up to ``PIPE_BUF``, which is 4,096 bytes on Linux.
"""

import os
import sys
from typing import TextIO


def say(*lines: object) -> None:
    """Write lines to stdout, each in one write."""
    for line in lines:
        _write(sys.stdout, f"{line}\n")


def error(message: object) -> None:
    """Write ``error: MESSAGE`` as one line to stderr."""
    _write(sys.stderr, f"error: {' '.join(str(message).split())}\n")


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # the process was started with it closed
        return
    try:
        stream.flush()  # what others have left in it comes first
        bytes_below = getattr(stream, "buffer", None)
        if bytes_below is None:  # a stream in memory, or that of a notebook
            stream.write(text)
        else:
            rest = memoryview(text.encode(stream.encoding, errors="replace"))
            while rest:  # without a buffer a signal may cut a long write short
                rest = rest[bytes_below.write(rest) :]
            bytes_below.flush()
    except BrokenPipeError:  # the reader has gone, as behind ``| head``; a training does not end for that
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
