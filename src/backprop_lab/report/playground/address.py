"""Addresses of pages: overrides of the command line, joined by ``&`` behind a ``#``."""

from collections.abc import Iterable
from urllib.parse import parse_qsl, quote

from backprop_lab.config import keys
from backprop_lab.config.errors import ConfigError, UnknownKeyError
from backprop_lab.config.types import Config
from backprop_lab.options import discovery
from backprop_lab.options.rules import shown
from backprop_lab.report.run.live import GROUPS, KEYS, default_choice, resolved

VIEW = ("epoch", "unit", "cell", "view", "step", "point", "scale", "theme")
"""What an address says of the view and not of the training."""
OF_FILES = ("path",)
"""Knobs that name a file, which an address must not choose."""
PLAIN = "[],.-_:'()"
"""Characters that need no escape behind a ``#``; + stands for a blank there."""


def overrides_for(config: Config) -> list[str]:
    """What of a configuration decides its training and differs from the defaults of the program."""
    plain = {**resolved(config), "loss": config.plain["loss"]}
    made = []
    for group in GROUPS:
        name, defaults = plain[group]["name"], discovery.defaults(group, plain[group]["name"])
        if name != default_choice(group):
            made.append((group, name))
        made += [
            (f"{group}.{knob}", value)
            for knob, value in plain[group].items()
            if knob not in ("name", "task") and value != defaults[knob]
        ]
    made += [(key, plain[key]) for key in KEYS if plain[key] != keys.default_of(key)]
    return [f"{key}={shown(value)}" for key, value in made]


def address_of(overrides: Iterable[str]) -> str:
    """For example ``#dataset=moons&model.hidden=[8,8]``."""
    parts = (override.partition("=") for override in overrides)
    return "#" + "&".join(f"{quote(key, PLAIN)}={quote(value, PLAIN)}" for key, _, value in parts)


def overrides_of(address: str) -> list[str]:
    """The overrides in an address, without those of the view.

    Raises ``ConfigError`` for a key that no page has, and for a value that asks for others: an address may be somebody
    else's, and Hydra has keys that name folders and files.
    """
    _, _, fragment = address.partition("#")
    found = [(key, value) for key, value in parse_qsl(fragment, keep_blank_values=True) if key not in VIEW]
    for key, value in found:
        group, _, knob = key.partition(".")
        if (key not in KEYS and group not in GROUPS) or knob in OF_FILES:
            raise UnknownKeyError(key, value, [*KEYS, *GROUPS])
        if "${" in value:  # which Hydra would look up on this computer
            raise ConfigError(key, value, "a value as it stands, without ${...}")
    return [f"{key}={value}" for key, value in found]
