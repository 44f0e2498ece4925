"""Gives the jobs of a packed sweep folders of their own."""

from backprop_lab.runs.files import synced_at_end
from backprop_lab.runs.packed import PackedFiles
from backprop_lab.sweep.folder import Sweep


def unpack(sweep: Sweep) -> int:
    """Make the folders, and then remove the packs; returns how many jobs were packed."""
    packed = sweep.packs.jobs()
    with synced_at_end(sweep.folder):
        for number in sorted(packed, key=lambda number: (packed[number], number)):  # each pack is read in its order
            PackedFiles(sweep.folder / str(number), sweep.folder, sweep.packs).unpack()
    for pack in sweep.packs.names:
        sweep.packs.remove(pack)
    sweep.packs.forget()
    return len(packed)
