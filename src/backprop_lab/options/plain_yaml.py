"""YAML as plain data, perhaps from somebody else's folder."""

import re
from typing import Any

import yaml

MAX_CHARACTERS = 65_536
MAX_DEPTH = 32


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """Plain data only."""


# YAML 1.1 takes 1e-3 for a word, because it has no point; a reader takes it for a number, as Hydra does.
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(\d[\d_]*(\.\d*)?|\.\d+)[eE][-+]?\d+$"), list("-+.0123456789")
)


def _look_through(text: str) -> None:
    """Refuse what plain data do not need, before anything is built.

    Five levels of aliases in 166 bytes keep a reader busy for seconds; a tag may not fit its value; and the C reader
    calls itself for each level of nesting, until the process ends.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not read here")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
            raise yaml.YAMLError(f"tags are not read here, and {event.tag} is one")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise yaml.YAMLError(f"more than {MAX_DEPTH} levels")


def read_yaml(text: str) -> Any:
    """Plain data from YAML, perhaps somebody else's; raises ``ValueError`` for anything that is not just that."""
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"{len(text):,} characters of YAML; at most {MAX_CHARACTERS:,} are read")
    try:
        _look_through(text)
        return yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"not plain YAML: {' '.join(str(error).split())[:200]}") from None


def typed_value(text: str) -> Any:
    """What was typed behind a ``key=``: a number, a list, ...; the text itself where it is no YAML."""
    try:
        return read_yaml(text)
    except ValueError:
        return text
