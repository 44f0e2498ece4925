"""Reads YAML as plain data; the text may come from an untrusted folder."""

import re
from pathlib import Path
from typing import Any

import yaml

MAX_CHARACTERS = 65_536
MAX_DEPTH = 32
WHOLE = re.compile("0|-?[1-9][0-9]{0,17}")


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """Plain data only, with each key once: of two values YAML would silently take the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        if len(mapping) < len(node.value):
            seen = set()
            for key_node, _ in node.value:
                key = self.construct_object(key_node, deep=True)
                if key in seen:
                    problem = f"the key {key} stands here a second time"
                    raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
                seen.add(key)
        return mapping


# YAML 1.1 reads 1e-3 as a string, because it has no decimal point; Hydra reads it as a number, and so does this.
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(\d[\d_]*(\.\d*)?|\.\d+)[eE][-+]?\d+$"), list("-+.0123456789")
)


def _look_through(text: str) -> None:
    """Refuse what plain data does not need, before anything is built.

    Five levels of aliases in 166 bytes keep the parser busy for seconds; a tag may not fit its value; and the C parser
    recurses for each level of nesting, until the process crashes.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            raise _refusal("aliases are not supported", event)
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
            raise _refusal(f"tags are not supported: {event.tag}", event)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise _refusal(f"more than {MAX_DEPTH} levels", event)


def _refusal(problem: str, event: yaml.Event) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)  # type: ignore[arg-type]  # C's Mark


def read_yaml(text: str, most: int = MAX_CHARACTERS) -> Any:
    """Plain data from YAML that may be untrusted; raises ``ValueError`` for anything else."""
    _refuse_long(text, most)
    try:
        return _loaded(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"not plain YAML: {' '.join(str(error).split())[:200]}") from None


def decoded(file: Path) -> str:
    """A YAML file of the user's or of the package; raises ``ValueError`` with file and line if it is not UTF-8."""
    content = file.read_bytes()
    try:
        return content.decode()
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        raise ValueError(f"{place(file, line)}: not UTF-8; save the file with this encoding") from None


def read_file(file: Path) -> Any:
    """Plain data from such a file; raises ``ValueError`` with file and line for anything else."""
    text = decoded(file)
    try:
        _refuse_long(text)
        return _loaded(text)
    except yaml.MarkedYAMLError as error:
        raise ValueError(_placed(error, file, text)) from None
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise ValueError(f"{place(file)}: {' '.join(str(error).split())}") from None


def _placed(error: yaml.MarkedYAMLError, file: Path, text: str) -> str:
    """The line that has to be changed: of a bracket or a quote that stays open, the one in which it opens."""
    stays_open = any(word in (error.context or "") for word in ("flow", "quoted"))
    mark = error.context_mark if stays_open else error.problem_mark
    lines = text.rstrip().splitlines() or [""]
    line = min(mark.line if mark else 0, len(lines) - 1)  # what ends too early ends in the last line
    indent = lines[line][: len(lines[line]) - len(lines[line].lstrip())]
    problem = "a tab; YAML is indented with spaces" if "\t" in indent else error.problem
    return f"{place(file, line + 1)}: {problem}{f' ({error.context})' if stays_open else ''}"


def nodes_of(text: str) -> yaml.Node | None:
    """The tree of a text that ``read_yaml`` accepts; its nodes know their lines."""
    return yaml.compose(text, Loader=_Loader)


def place(file: Path, line: int | None = None) -> str:
    """A file as seen from the current folder, and a line in it."""
    here = Path.cwd()
    seen = file.relative_to(here) if file.is_relative_to(here) else file
    return str(seen) if line is None else f"{seen}, line {line}"


def _refuse_long(text: str, most: int = MAX_CHARACTERS) -> None:
    if len(text) > most:
        raise ValueError(f"{len(text):,} characters of YAML; at most {most:,} are read")


def _loaded(text: str) -> Any:
    _look_through(text)
    return yaml.load(text, Loader=_Loader)


def typed_value(text: str) -> Any:
    """The value typed after ``key=``: a number, a list, ...; the text itself if it is not valid YAML."""
    if WHOLE.fullmatch(text):  # as the seeds of ten thousand jobs
        return int(text)
    try:
        return read_yaml(text)
    except ValueError:
        return text
