"""One cause, one finding: what only follows from another finding is counted under it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from .finding import Check, Finding

Found = list[tuple[Check, Sequence[Finding]]]


def under_their_cause(found: Iterable[tuple[Check, Sequence[Finding]]]) -> Found:
    """Return what the checks found, with facilities outside their unit (BC-14) counted where their datum is wrong.

    A layer in another datum than declared (CR-01, error) puts many facilities into another unit: nobody should go out
    for each. One warning a service says how many, and that they are to be checked again once the datum is mended.
    """
    whole = [(one, list(findings)) for one, findings in found]
    wrong = [f for one, findings in whole if one.code == "CR-01" for f in findings if f.severity is None]
    return [(one, list(_counted(findings, wrong)) if one.code == "BC-14" else findings) for one, findings in whole]


def _counted(findings: Sequence[Finding], wrong: Sequence[Finding]) -> Iterator[Finding]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        if any(_explains(cause, finding) for cause in wrong):
            groups.setdefault(str(finding.values["service"]), []).append(finding)
        else:
            yield finding
    for service, group in sorted(groups.items()):
        n, people = len(group), [f.people for f in group if f.people is not None]
        values = {"service": service, "n": n, "ids": "、".join(str(f.feature_id) for f in group[:3])}
        first = replace(group[0], variant="datum", severity="warning", feature_id=service, geometry=None)
        yield replace(first, values=values, measure=float(n), tolerance=None, people=sum(people) if people else None)


def _explains(cause: Finding, finding: Finding) -> bool:
    """Tell whether a wrong datum is that of the places, of the facility's service, or of the rows it stands in."""
    if cause.layer == "places":
        return True
    rows = str((cause.evidence or {}).get("rows", ""))
    among = not rows or finding.feature_id in rows.split(",")
    return cause.layer != "demand" and cause.feature_id == finding.values["service"] and among
