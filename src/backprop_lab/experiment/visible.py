"""Text that others wrote, made harmless for a terminal, a log and a page.

A terminal obeys control characters, a newline adds a row to a table, and marks of direction reorder what is read.
"""


def visible(text: object) -> str:
    r"""The text in one line: what is not printable as ``\x1b``, ``\n`` or ``\u202e``."""
    line = str(text)
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def visible_lines(text: str) -> str:
    """The same for text of several lines, which stay lines."""
    return "\n".join(map(visible, text.split("\n")))
