"""Prints the headings of a lesson that runs as a script, so that its numbers have words beside them."""

import re
import sys
import textwrap
from pathlib import Path

CELL, TEXT = "# %%", "# %% [markdown]"
WIDTH = 79


def tell() -> None:
    """Print the headings of the text above the calling line, each with its first paragraph; below the title all.

    Does nothing in a notebook, which shows the text itself.
    """
    calling = sys._getframe(1)
    file = Path(calling.f_code.co_filename)
    if "IPython" in sys.modules or not file.is_file():
        return
    for heading, paragraphs in sections(file.read_text(encoding="utf-8").splitlines()[: calling.f_lineno]):
        print(f"\n{heading}\n{'-' * len(heading)}")
        for paragraph in paragraphs:
            print(textwrap.fill(paragraph, WIDTH))
        print()


def sections(lines: list[str]) -> list[tuple[str, list[str]]]:
    """The headings of the last text in ``lines``, and what is printed below each."""
    start = len(lines) - lines[::-1].index(TEXT)
    end = next(i for i in range(start, len(lines)) if lines[i].startswith(CELL))
    text = "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[start:end])
    found = []
    for part in re.split(r"^(?=#+ )", text, flags=re.MULTILINE)[1:]:
        heading, *paragraphs = (" ".join(paragraph.split()) for paragraph in part.strip().split("\n\n"))
        marks, _, words = heading.partition(" ")
        wanted = paragraphs if marks == "#" else paragraphs[:1]
        found.append((plain(words), [plain(paragraph) for paragraph in wanted if is_prose(paragraph)]))
    return found


def is_prose(paragraph: str) -> bool:
    """Not a table, a list, or a formula that a terminal cannot set."""
    return not paragraph.startswith(("|", "- ", "$$")) and "\\" not in paragraph


def plain(words: str) -> str:
    """Without the marks of Markdown."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", words).replace("**", "").replace("$", "").replace("`", "")
