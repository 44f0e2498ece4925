from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding


def find(evidence: Evidence) -> Finding | None:
    """A completely dead layer has its own rule."""
    ends = [dead[-1] for dead in evidence.mortal]
    n, m = sum(int(dead.sum()) for dead in ends), sum(len(dead) for dead in ends)
    if n == 0 or any(dead.all() for dead in ends):
        return None
    many = any(dead.mean() >= 0.5 for dead in ends) and not evidence.is_solved
    are = "is" if n == 1 else "are"
    usual = "" if many else " A few are normal and harmless."
    return Finding(
        rule="dead units",
        sentence=f"{n} of {m} {evidence.mortal_activation} units {are} off: flat for every training point, so "
        f"no gradient passes.{usual}",
        evidence=f"since epoch {evidence.frames[evidence.most_dead].epoch:,}",
        frame=evidence.most_dead,
        panel="network",
        command=None,
    )
