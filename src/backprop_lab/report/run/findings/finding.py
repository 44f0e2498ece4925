from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that happened: ``frame`` and ``panel`` say where the page shows it, ``command`` what to try."""

    rule: str
    sentence: str
    evidence: str
    frame: int
    panel: str
    command: str | None = None


@dataclass(frozen=True)
class Findings:
    """The verdict in one sentence, the first few findings and the others, and how many rules found nothing."""

    verdict: str
    shown: list[Finding]
    more: list[Finding]
    checked: int
