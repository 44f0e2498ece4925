"""What the event files of a run hold already, for a training that goes on with them."""

import struct
from collections.abc import Iterator

from tensorboard.compat.proto.event_pb2 import Event

from backprop_lab.runs import names
from backprop_lab.runs.errors import RunError
from backprop_lab.runs.files import Files
from backprop_lab.runs.run import Run

HEAD, FOOT = 12, 4  # bytes around each record: its length and two checksums


def has_graph(run: Run) -> bool:
    """Whether the network's graph has been written. A file that cannot be read, such as a damaged one, has none."""
    folder = Files(run.folder / names.TENSORBOARD, run.files.root)
    for name in folder.entries():
        try:
            if any(event.graph_def for event in _events(folder.read(name, names.MAX_ARRAY_BYTES))):
                return True
        except (RunError, ValueError):
            continue
    return False


def _events(content: bytes) -> Iterator[Event]:
    """The events of a file; raises ``ValueError`` for what is none. A killed process may have left half of one."""
    place = 0
    while place + HEAD <= len(content):
        (size,) = struct.unpack_from("<Q", content, place)
        record = content[place + HEAD : place + HEAD + size]
        if len(record) < size:
            return
        try:
            yield Event.FromString(record)
        except Exception as wrong:  # the error class of protobuf depends on its implementation
            raise ValueError(str(wrong)) from None
        place += HEAD + size + FOOT
