from backprop_lab.report.run.findings.evidence import Evidence
from backprop_lab.report.run.findings.finding import Finding


def find(evidence: Evidence) -> Finding | None:
    ends = [saturated[-1] for saturated in evidence.measures.saturated]
    n, m = sum(int(saturated.sum()) for saturated in ends), sum(len(saturated) for saturated in ends)
    if n == 0 or evidence.is_solved:
        return None
    return Finding(
        rule="saturated",
        sentence=f"{n} of {m} units are saturated: on nearly all points their output is at an end of its range, where "
        "the slope is almost 0.",
        evidence="beyond 97 % of the range on at least 90 % of the training points",
        frame=evidence.last_frame,
        panel="network",
    )
