"""What keeps the house in order: who may import whom, who opens files, who prints, and who knows the options."""

import ast
import re
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from backprop_lab.config.keys import GROUPS
from backprop_lab.options import discovery
from backprop_lab.options.discovery import names
from conftest import ROOT

SRC = ROOT / "src"
PACKAGE = SRC / "backprop_lab"
# The rooms from the entry points down to the ground; a file may import those of its own room and of lower ones.
ROOMS = [
    "train", "backprop_lab.playground", "backprop_lab.notebook",
    "hydra_plugins",
    "backprop_lab.evaluate", "backprop_lab.export", "backprop_lab.predict",
    "backprop_lab.report.__main__", "backprop_lab.sweep.__main__",
    "backprop_lab.report.sweep",
    "backprop_lab.sweep",
    "backprop_lab.report.playground",
    "backprop_lab.report.run",
    "backprop_lab.report",
    "backprop_lab.experiment",
    "backprop_lab.engines",
    "backprop_lab.callbacks",
    "backprop_lab.figures",
    "backprop_lab.runs",
    "backprop_lab.training",
    "backprop_lab.config",
    "backprop_lab.options",
    "backprop_lab.autograd",
]  # fmt: skip
VERBS = {"evaluate", "export", "notebook", "playground", "predict"}
MOST_FOLDERS = 12


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__")


FILES = {module_name(path): path for path in sorted(SRC.rglob("*.py"))}


def room_of(module: str) -> int | None:
    """The first room that the module is in: the closest, as those inside others come before them."""
    return next((i for i, room in enumerate(ROOMS) if module == room or module.startswith(f"{room}.")), None)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports_of(path: Path) -> set[str]:
    """Modules that a file imports when it runs, wherever in it; those that only a type checker sees do not count."""
    tree = tree_of(path)
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
            found |= {name if name in FILES else node.module for name in names}
    return found


def test_imports_go_one_way() -> None:
    """The face of the package, which names what notebooks import, stands outside."""
    own = {module: room_of(module) for module in FILES if module != "backprop_lab"}
    assert [module for module, room in own.items() if room is None] == []
    upward = [
        f"{module} imports {imported}, which stands above it"
        for module, room in own.items()
        for imported in imports_of(FILES[module])
        if room is not None and (other := room_of(imported)) is not None and other < room
    ]
    assert upward == []


def test_no_two_files_import_each_other() -> None:
    """Nor do three in a circle, wherever in the file the import stands."""
    order = TopologicalSorter({name: imports_of(path) & (FILES.keys() - {name}) for name, path in FILES.items()})
    order.prepare()  # raises CycleError, which names the circle


def test_a_newcomer_sees_a_dozen_rooms_and_the_verbs() -> None:
    folders = [path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"]
    files = {path.name for path in PACKAGE.iterdir() if path.is_file()}
    assert len(folders) <= MOST_FOLDERS
    assert files == {"__init__.py", "py.typed", *(f"{verb}.py" for verb in VERBS)}


def test_hydra_is_named_by_the_command_line_only() -> None:
    hydras = ("hydra", "omegaconf", "hydra_plugins")
    below = {name: path for name, path in FILES.items() if name.startswith("backprop_lab")}
    naming = [name for name, path in below.items() if {i.split(".")[0] for i in imports_of(path)} & set(hydras)]
    assert naming == ["backprop_lab.notebook"]  # the command line for Python


def test_nobody_knows_an_option_by_name() -> None:
    """Consumers ask ``discovery`` and the option's module; a name in a string would be a list that somebody forgets."""
    groups = [group for group in (*GROUPS, "activation") if group not in ("engine", "trainer", "callbacks")]
    optional = {name for group in groups for name in names(group)} - {
        "auto",
        "none",
        "step",
        "residual",
        "plane",
        "formula",
        "points",
    }  # words
    knowing = {
        f"{module}: {node.value}"
        for module, path in FILES.items()
        if module.startswith("backprop_lab")
        and not module.startswith(("backprop_lab.options.", "backprop_lab.autograd", DICTIONARY))
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in optional
    }
    assert knowing == KNOWING


DICTIONARY = "backprop_lab.report.tensorflow"  # of the words of two programs
# Why each of these has to say the name.
KNOWING = {
    "backprop_lab.config.upgrade: mlp",  # what an earlier program did is said of its own options
    "backprop_lab.config.upgrade: constant",
    "backprop_lab.config.upgrade: never",
    "backprop_lab.config.upgrade: tensorboard",
    "backprop_lab.experiment.export.expression: tanh",  # the function of that name in options/arithmetic.py
    "backprop_lab.runs.names: tensorboard",  # the folder that TensorBoard's events have always been in
}


# Calls that open, look at, make, change or write files, by the name that is called.
FILE_CALLS = {
    *("open", "fdopen", "opener", "read_text", "read_bytes", "write_text", "write_bytes", "touch", "mkdir", "makedirs"),
    *("mkfifo", "rmdir", "removedirs", "unlink", "remove", "rename", "renames", "symlink_to", "hardlink_to", "link"),
    *("symlink", "truncate", "chmod", "chown", "utime", "exists", "lexists", "is_file", "is_dir", "isfile", "isdir"),
    *("stat", "lstat", "iterdir", "listdir", "scandir", "walk", "glob", "rglob", "fsync", "sync"),
    *("savefig", "imsave", "imread", "load", "save", "savez", "savez_compressed", "savetxt", "loadtxt", "genfromtxt"),
    *("tofile", "fromfile", "memmap", "ZipFile", "FileHandler", "SummaryWriter", "FileSystemLoader", "FileLock"),
}
OF_OTHER_THINGS = {"remove", "load", "link", "walk"}  # lists, options and graphs have these too: modules alone count
FILE_MODULES = {"shutil", "tempfile", "fileinput", "fcntl", "mmap", "sqlite3", "dbm", "shelve"}
# Who may call what, and why: what is below a run or sweep folder goes through runs/files.py and nothing else.
OPENERS = {
    "backprop_lab.runs.directory": {"open", "stat", "lstat", "scandir", "mkdir", "replace", "link", "unlink", "sync"},
    "backprop_lab.runs.files": {"open", "fdopen", "mkdir", "rmdir", "fsync"},
    "backprop_lab.runs.lock": {"FileLock", "fcntl"},  # on a path and a descriptor that it is given by Files
    "backprop_lab.runs.arrays": {"ZipFile", "load", "open"},  # in memory
    "backprop_lab.runs.rows": {"loadtxt"},  # in memory
    "backprop_lab.options.tables.source": {"open", "stat"},  # a user's own table, which may be a link, to read it
    "backprop_lab.options.tables.reading": {"load"},  # in memory
    "backprop_lab.options.tables.again": {"load"},  # in memory
    "backprop_lab.predict": {"exists"},  # where the user says
    "backprop_lab.playground": {"is_dir"},  # likewise, from=
    "backprop_lab.report.run.page": {"open", "save"},  # in memory
    "backprop_lab.experiment.writing": {
        "open",
        "exists",
        "is_file",
        "write_bytes",
        "fsync",
        "replace",
        "unlink",
        "shutil",
    },
    "backprop_lab.experiment.export.formats.torch": {"save"},  # in memory
    "backprop_lab.runs.checkpoint": {"ZipFile"},  # in memory
    "backprop_lab.figures.style": {"savefig"},  # in memory
    "backprop_lab.figures.film": {"save"},  # in memory
    "backprop_lab.callbacks.tensorboard": {"SummaryWriter"},  # in a folder that it is given by Files
    "backprop_lab.callbacks.lightning_logger": {"save"},  # of a logger, in a folder that it is given by Files
    "backprop_lab.evaluate": {"mkdir"},  # in a folder of the user's own, to=
    "backprop_lab.options.plain_yaml": {"load", "read_bytes"},  # files of the package and of the user's own
    # the user's folder for caches
    "backprop_lab.training.cache": {
        "fdopen",
        "is_file",
        "lstat",
        "mkdir",
        "read_bytes",
        "replace",
        "shutil",
        "tempfile",
    },
    "backprop_lab.engines.kernel.program": {"glob", "read_bytes"},  # our own sources
    "backprop_lab.options.discovery": {"glob", "rglob", "read_bytes", "is_file", "is_dir"},  # ours and the user's own
    "backprop_lab.experiment.printing": {"open"},  # the null device
    "backprop_lab.config.own_options": {"is_dir"},  # a folder of the user's own, --config-dir=
    "hydra_plugins.lab.messages": {"is_dir"},  # the same, hydra.searchpath=
    # Jobs that share a file are read out of it; where they have none, in their own folder.
    "backprop_lab.runs.packed": {"ZipFile", "exists", "fdopen", "is_dir"},
    # Its library keeps what it queues in a folder that only this user can enter.
    "backprop_lab.sweep.places.slurm": {"exists", "mkdir", "shutil"},
    "backprop_lab.report.document": {"read_text", "FileSystemLoader"},
}


def file_calls(path: Path) -> set[str]:
    """The names by which a module opens or changes files itself."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    modules = {alias.asname or alias.name for node in imports for alias in node.names}
    found = FILE_MODULES & imports_of(path)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            found |= {node.func.id} & (FILE_CALLS - OF_OTHER_THINGS)
        if isinstance(node.func, ast.Attribute):
            name, owner = node.func.attr, ast.unparse(node.func.value)
            is_of_a_path = name == "replace" and (len(node.args) == 1 or owner == "os") and owner != "dataclasses"
            if owner.split(".")[-1] != "files" and (
                is_of_a_path or name in FILE_CALLS - OF_OTHER_THINGS or (name in OF_OTHER_THINGS and owner in modules)
            ):
                found.add(name)
    return found


def test_files_are_opened_in_one_place() -> None:
    calls = {name: file_calls(path) for name, path in FILES.items()}
    assert {name: called for name, called in calls.items() if called} == OPENERS


SHOW_BARS = ("backprop_lab.callbacks.progress", "backprop_lab.sweep.places.bar")  # tqdm writes them over themselves


def test_one_module_prints() -> None:
    """Or lines of two processes get into each other: see ``experiment/printing.py``."""
    printing = {}
    for module, path in FILES.items():
        named = {ast.unparse(node) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Name | ast.Attribute)}
        streams = set() if module in SHOW_BARS else {"sys.stdout", "sys.stderr"}
        if found := named & {"print", "sys.__stdout__", "sys.__stderr__", "os.write", *streams}:
            printing[module] = found
    assert printing.keys() == {"backprop_lab.experiment.printing"}


def test_text_of_others_is_handled_in_one_place() -> None:
    """What quotes for a shell, shows what is not printable, and writes CSV: each kind of place has one module."""
    experiment = "backprop_lab.experiment"
    importing = {name: imports_of(path) for name, path in FILES.items()}
    assert [name for name, imported in importing.items() if "shlex" in imported] == [f"{experiment}.commands"]
    spreadsheets = [name for name, imported in importing.items() if "csv" in imported]
    assert spreadsheets == [f"{experiment}.spreadsheet", "backprop_lab.options.tables.records"]
    named = {
        name: {node.attr for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute)}
        | {str(node.value) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Constant)}
        for name, path in FILES.items()
    }
    showing = [name for name, words in named.items() if words & {"isprintable", "unicode_escape"}]
    assert showing == [f"{experiment}.commands", f"{experiment}.visible"]


def test_commands_to_copy_are_made_in_one_place() -> None:
    """No other text has ``python -m`` and something inserted: it would not be quoted."""
    pasted = {
        name
        for name, path in FILES.items()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.JoinedStr)
        and any(isinstance(part, ast.Constant) and "python -m" in str(part.value) for part in node.values)
    }
    assert pasted == set()
    scripts = {path.name for path in PACKAGE.rglob("page/**/*") if path.is_file() and "python -m" in path.read_text()}
    assert scripts == set()


def test_commands_end_in_one_way() -> None:
    """Every verb over folders leaves its errors and its exit status to ``experiment/ending.py``."""
    frame = "backprop_lab.experiment.key_value"
    verbs = [name for name in FILES if name == "train" or name.endswith(".__main__") or name == frame]
    assert len(verbs) == 4
    framed = [f"backprop_lab.{verb}" for verb in VERBS - {"notebook"}]  # that is called from Python
    for name in (*verbs, *framed):
        calls = [ast.unparse(node.func) for node in ast.walk(tree_of(FILES[name])) if isinstance(node, ast.Call)]
        assert ("key_value.carry_out" if name in framed else "status_of") in calls, name


def test_an_option_is_one_module_and_one_yaml() -> None:
    for group in (*discovery.ONE_OF, "logger"):
        modules = {path.stem for path in (PACKAGE / "options" / group).glob("[!_]*.py")}
        assert modules == set(names(group)) - {"auto"} or group == "trainer", group
    for group in discovery.ONE_OF:
        for option in names(group):
            text = (ROOT / "configs" / group / f"{option}.yaml").read_text(encoding="utf-8")
            assert re.search(rf"^name: {option}$", text, re.MULTILINE)


def test_who_goes_on_after_a_failure_recognizes_a_signal() -> None:
    """What a signal interrupts may raise anything, which must not pass for the failure of a figure or a job."""
    tries = {
        path: [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Try)] for path in PACKAGE.rglob("*.py")
    }
    going_on = [
        (path.name, node.lineno, ast.unparse(node.body[0]))
        for path, found in tries.items()
        for node in found
        if any(ast.unparse(handler.type or ast.Constant(None)) == "FAILURES" for handler in node.handlers)
    ]
    assert len(going_on) >= 6
    assert [
        one for one in going_on if "recognized()" not in one[2].partition("\n")[0] and one[0] != "interruption.py"
    ] == []
