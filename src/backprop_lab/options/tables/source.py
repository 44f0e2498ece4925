"""The bytes of a user's own file, which may be a link, and their encoding."""

import codecs
import hashlib
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from backprop_lab.options.table import DataError

KEY = "dataset.path"
MOST_BYTES = 4 * 1024**3
HEAD = 65_536
BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
NAMES = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "utf-16": "UTF-16", "latin-1": "Latin-1"}


@dataclass(frozen=True)
class Source:
    """``name`` is that of the file, for messages. ``encoding`` is one of ``NAMES``."""

    name: str
    content: bytes
    encoding: str

    @property
    def sha256(self) -> str:
        return sha256_of(self.content)

    def in_ascii(self) -> tuple[bytes, str]:
        """The text in an encoding in which signs and digits are as in ASCII, and the name of that encoding."""
        if self.encoding == "utf-16":
            return self.content.decode(self.encoding).encode(), "utf-8"
        return self.content.removeprefix(codecs.BOM_UTF8), self.encoding.removesuffix("-sig")

    def head(self) -> str:
        """The beginning of the text, to the end of a line unless the file is one long line."""
        part = self.content[:HEAD]
        text = part.decode(self.encoding, errors="ignore")
        end = max(text.rfind("\n"), text.rfind("\r"))
        return text if len(part) == len(self.content) or end < 0 else text[: end + 1]


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def identity(path: str) -> tuple[int, ...]:
    """What is another if the file is. Raises ``DataError`` if there is no such file."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError) as problem:
        raise DataError(KEY, path, f"a file ({_why(problem)})") from None
    if not stat.S_ISREG(status.st_mode):
        raise DataError(KEY, path, "a file, not a folder, a pipe or a device")
    if status.st_size > MOST_BYTES:
        raise DataError(KEY, path, f"a file of at most {MOST_BYTES:,} bytes; it has {status.st_size:,}")
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def read(path: str, encoding: str = "auto") -> Source:
    """The file at ``path``. Raises ``DataError`` if it cannot be read or is no text."""
    content = bytes_of(path, _refuse_binary)
    if not content or content.isspace():
        raise DataError(KEY, path, "a table; this file is empty")
    return Source(
        Path(path).name, content, _encoding(path, content) if encoding == "auto" else _said(path, content, encoding)
    )


def bytes_of(path: str, look_at: Callable[[str, bytes], None] = lambda path, head: None) -> bytes:
    """The content of a file, after a look at its beginning."""
    try:
        with Path(path).open("rb") as file:
            look_at(path, file.read(HEAD))
            file.seek(0)
            return file.read()
    except OSError as problem:
        raise DataError(KEY, path, f"a file that can be read ({_why(problem)})") from None


def _refuse_binary(path: str, head: bytes) -> None:
    is_marked = any(head.startswith(mark) for mark in BYTE_ORDER_MARKS)
    if b"\0" in head and not is_marked:
        raise DataError(KEY, path, "a text file with one row in each line, or .npz; this one is binary")


def _encoding(path: str, content: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return _said(path, content, encoding)
    if content.isascii():
        return "utf-8"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _said(path: str, content: bytes, encoding: str) -> str:
    try:
        content.decode(encoding)
    except UnicodeDecodeError as problem:
        why = f"text in {NAMES[encoding]}; byte {problem.start:,} is not"
        raise DataError("dataset.encoding", encoding, why) from None
    return encoding


def _why(problem: Exception) -> str:
    return getattr(problem, "strerror", None) or "no valid name"
