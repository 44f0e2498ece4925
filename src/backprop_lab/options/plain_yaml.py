"""Reads YAML as plain data; the text may come from an untrusted folder."""

import re
from collections import Counter
from typing import Any

import yaml

MAX_CHARACTERS = 65_536
MAX_DEPTH = 32


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """Plain data only, with each key once: of two values YAML would silently take the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        if len(mapping) < len(node.value):
            names = Counter(self.construct_object(key, deep=True) for key, _ in node.value)
            raise yaml.YAMLError(f"{names.most_common(1)[0][0]} is there twice")
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
            raise yaml.YAMLError("aliases are not supported")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
            raise yaml.YAMLError(f"tags are not supported: {event.tag}")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise yaml.YAMLError(f"more than {MAX_DEPTH} levels")


def read_yaml(text: str, most: int = MAX_CHARACTERS) -> Any:
    """Plain data from YAML that may be untrusted; raises ``ValueError`` for anything else."""
    if len(text) > most:
        raise ValueError(f"{len(text):,} characters of YAML; at most {most:,} are read")
    try:
        _look_through(text)
        return yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"not plain YAML: {' '.join(str(error).split())[:200]}") from None


def typed_value(text: str) -> Any:
    """The value typed after ``key=``: a number, a list, ...; the text itself if it is not valid YAML."""
    try:
        return read_yaml(text)
    except ValueError:
        return text
