"""YAML as plain data, perhaps from somebody else's folder."""

import re
from typing import Any

import yaml

MAX_CHARACTERS = 65_536


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """Plain data only, and no aliases: five levels of them in 166 bytes keep a reader busy for seconds."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not read here")
        return super().compose_node(parent, index)


# YAML 1.1 takes 1e-3 for a word, because it has no point; a reader takes it for a number, as Hydra does.
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?\d[\d_]*(\.\d*)?[eE][-+]?\d+"), list("-+0123456789")
)


def read_yaml(text: str) -> Any:
    """Plain data from YAML, perhaps somebody else's; raises ``ValueError`` for anything that is not just that."""
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"{len(text):,} characters of YAML; at most {MAX_CHARACTERS:,} are read")
    try:
        return yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"not plain YAML: {' '.join(str(error).split())[:200]}") from None
