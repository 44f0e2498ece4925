"""What keeps the house in order: which module may import which, what every option must do, what the README promises."""

import ast
import re
from pathlib import Path

import pytest

from backprop_lab.config.check import GROUPS, options
from conftest import ROOT, Train, composed

SRC = ROOT / "src"
# From the entry points down to the leaves; a module may import those of its own layer and of lower ones.
LAYERS = [
    ["train"],
    ["hydra_plugins", "backprop_lab.evaluate", "backprop_lab.report.__main__"],
    ["backprop_lab.sweep", "backprop_lab.report.sweep"],
    ["backprop_lab.experiment.experiment", "backprop_lab.training.devices"],
    ["backprop_lab.report"],
    ["backprop_lab.experiment", "backprop_lab.callbacks.watch"],
    ["backprop_lab.callbacks", "backprop_lab.engines.scalar", "backprop_lab.engines.by_hand",
     "backprop_lab.engines.autograd", "backprop_lab.engines.module", "backprop_lab.engines.lightning.engine",
     "backprop_lab.engines"],
    ["backprop_lab.figures", "backprop_lab.runs"],
    ["backprop_lab.training"],
    ["backprop_lab.config"],
    ["backprop_lab.options", "backprop_lab.autograd"],
]  # fmt: skip


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__")


def layer_of(module: str) -> int | None:
    for number, layer in enumerate(LAYERS):
        if any(module == name or module.startswith(f"{name}.") for name in layer):
            return number
    return None


def imports_of(path: Path) -> set[str]:
    """Modules that a file imports when it runs; those that only a type checker sees do not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types_only = {
        node for block in ast.walk(tree) if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }  # fmt: skip
    found: set[str] = set()
    for node in ast.walk(tree):
        if node in for_types_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {
                name if (SRC / Path(*name.split("."))).with_suffix(".py").exists() else node.module for name in names
            }
    return found


FILES = sorted(SRC.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_imports_go_one_way(path: Path) -> None:
    module = module_name(path)
    own = layer_of(module)
    if module == "backprop_lab":  # the face of the package, which names Run
        return
    assert own is not None, f"{module} has no place in LAYERS"
    for imported in imports_of(path):
        layer = layer_of(imported)
        assert layer is None or layer >= own, f"{module} imports {imported}, which stands above it"


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_hydra_is_named_by_the_command_line_only(path: Path) -> None:
    if module_name(path).split(".")[0] not in ("train", "hydra_plugins"):
        assert not {name for name in imports_of(path) if name.split(".")[0] in ("hydra", "omegaconf", "hydra_plugins")}


OPTIONS = [(group, option) for group in (*GROUPS, "callbacks", "experiment") for option in options(group)]


@pytest.mark.parametrize(("group", "option"), OPTIONS, ids=[f"{group}={option}" for group, option in OPTIONS])
def test_every_option_trains(train: Train, group: str, option: str) -> None:
    callbacks = ",".join(dict.fromkeys(["frames", option]))  # some draw from the frames
    chosen = {"callbacks": f"callbacks=[{callbacks}]"}.get(group, f"{group}={option}")
    quick = ["epochs=2"]
    if group not in ("callbacks", "experiment", "engine", "logger"):
        quick += ["engine=module", "logger=none", "callbacks=[]"]
    if "n_samples" in composed(chosen)["dataset"] and composed(chosen)["dataset"]["n_samples"]:
        quick += ["dataset.n_samples=64"]
    if option == "gpu":
        torch = pytest.importorskip("torch")
        if not torch.cuda.is_available():
            pytest.skip("no GPU here")
    assert train(chosen, *quick).summary["status"] == "finished"


def test_the_folder_names_are_the_options() -> None:
    """One file and one YAML for each: a dataset, model, engine or callback without the other is a mistake."""
    for group, folder in {"dataset": "options/dataset", "model": "options/model"}.items():
        files = {path.stem for path in (SRC / "backprop_lab" / folder).glob("[!_]*.py")}
        assert files == set(options(group))


def test_every_configuration_names_itself() -> None:
    for group in GROUPS:
        for option in options(group):
            text = (ROOT / "configs" / group / f"{option}.yaml").read_text(encoding="utf-8")
            assert re.search(rf"^name: {option}$", text, re.MULTILINE)
