"""Private names of other packages: only these are used, and a version without one of them fails here."""

import ast
import importlib
import inspect

import pytest

from conftest import ROOT

SOURCES = sorted((ROOT / "src").rglob("*.py"))
OURS = ("backprop_lab", "hydra_plugins", "train")
IMPORTED = {
    "hydra._internal.config_loader_impl.ConfigLoaderImpl": ("__init__", ["self", "config_search_path"]),
    "hydra._internal.core_plugins.basic_launcher.BasicLauncher": (
        "launch", ["self", "job_overrides", "initial_job_idx"],
    ),
    "hydra._internal.core_plugins.basic_sweeper.BasicSweeper": ("split_arguments", ["overrides", "max_batch_size"]),
    "hydra._internal.core_plugins.basic_sweeper.BasicSweeperConf": (
        "__init__", ["self", "_target_", "max_batch_size", "params"],
    ),
    "hydra._internal.utils.create_config_search_path": ("", ["search_path_dir"]),
    "hydra._internal.utils.get_args_parser": ("", []),
    "torch._dynamo": ("", None),
    "torch.utils.tensorboard._pytorch_graph.graph": ("", ["model", "args"]),
}  # fmt: skip
"""What is imported, and the parameters of the call that is made of it."""
ATTRIBUTES = {
    "src/backprop_lab/experiment/export/program.py": {"_assert_async"},  # of torch; has no public name, and is exported
    "src/hydra_plugins/lab/flags.py": {"_option_string_actions"},  # of argparse
    "src/hydra_plugins/lab/sweeper.py": {"_get_node", "_parse_config"},  # of omegaconf, and of BasicSweeper
}
DOCUMENTED = {"_asdict", "_exit"}  # by Python, of named tuples and of os


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def imported_names(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if not name.startswith(OURS) and any(map(is_private, name.split(".")))}


def own_names(trees: list[ast.AST]) -> set[str]:
    """All that our own code defines or assigns."""
    found = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(node.name)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(node.attr)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
    return found


def test_these_private_names_are_imported_and_no_others() -> None:
    found = set().union(*(imported_names(ast.parse(path.read_text(encoding="utf-8"))) for path in SOURCES))
    assert found == {*IMPORTED}


def test_these_private_attributes_are_read_and_no_others() -> None:
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}
    ours = own_names([*trees.values()])
    found: dict[str, set[str]] = {}
    for path, tree in trees.items():
        read = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        if foreign := {name for name in read if is_private(name)} - ours - DOCUMENTED:
            found[path.relative_to(ROOT).as_posix()] = foreign
    assert found == ATTRIBUTES


@pytest.mark.parametrize("name", IMPORTED)
def test_a_private_name_is_there_and_is_called_as_it_was(name: str) -> None:
    method, parameters = IMPORTED[name]
    module, _, attribute = name.rpartition(".")
    if parameters is None:
        assert importlib.import_module(name)
        return
    called = getattr(importlib.import_module(module), attribute)
    called = getattr(called, method) if method else called
    assert [*inspect.signature(called).parameters][: len(parameters)] == parameters
