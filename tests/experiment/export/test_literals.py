"""What a run says, such as the names of columns and classes, is data in the exported code, whatever it looks like."""

import ast
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from backprop_lab.experiment.export import listing
from backprop_lab.runs import names
from backprop_lab.runs.run import Run
from experiment.export.networks import CASES, trained

BREAKS = [
    '"""', "'''", '"', "'", "\\", "\\u0022", "\n", "\r", "\u2028", "\u2029", "\0", "*/", "//", "`", "${alert(1)}",
    "</script>", "<!--", "]]>", "{0}", "%s", "#", "\ud800", "\u202e", "\ufeff", "__proto__", "constructor",
    "; raise SystemExit", "é",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(BREAKS) | st.text(max_size=5), max_size=4).map("".join)
NAMES = st.lists(TEXTS, min_size=9, max_size=9, unique=True)
EXAMPLES = [
    [f"{part}{i}" for i in range(9)] for part in ('"""+', "</script><script>broken=1;//", "*/ broken=1 /*", "\\\n")
]
OFTEN = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("plain"), *CASES["three classes and a column of words"]).folder


Called = Callable[[list[str]], Run]


@pytest.fixture
def called(folder: Path, tmp_path: Path) -> Called:
    """The same run whose three columns, two categories, target and three classes have other names."""

    def rename(texts: list[str]) -> Run:
        length, width, colour, red, white, target, *classes = texts
        numbers = [{"name": name, "categories": []} for name in (length, width)]
        columns = [*numbers, {"name": colour, "categories": [red, white]}]
        shutil.rmtree(tmp_path / "run", ignore_errors=True)
        shutil.copytree(folder, tmp_path / "run")
        meaning = {"columns": columns, "target": target, "classes": classes}
        (tmp_path / "run" / names.MEANING).write_text(json.dumps(meaning))
        return Run(tmp_path / "run")

    return rename


def exported(run: Run, name: str) -> str:
    content: bytes = listing.module(name).exported(run)
    return content.decode()


def code_of(text: str) -> str:
    """A Python module without what its constants say."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def rows_of(texts: list[str]) -> list[Any]:
    row = [5.5, 3.25, texts[4]]
    return [row, dict(zip(texts[:3], row, strict=True))]


@OFTEN
@given(NAMES)
@example(EXAMPLES[0])
@example(EXAMPLES[3])
def test_python_has_the_same_code_whatever_the_names_are(folder: Path, called: Called, texts: list[str]) -> None:
    run, usual = called(texts), exported(Run(folder), "numpy")
    text = exported(run, "numpy")
    assert code_of(text) == code_of(usual)
    module: dict[str, Any] = {}
    exec(compile(text.encode(), "network.py", "exec"), module)
    assert [column["name"] for column in module["COLUMNS"]] == texts[:3]
    assert [*module["COLUMNS"][2]["categories"], module["TARGET"], *module["CLASSES"]] == texts[3:]
    expected = run.predict([[5.5, 3.25, 0.0, 1.0]] * 2)
    np.testing.assert_allclose(module["predict"](rows_of(texts)), expected, atol=1e-6)


@pytest.fixture(scope="module")
def page(browser: Any) -> Iterator[Any]:
    made = browser.new_page()
    made.goto("about:blank")
    yield made
    made.close()


IN_A_PAGE = """async ([source, rows]) => {
  const network = await import("data:text/javascript;base64," + btoa(source));
  const { columns, target, classes } = network;
  return { said: JSON.stringify([columns, target, classes]), found: network.predict(JSON.parse(rows)) };
}"""


@OFTEN
@given(NAMES)
@example(EXAMPLES[1])
@example(EXAMPLES[2])
@example(["__proto__", "constructor", "toString", *"abcdef"])
def test_javascript_computes_the_same_whatever_the_names_are(called: Called, page: Any, texts: list[str]) -> None:
    run = called(texts)
    made = page.evaluate(IN_A_PAGE, [exported(run, "javascript"), json.dumps(rows_of(texts))])
    columns, target, classes = json.loads(made["said"])
    said = [*(column["name"] for column in columns), *columns[2]["categories"], target, *classes]
    assert said == texts
    np.testing.assert_allclose(made["found"], run.predict([[5.5, 3.25, 0.0, 1.0]] * 2), atol=1e-6)


def test_javascript_may_stand_between_the_tags_of_a_page(called: Called, page: Any) -> None:
    """Where the end of a tag in a text would end the script."""
    texts = EXAMPLES[1]
    script = exported(called(texts), "javascript")
    page.set_content(f"<script type=module>{script}\nwindow.made = columns.length;</script>")
    page.wait_for_function("window.made === 3")
    assert page.evaluate("document.body.innerText").strip() == ""
    assert page.evaluate("typeof window.broken") == "undefined"
    assert page.evaluate("document.scripts.length") == 1


@OFTEN
@given(NAMES)
def test_json_gives_the_names_back(called: Called, texts: list[str]) -> None:
    plain = json.loads(exported(called(texts), "json"))
    columns = plain["columns"]
    said = [*(column["name"] for column in columns), *columns[2]["categories"], plain["target"], *plain["classes"]]
    assert said == texts


@pytest.mark.slow
def test_torch_gives_the_names_back(called: Called) -> None:
    import io

    import torch

    texts = [f"{part}{i}" for i, part in enumerate(BREAKS[:9])]
    about = {"about.json": ""}
    program = torch.export.load(io.BytesIO(listing.module("torch").exported(called(texts))), extra_files=about)
    plain = json.loads(about["about.json"])
    assert [column["name"] for column in plain["columns"]] == texts[:3]
    assert plain["classes"] == texts[6:]
    assert not any(text in program.graph_module.code for text in texts)
