"""The cells of a large table as arrays of bytes, without a step of Python for each.

Only what is plain is read so: rows of equal length, each on a line of its own, with numbers, words or nothing in their
cells. Of anything else ``columns`` gives None, and ``rows`` reads it cell by cell, to read it or to name what is wrong.
"""

import io
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from backprop_lab.options.tables.cells import MISSING_TEXT, is_date, is_missing
from backprop_lab.options.tables.form import Form

BLOCK = 1 << 22
"""Bytes that are looked at together: little memory, and enough for the reader of numbers to share among threads."""
LONGEST_WORD = 256
NEWLINE, QUOTE, DIGITS = ord("\n"), ord('"'), b"0123456789"


def columns(
    content: bytes, start: int, encoding: str, form: Form, are_numbers: Sequence[bool]
) -> list[np.ndarray] | None:
    """The columns of the rows from the byte ``start`` on, as in ``RawColumn``; None if the rows are not plain.

    ``encoding`` is one in which separators and numbers are as in ASCII.
    """
    sure = np.asarray(are_numbers)
    with ThreadPoolExecutor() as pool:
        parts = list(
            pool.map(lambda lines: _columns(_block(content, *lines), encoding, form, sure), _ends(content, start))
        )
    if not parts or not all(parts):
        return None
    return [np.concatenate(cells) for cells in zip(*parts, strict=True)]


def _ends(content: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Where whole lines begin and end that are a block together."""
    length = len(content)
    while length > start and content[length - 1] in b"\r\n":
        length -= 1
    while start < length:
        end = content.find(b"\n", min(start + BLOCK, length)) + 1 or len(content)
        yield start, end
        start = end


def _block(content: bytes, start: int, end: int) -> bytes:
    """These lines, each with its end."""
    lines = content[start:end]
    return lines if end < len(content) else lines.rstrip(b"\r\n") + b"\n"


def _columns(block: bytes, encoding: str, form: Form, are_numbers: np.ndarray) -> list[np.ndarray] | None:
    delimiter = form.delimiter.encode()
    plain = _unquoted(block.replace(b"\r\n", b"\n") if b"\r" in block else block, delimiter)
    if plain is None or b"\r" in plain or b"\0" in plain:
        return None
    text = np.frombuffer(plain.replace(delimiter + b" ", delimiter) if b" " in plain else plain, np.uint8)
    ends = np.flatnonzero((text == ord(delimiter)) | (text == NEWLINE))
    if len(ends) % len(are_numbers):
        return None
    is_end_of_row = text[ends].reshape(-1, len(are_numbers)) == NEWLINE
    if is_end_of_row[:, :-1].any() or not is_end_of_row[:, -1].all():
        return None
    starts = np.concatenate([[0], ends[:-1] + 1])
    if len(are_numbers) == 1 and (starts == ends).any():  # a blank line is no row
        return None
    begins_as_number = _BEGINS[text[starts]] & ~((ends - starts == 1) & (text[starts] == ord("-")))
    is_number = begins_as_number.reshape(is_end_of_row.shape) & are_numbers
    numbers = _numbers(text, ends - starts, is_number.ravel(), form)
    if numbers is None:
        return None
    cells = np.full(is_number.shape, np.nan)
    cells[is_number] = numbers
    found = []
    for i, is_one in enumerate(are_numbers):
        others = np.flatnonzero(~is_number[:, i]) * len(are_numbers) + i
        read = _words(text, starts[others], ends[others], encoding) if len(others) else (np.array([], object), others)
        if read is None or (is_one and any(read[0])):  # a word among the numbers
            return None
        found.append(np.ascontiguousarray(cells[:, i]) if is_one else read[0][read[1]])
    return found


def _unquoted(block: bytes, delimiter: bytes) -> bytes | None:
    """Without the quotes around cells; None if one is somewhere else, or around a separator."""
    if b'"' not in block:
        return block
    text = np.frombuffer(b"\n" + block + b"\n", np.uint8)
    is_separator = (text == ord(delimiter)) | (text == NEWLINE)
    quotes = np.flatnonzero(text == QUOTE)
    opening, closing = quotes[::2], quotes[1::2]
    if len(opening) != len(closing) or not (is_separator[opening - 1].all() and is_separator[closing + 1].all()):
        return None
    separators = np.flatnonzero(is_separator)
    if (np.searchsorted(separators, opening) != np.searchsorted(separators, closing)).any():
        return None
    return block.translate(None, b'"')


# -- numbers ----------------------------------------------------------------------------------------------------------


def _bytes(*those: bytes) -> np.ndarray:
    """[256] bool: which bytes are among those."""
    return np.isin(np.arange(256), list(b"".join(those)))


_BEGINS = _bytes(DIGITS, b"+-.")
_FOLLOWS = {b"\n": _bytes(DIGITS, b"+-."), b"+-": _bytes(DIGITS, b"."), b".": _bytes(DIGITS, b"e\n"),
            b"e": _bytes(DIGITS, b"+-"), DIGITS: _bytes(DIGITS, b".e\n")}  # fmt: skip
"""What may come after each byte of numbers of which each stands on a line."""
_PAIRS = np.zeros(1 << 16, bool)
for _before, _after in _FOLLOWS.items():
    for _byte in _before:
        _pair = np.stack([np.full(256, _byte), np.arange(256)], axis=1).astype(np.uint8)
        _PAIRS[_pair.view(np.uint16)[:, 0]] = _after
"""The same for two bytes as one number of this machine."""
_ORDER = bytes.maketrans(b"\n+-.e", b"\0\1\1\2\3")


def _numbers(text: np.ndarray, lengths: np.ndarray, wanted: np.ndarray, form: Form) -> np.ndarray | None:
    """The numbers in the wanted cells, in float64; None if one is none, or is not finite."""
    if not wanted.any():
        return np.empty(0)
    alone = text if wanted.all() else text[np.repeat(wanted, lengths + 1)]
    lines = alone.tobytes().translate(bytes.maketrans(f"{form.delimiter}{form.decimal}E".encode(), b"\n.e"))
    if not _are_numbers(b"\n" + lines):
        return None
    return _parsed(lines, int(wanted.sum()))


def _are_numbers(lines: bytes) -> bool:
    """Whether each line is a number as ``cells.is_number`` has it, and nothing else."""
    even, odd = lines[: len(lines) // 2 * 2], lines[1 : 1 + (len(lines) - 1) // 2 * 2]
    if not all(_PAIRS[np.frombuffer(half, np.uint16)].all() for half in (even, odd)):
        return False
    # Without the digits and the signs of exponents a line is at most: sign, point, e; in this order.
    rest = lines.translate(None, DIGITS).replace(b"e-", b"e").replace(b"e+", b"e").translate(_ORDER)
    order = np.frombuffer(rest, np.uint8)
    if not ((order[1:] == 0) | (order[1:] > order[:-1])).all():
        return False
    has_bare_points = b".\n" in lines or b".e" in lines
    return not (has_bare_points and any(before + b"." + after in lines for before in _SIGNS for after in (b"\n", b"e")))


_SIGNS = (b"\n", b"+", b"-")


def _parsed(lines: bytes, count: int) -> np.ndarray | None:
    """Numbers of which each stands on a line.

    SciPy's reader of Matrix Market files does it several times as fast as ``np.loadtxt``, and rounds as correctly. It
    takes a line to its first wrong byte, and no plus.
    """
    from scipy.io import mmread

    if b"+" in lines:
        lines = (b"\n" + lines).replace(b"\n+", b"\n")[1:]
    head = f"%%MatrixMarket matrix array real general\n{count} 1\n".encode()
    numbers: np.ndarray = mmread(io.BytesIO(head + lines))[:, 0]
    return numbers if np.isfinite(numbers).all() else None


# -- words ------------------------------------------------------------------------------------------------------------


def _words(
    text: np.ndarray, starts: np.ndarray, ends: np.ndarray, encoding: str
) -> tuple[np.ndarray, np.ndarray] | None:
    """The different words in some cells, with ``MISSING_TEXT`` for what is missing, and the place of each cell's."""
    width = -(-max(int((ends - starts).max()), 1) // 8) * 8
    if width > LONGEST_WORD:
        return None
    letters = np.zeros((len(starts), width), np.uint8)
    for i in range(width):
        there = np.flatnonzero(starts + i < ends)
        letters[there, i] = text[starts[there] + i]
    eights = letters.view(np.uint64)
    mixed = eights[:, 0].copy()
    for i in range(1, eights.shape[1]):
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + eights[:, i]
    _, first, places = np.unique(mixed, return_index=True, return_inverse=True)
    if not (eights[first[places]] == eights).all():  # two words are mixed to the same
        _, first, places = np.unique(eights, axis=0, return_index=True, return_inverse=True)
    words = [letters[i].tobytes().rstrip(b"\0").decode(encoding).strip() for i in first.tolist()]
    if any(map(is_date, words)):
        return None
    return np.array([MISSING_TEXT if is_missing(word) else word for word in words], dtype=object), places
