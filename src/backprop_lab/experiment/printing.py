"""The only place that prints: lines stay whole even if several processes print at once.

``print`` writes a text and its newline separately, and without buffering, as in joblib's workers, another process can
write in between. Here a line and its newline are one write, which the system keeps whole on a terminal, and in a pipe
up to ``PIPE_BUF``, which is 4,096 bytes on Linux.
"""

import contextlib
import os
import sys
import textwrap
from collections.abc import Iterator
from typing import TextIO

from backprop_lab.experiment.visible import visible

FOLDED = 4  # columns by which the rest of a folded line is indented
_is_typed_to = False  # whether this process is the one whose command somebody typed


def say(*lines: object) -> None:
    """Write lines to stdout, each in one write."""
    for line in lines:
        _write(sys.stdout, _folded(visible(line), sys.stdout))


def error(message: object) -> None:
    """Write ``error: MESSAGE`` as one line to stderr."""
    _write(sys.stderr, _folded(f"error: {visible(' '.join(str(message).split()))}", sys.stderr))


def flush() -> None:
    """Let everything that was written reach its reader."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.flush()


def width() -> int | None:
    """The columns of the terminal to which ``say`` writes; None if the output goes elsewhere."""
    return _width_of(sys.stdout)


def _width_of(stream: TextIO | None) -> int | None:
    try:
        return os.get_terminal_size(stream.fileno()).columns or None if stream and stream.isatty() else None
    except (OSError, ValueError):  # the stream is closed, or has no file
        return None


def begin() -> None:
    """Called by a command that somebody typed: what the terminal cannot show is replaced, also if others print it."""
    global _is_typed_to
    _is_typed_to = True
    for stream in (sys.stdout, sys.stderr):
        if getattr(stream, "errors", None) == "strict" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


@contextlib.contextmanager
def doing(what: str) -> Iterator[None]:
    """Say on a terminal what takes a while, and erase it afterwards."""
    is_shown = _is_typed_to and sys.stdout is not None and sys.stdout.isatty()
    if is_shown:
        _write(sys.stdout, f"{what} ...\r")
    try:
        yield
    finally:
        if is_shown:
            _write(sys.stdout, f"{' ' * len(f'{what} ...')}\r")


def _folded(line: str, stream: TextIO | None) -> str:
    """The line and its end. On a narrower terminal it is folded between words, unless it is there to be copied."""
    columns = _width_of(stream) if _is_typed_to else None
    if columns is None or len(line) <= columns or "python -m " in line:
        return f"{line}\n"
    indent = " " * (len(line) - len(line.lstrip()) + FOLDED)
    parts = textwrap.wrap(
        line,
        max(columns, 2 * len(indent)),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "".join(f"{part}\n" for part in parts)


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # the process was started with this stream closed
        return
    try:
        stream.flush()  # anything buffered by others comes first
        bytes_below = getattr(stream, "buffer", None)
        if bytes_below is None:  # an in-memory stream, or a notebook's
            stream.write(text)
        else:
            rest = memoryview(text.encode(stream.encoding, errors="replace"))
            while rest:  # an unbuffered write may be cut short by a signal
                rest = rest[bytes_below.write(rest) :]
            bytes_below.flush()
    except OSError:  # the reader has gone, as with ``| head``, or the disk is full; that must not end a training
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
