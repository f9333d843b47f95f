"""Checks of claims: official figures against their own numbers."""

from collections.abc import Iterable, Iterator

from ..monitoring import Verdict
from .finding import Finding, check

MISTAKEN = ("unit", "simple", "in_all", "no_count")  # the figure may be right, its unit or its kind is not


@check("RS-01", severity="error", layer="claims", rule="R58")
def wrong_sum(claims: tuple[Verdict, ...]) -> Iterator[Finding]:
    """A sum that its parts do not make (kind `sum`).

    Parts and total count as printed: 6.2万 may hide half a thousand. `measure` is what is said, `tolerance` what the
    parts make.
    """
    yield from _told(claims, "RS-01")


@check("RS-02", severity="error", layer="claims", rule="R58")
def wrong_ratio(claims: tuple[Verdict, ...]) -> Iterator[Finding]:
    """A ratio that its own numbers do not give (kind `ratio`): another figure, or "100 %" of not all.

    A warning where the figure is right in another unit: 40 % said for 40.8 ‰. `measure` is what is said, `tolerance`
    what the numbers give.
    """
    yield from _told(claims, "RS-02")


@check("RS-03", severity="error", layer="claims", rule="R58")
def wrong_growth(claims: tuple[Verdict, ...]) -> Iterator[Finding]:
    """A growth that its own numbers do not give (kind `growth`).

    A warning where the whole growth divided by the years is called growth a year, or the growth of all years is.
    `measure` is what is said, `tolerance` the compound growth, in per cent a year.
    """
    yield from _told(claims, "RS-03")


@check("RS-04", severity="warning", layer="claims", rule="R58")
def no_count(claims: tuple[Verdict, ...]) -> Iterator[Finding]:
    """A share of whole units that no count gives (kind `count`): k of N, N as given or up to `most`, else 120.

    90.43 % of towns can be 85 of 94; 90.45 % of 94 towns can not be. `measure` is what is said, `tolerance` the nearest
    share.
    """
    yield from _told(claims, "RS-04")


@check("RS-05", severity="error", layer="claims", rule="R58")
def wholes_apart(claims: tuple[Verdict, ...]) -> Iterator[Finding]:
    """Ratios of one `group` that imply different wholes: 1.24 % and 0.51 % of one population must agree on it.

    `measure` is what is said; `tolerance` the whole it implies.
    """
    yield from _told(claims, "RS-05")


def _told(claims: Iterable[Verdict], code: str) -> Iterator[Finding]:
    for one in claims:
        if one.code == code and not one.holds:
            yield Finding(
                feature_id=one.claim_id,
                variant=one.variant,
                severity="warning" if one.word in MISTAKEN else None,
                values=one.told,
                measure=one.said.value,
                tolerance=one.recomputed.value,
            )
