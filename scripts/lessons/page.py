"""Makes a page of a lesson that can be read without Python: texts, code, what it prints, and the pictures, in one file.

    python scripts/lessons/page.py 3      # runs lesson 3; the page is outputs/lessons/03_backpropagation.html
    python scripts/lessons/page.py        # all lessons

Needs the extra `lessons`.
"""

import argparse
import base64
import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import latex2mathml.converter
import markdown
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from show import FOLDER

HERE = Path(__file__).resolve().parent
CELL = re.compile(r"^# %%( \[markdown\])?\n", re.MULTILINE)
PICTURE = re.compile(r"^figure: (.+)\n", re.MULTILINE)
FORMULA = re.compile(r"\$\$(?P<block>.+?)\$\$|\$(?P<inline>[^$]+?)\$", re.DOTALL)
TELLING = re.compile(r"^(tell\(\)|from tell import tell)\n\n?", re.MULTILINE)
KINDS = {".png": "image/png", ".svg": "image/svg+xml"}


@dataclass
class Cell:
    """A piece of a lesson: its text as HTML, or its code and what that printed and drew."""

    text: str = ""
    code: str = ""
    printed: str = ""
    pictures: tuple[tuple[str, str], ...] = ()
    """The name and the ``data:`` address of each."""


def cells(lesson: Path) -> Iterator[Cell]:
    """Run a lesson cell by cell, as a notebook does."""
    _, *parts = CELL.split(lesson.read_text(encoding="utf-8"))
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, (is_text, source) in enumerate(zip(parts[::2], parts[1::2], strict=True), start=1):
        if is_text:
            yield Cell(text=html_of(re.sub(r"^# ?", "", source, flags=re.MULTILINE)))
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(source, f"<lesson {lesson.stem}, cell {number}>", "exec"), names)
        files = [Path(name) for name in PICTURE.findall(printed.getvalue())]
        code = TELLING.sub("", f"{source.strip()}\n").strip()
        yield Cell(
            code=highlight(code, PythonLexer(), HtmlFormatter(nowrap=True)) if code else "",
            printed=PICTURE.sub("", printed.getvalue()).strip("\n"),
            pictures=tuple((file.stem.replace("_", " "), address(file)) for file in files),
        )


def address(file: Path) -> str:
    """The content of a picture as an address, so that the page needs no other file."""
    return f"data:{KINDS[file.suffix]};base64,{base64.b64encode(file.read_bytes()).decode()}"


def html_of(text: str) -> str:
    """Markdown as HTML, its formulas as MathML, and its links to lessons as links to their pages."""
    formulas: list[str] = []

    def keep(found: re.Match[str]) -> str:
        display = "block" if found["block"] else "inline"
        formulas.append(latex2mathml.converter.convert(found["block"] or found["inline"], display=display))
        return f"formula{len(formulas) - 1}formula"  # a word that Markdown leaves alone

    html = markdown.markdown(FORMULA.sub(keep, text), extensions=["tables", "sane_lists"])
    html = re.sub(r"formula(\d+)formula", lambda found: formulas[int(found[1])], html)
    return re.sub(r'href="(0\d_\w+)\.py"', r'href="\1.html"', html)


def make_page(lesson: Path) -> Path:
    """Run a lesson and write its page; returns where it is."""
    made = list(cells(lesson))
    title = re.sub("<.+?>", "", made[0].text.partition("</h1>")[0])
    page = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{lesson.stem}.html"
    file.write_text(page.get_template("page.html").render(title=title, cells=made), encoding="utf-8")
    return file


def main() -> None:
    lessons = sorted(HERE.glob("0*.py"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("numbers", nargs="*", type=int, choices=range(1, len(lessons) + 1), metavar="1-8")
    for number in parser.parse_args().numbers or range(1, len(lessons) + 1):
        print(make_page(lessons[number - 1]))


if __name__ == "__main__":
    main()
