"""Saves the pictures of the lessons under outputs/lessons/ and, in a notebook, shows them."""

import sys
from pathlib import Path

from matplotlib.figure import Figure

from backprop_lab.figures.style import png

FOLDER = Path("outputs", "lessons")


def show(picture: Figure | str, name: str) -> None:
    """Save a figure as PNG, or SVG text as SVG, and print the path; a notebook shows it below the cell."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    content = picture.encode() if isinstance(picture, str) else png(picture)
    file = FOLDER / f"{name}.{'svg' if isinstance(picture, str) else 'png'}"
    file.write_bytes(content)
    print(f"figure: {file}")
    # In a notebook this code runs inside IPython; in a script IPython is not loaded.
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        from IPython.display import SVG, Image, display

        display(SVG(data=content) if isinstance(picture, str) else Image(data=content))
