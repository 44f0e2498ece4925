from collections.abc import Mapping
from typing import Any


def indexed(xray: dict[str, Any]) -> dict[str, Any]:
    """The X-ray with each distinct pair of unit and symbols stored once, as points and steps share them."""
    index: dict[tuple[str | None, str], int] = {}

    def short_line(line: Mapping[str, Any]) -> list[Any]:
        return [index.setdefault((line["unit"], line["symbols"]), len(index)), line["numbers"]]

    def short_point(point: Mapping[str, Any]) -> dict[str, Any]:
        cards = [card | {"lines": [short_line(line) for line in card["lines"]]} for card in point["cards"]]
        return {**point, "cards": cards}

    steps = [step | {"points": [short_point(point) for point in step["points"]]} for step in xray["steps"]]
    return {**xray, "steps": steps, "symbols": list(index)}
