from dataclasses import dataclass

ALL = ("*",)
"""``explains`` of a finding beside which nothing else need be said."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One finding: the page shows it at ``frame`` in ``panel``; ``command`` is what to try.

    ``headline`` is a clause for the verdict, for findings that are a cause; ``explains`` are the rules whose findings
    are symptoms of this one, and are then left out.
    """

    rule: str
    sentence: str
    evidence: str
    frame: int
    panel: str
    command: str | None = None
    headline: str = ""
    explains: tuple[str, ...] = ()


@dataclass(frozen=True)
class Findings:
    """The verdict in one sentence, the first few findings, the others, and the number of rules without a finding."""

    verdict: str
    shown: list[Finding]
    more: list[Finding]
    checked: int
