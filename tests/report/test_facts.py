"""Every number that is quoted, on a town where it can be counted by hand."""

from collections.abc import Callable

import pytest

from planner.pipeline import Study
from planner.report.facts import Facts, gather
from planner.report.style import Words, share_breaks, share_class


@pytest.fixture(scope="module")
def facts(toy: Study) -> Facts:
    return gather(toy)


def test_coverage_counts_crossings_within_four_blocks(facts: Facts):
    # The centre stands at the corner (0, 0); on a grid i + j <= 4 holds for 5 + 4 + 3 + 2 + 1 = 15 crossings,
    # three old people each; in all there are 81 crossings and two people more.
    day_care = facts.services[0]
    assert (day_care.coverage.covered, day_care.coverage.demand) == (45, 245)


def test_walks_of_the_standard_are_metres_not_minutes(facts: Facts):
    # 800 m are 8 blocks: 9 + 8 + … + 1 = 45 crossings; 1,000 m are 10 blocks: of 81 crossings those with
    # i + j >= 11, 6 + 5 + … + 1 less … i + j = 11..16 gives 6 + 5 + 4 + 3 + 2 + 1 = 21, are left out: 60.
    walks = {w.metres: w.share.covered for w in facts.services[0].walks}
    assert walks == {800: 3 * 45, 1000: 3 * 60}


def test_walks_are_for_those_who_walk(facts: Facts):
    assert facts.services[1].walks == ()


def test_nominal_coverage_counts_units(facts: Facts):
    # The one centre in service stands in the western town of two.
    nominal = facts.services[0].nominal
    assert (nominal.level, nominal.share.covered, nominal.share.demand) == ("town", 1, 2)


def test_gaps_and_scattered_add_up_to_the_uncovered(facts: Facts):
    day_care = facts.services[0]
    assert day_care.gaps.uncovered == day_care.coverage.demand - day_care.coverage.covered


def test_plan_adds_what_the_site_newly_covers(facts: Facts):
    # k1 at the corner (8, 8) covers 15 crossings anew, k2 at (0, 1) five: i + j = 5 with j >= 1 above.
    # The lonely two at (8.45, 4) are 445 m from (8, 8): too far.
    plan = facts.services[0].plan
    assert list(plan.sites.index) == ["k1"]
    assert (plan.newly, plan.after.covered) == (45, 90)


def test_communities_of_a_site_sum_to_what_it_newly_covers(facts: Facts):
    site = facts.services[0].plan.sites.iloc[0]
    assert dict(site["communities"]) == {"秋实社区": 45}


def test_cells_of_fewer_than_five_are_not_shown(facts: Facts):
    # 冬梅社区 holds two people.
    assert facts.services[0].places.loc["320101002002"].isna().all()
    assert facts.services[0].places.loc["320101002001", "demand"] == 3 * 5 * 9


def test_a_service_without_siting_has_no_plan(facts: Facts):
    assert facts.services[1].plan is None


def test_coverage_alone_has_neither_gaps_nor_plan(make: Callable[..., Study]):
    facts = gather(make(until="coverage"))
    assert facts.services[0].gaps is None
    assert facts.services[0].plan is None
    assert facts.services[0].coverage.covered == 45


def test_layers_alone_still_count_people(make: Callable[..., Study]):
    facts = gather(make(until="layers"))
    assert facts.totals["pop60"] == 245
    assert facts.services[0].coverage is None


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.73795, "73.8%"), (0.9999, "99.9%"), (1.0, "100.0%"), (0.0001, "0.1%"), (0.0, "0.0%"), (None, "—")],
)
def test_percentages_never_round_to_all_or_nothing(share: float | None, text: str):
    assert Words("zh").percent(share) == text


def test_classes_hold_the_limits_of_the_statuses(toy: Study):
    breaks = share_breaks(toy.project.limits)
    assert breaks == (0.0, 0.25, 0.5, 0.7, 0.9)
    assert [share_class(x, breaks) for x in (0.0, 0.499, 0.5, 0.899, 0.9, 1.0)] == [0, 1, 2, 3, 4, 4]
