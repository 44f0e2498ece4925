from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One finding: the page shows it at ``frame`` in ``panel``; ``command`` is what to try."""

    rule: str
    sentence: str
    evidence: str
    frame: int
    panel: str
    command: str | None = None


@dataclass(frozen=True)
class Findings:
    """The verdict in one sentence, the first few findings, the others, and the number of rules without a finding."""

    verdict: str
    shown: list[Finding]
    more: list[Finding]
    checked: int
