"""What a cell of a table contains."""

import re

MISSING_TEXT = ""
"""In the place of a missing cell of a column of texts."""
MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "-"}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DATE = re.compile(r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([ T]\d{1,2}:\d{2}.*)?")


def is_missing(cell: str) -> bool:
    return cell.strip().lower() in MISSING


def is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell.strip()) is not None


def is_date(cell: str) -> bool:
    return _DATE.fullmatch(cell.strip()) is not None
