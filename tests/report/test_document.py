"""What every page is made of: the libraries as published, a policy that holds, data that comes back as it went in."""

import base64
import hashlib
import json
import tomllib
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop_lab.report import document
from backprop_lab.report.document import VENDOR, packed, plain
from conftest import ROOT
from report.browser import INSTALL

LIBRARIES = tomllib.loads((VENDOR / "vendor.toml").read_text(encoding="utf-8"))["library"]
COMMON = ["parts", "data", "format", "dom", "colour", "chart"]


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library["name"])
def test_the_libraries_are_those_of_the_registry(library: dict[str, Any]) -> None:
    assert hashlib.sha256((VENDOR / library["file"]).read_bytes()).hexdigest() == library["sha256"]
    licenses = (VENDOR / "LICENSES.txt").read_text(encoding="utf-8")
    assert all(name in licenses for name in [f"{library['name']}@{library['version']}", *library["parts"]])


def test_int8_is_packed_as_differences_along_the_last_axis() -> None:
    array = np.array([[1, 3, -128], [127, -1, 0]], dtype=np.int8)
    content = zlib.decompress(base64.b64decode(packed(array)))
    assert np.cumsum(np.frombuffer(content, np.int8).reshape(2, 3), axis=-1, dtype=np.int8).tolist() == array.tolist()


def test_numbers_that_json_has_not_become_null() -> None:
    value = {"a": np.array([1.0, np.nan]), "b": (np.float32(0.5), float("inf")), 3: np.int64(4)}
    assert json.loads(json.dumps(plain(value))) == {"a": [1.0, None], "b": [0.5, None], "3": 4}


@pytest.fixture
def page_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page of its own with awkward data, which lays what it has read into its title."""
    folder = tmp_path / "page"
    folder.mkdir()
    for file in (document.PAGE / "common").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "document.html").write_bytes((document.PAGE / "document.html").read_bytes())
    (folder / "body.html").write_text(
        '{% extends "document.html" %}{% block body %}<p id="said">{{ said }}</p>{% endblock %}'
    )
    (folder / "main.js").write_text(
        """readData().then(({ data, arrays }) => {
             const at = Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, [...array.values]]));
             window.read = { data, at, shape: arrays.small.shape, row: [...reader(arrays.small)(1)] };
             const line = { name: "a", x: [0, 1, 2], y: [1, null, 3], stroke: "var(--ink)" };
             const x = { label: "epoch", cube: true, max: 2 };
             lineChart(byId("said"), { title: "A line", lines: [line], x, y: {}, height: 10 });
             requestAnimationFrame(() => requestAnimationFrame(() => (document.documentElement.dataset.ready = "")));
           });"""
    )
    monkeypatch.setattr(document, "PAGE", folder)
    document._environment.cache_clear()
    text = document.document(
        "body.html",
        styles=["page.css"],
        scripts=[*(f"{name}.js" for name in COMMON), "main.js"],
        libraries=[document.D3],
        data={"label": "</script><script>alert(1)</script><!--", "nan": float("nan")},
        arrays={
            "small": np.array([[1, 3, -128], [127, -1, 0]], dtype=np.int8),
            "floats": np.array([0.1, -1e30, 3.0], dtype=np.float32),
            "bits": np.array([0, 1, 1], dtype=np.uint8),
        },
        context={"title": "A <b>title</b>", "said": "</p><script>alert(1)</script>"},
    )
    document._environment.cache_clear()
    file = tmp_path / "page.html"
    file.write_text(text, encoding="utf-8")
    return file


def test_data_comes_back_as_it_went_in_and_text_stays_text(page_file: Path, open_page: Any) -> None:
    page = open_page(page_file)
    read = page.evaluate("window.read")
    assert read["data"] == {"label": "</script><script>alert(1)</script><!--", "nan": None}
    assert read["shape"] == [2, 3]
    assert read["row"] == [127, -1, 0]
    assert read["at"]["small"] == [1, 3, -128, 127, -1, 0]
    assert read["at"]["floats"] == np.array([0.1, -1e30, 3.0], dtype=np.float32).tolist()
    assert read["at"]["bits"] == [0, 1, 1]
    assert page.title() == "A <b>title</b>"
    assert "</p><script>alert(1)</script>" in page.inner_text("#said")
    assert page.locator(".chart svg").count() == 1


def test_the_policy_refuses_other_scripts_and_styles(page_file: Path, browser: Any, tmp_path: Path) -> None:
    forged = tmp_path / "forged.html"
    text = page_file.read_text(encoding="utf-8")
    foreign = "<script>document.title = 'forged'</script><style>body { color: red }</style><img src='https://example.org/a.png'>"
    forged.write_text(text.replace("<footer>", f"{foreign}<footer>"), encoding="utf-8")
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(forged.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    assert page.title() == "A <b>title</b>"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 31, 36)"
    assert len(said) == 3
    page.close()


def test_the_readme_and_ci_say_the_same_about_browsers() -> None:
    for file in (ROOT / "README.md", ROOT / ".ci" / "run"):
        assert f"\n{INSTALL}\n" in file.read_text(encoding="utf-8"), file
