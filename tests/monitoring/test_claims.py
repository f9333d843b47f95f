"""The claim audit: the figures of five plans, recomputed by hand (domain research R.4)."""

from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.checks import run_checks
from planner.errors import TableError
from planner.monitoring import judge_claims, read_span

from ..checks.toy import Toy


def claims(**rows) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("claim_id")


PLANS = claims(
    sz_aid={"kind": "growth", "said": "7.87", "unit": "%", "start": "750", "end": "1045", "years": 5.0},
    sz_towns={"kind": "count", "said": "90.43", "unit": "%"},
    fy_centres={"kind": "sum", "said": "170", "parts": "167;3"},
    nj_floor={"kind": "sum", "said": "350", "parts": "230;120"},
    nj_target={"kind": "ratio", "said": "22", "unit": "/万", "part": "20000", "whole": "1000万"},
    nj_now={"kind": "ratio", "said": "17", "unit": "/万", "part": "14500"},
    hz_beds={"kind": "sum", "said": "39,467", "parts": "25,097;14,370"},
    hz_private={"kind": "ratio", "said": "78", "unit": "%", "part": "19,423", "whole": "25,097"},
    hz_all={"kind": "ratio", "said": "100", "unit": "%", "part": "1207", "whole": "1211"},
    hz_poor={"kind": "ratio", "said": "1.24", "unit": "%", "part": "3.28万", "group": "hz"},
    hz_poorer={"kind": "ratio", "said": "0.51", "unit": "%", "part": "1.35万", "group": "hz"},
    hz_hubs={"kind": "ratio", "said": "83.5", "unit": "%", "part": "152"},
    fy_growth={"kind": "growth", "said": "280", "unit": "%", "start": "1800", "end": "6840"},
    fy_workers={"kind": "ratio", "said": "1", "unit": "‰", "part": "8755", "whole": "820万"},
    nt_beds={"kind": "ratio", "said": "40", "unit": "%", "part": "2527", "whole": "62000"},
    nt_share={"kind": "ratio", "said": "31.3", "unit": "%", "part": "6.2", "whole": "19.8"},
    nt_workers={"kind": "ratio", "said": "6.62", "unit": "/万", "part": "4851"},
)


# recomputed by hand: (1045 / 750) ** 0.2 - 1 = 6.86 %, (1045 / 750 - 1) / 5 = 7.87 %; 20,000 / 10 M = 20 per 10,000;
# 14,500 / 17 * 10^4 = 8.53 M; 19,423 / 25,097 = 77.39 %; 1207 / 1211 = 99.67 %; 32,800 / 1.24 % = 2.645 M;
# 13,500 / 0.51 % = 2.647 M; 152 / 83.5 % = 182.0; 6840 / 1800 - 1 = 280 %; 8755 / 8.2 M = 1.068 per mille;
# 2527 / 62,000 = 4.076 %, which is 40.76 per mille; 6.2 / 19.8 = 31.31 %; 4851 / 6.62 * 10^4 = 7.328 M
@pytest.mark.parametrize(
    ("claim", "verdict", "recomputed"),
    [
        ("sz_aid", "simple", 6.86),
        ("sz_towns", "ok", 90.43),
        ("fy_centres", "ok", 170),
        ("nj_floor", "ok", 350),
        ("nj_target", "unlike", 20),
        ("nj_now", "implied", 8.53e6),
        ("hz_beds", "ok", 39_467),
        ("hz_private", "unlike", 77.39),
        ("hz_all", "not_all", 99.67),
        ("hz_poor", "implied", 2.645e6),
        ("hz_poorer", "implied", 2.647e6),
        ("hz_hubs", "implied", 182.0),
        ("fy_growth", "ok", 280),
        ("fy_workers", "ok", 1.068),
        ("nt_beds", "unit", 4.076),
        ("nt_share", "ok", 31.31),
        ("nt_workers", "implied", 7.328e6),
    ],
)
def test_the_figures_of_the_plans(claim, verdict, recomputed):
    found = judge_claims(PLANS).loc[claim]
    assert found["verdict"] == verdict
    assert found["recomputed"] == pytest.approx(recomputed, rel=1e-3)


def test_only_two_counts_up_to_120_round_to_90_43_per_cent():
    said = judge_claims(PLANS).loc["sz_towns", "message_zh"]
    # brute force over all k of N
    known = [
        f"{k}/{n}" for n in range(1, 121) for k in range(n + 1) if round(100 * Fraction(k, n), 2) == Fraction("90.43")
    ]
    assert known == ["85/94", "104/115"]
    assert "、".join(known) in said


def test_findings_are_the_claims_that_do_not_hold():
    found = run_checks(Toy(claims=PLANS))
    assert dict(zip(found["feature_id"], found["code"], strict=True)) == {
        "sz_aid": "RS-03",
        "nj_target": "RS-02",
        "hz_private": "RS-02",
        "hz_all": "RS-02",
        "nt_beds": "RS-02",
    }
    assert dict(zip(found["feature_id"], found["severity"], strict=True)) == {
        "sz_aid": "warning",
        "nj_target": "error",
        "hz_private": "error",
        "hz_all": "error",
        "nt_beds": "warning",
    }
    said = found.set_index("feature_id")
    assert "40.76 ‰" in said.loc["nt_beds", "message_zh"]
    assert "复合增长应为 6.86%" in said.loc["sz_aid", "message_zh"]
    assert "compounded it is 6.86 %" in said.loc["sz_aid", "message_en"]


def test_claims_of_one_whole_that_imply_different_wholes():
    both = PLANS.loc[["hz_poor", "hz_poorer"]].copy()
    both.loc["hz_poorer", "said"] = "0.61"  # implies 2.21 M
    assert list(judge_claims(both)["verdict"]) == ["implied", "apart"]


def test_the_growth_of_all_years_is_not_that_of_one():
    found = judge_claims(claims(a={"kind": "growth", "said": "280", "start": "1800", "end": "6840", "years": 5.0}))
    assert list(found["verdict"]) == ["in_all"]


def test_a_share_that_no_count_of_its_whole_gives():
    # of 7: 0, 14.3, 28.6, 42.9, 57.1, 71.4, 85.7, 100; 50 % is none of them
    found = judge_claims(claims(a={"kind": "count", "said": "50.0", "unit": "%", "whole": "7"})).iloc[0]
    assert found["verdict"] == "no_count"


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 3))
def test_a_ratio_rounded_as_it_should_be_is_never_accused(part, whole, digits):
    said = f"{100 * part / whole:.{digits}f}"
    verdict = judge_claims(
        claims(a={"kind": "ratio", "said": said, "unit": "%", "part": str(part), "whole": str(whole)})
    )
    # only "100.0" of not all is said, for it is the claim that all are covered
    assert verdict["verdict"].iloc[0] == ("not_all" if float(said) == 100 and part < whole else "ok")


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("1,207", 1207, 1207),
        ("6.2万", 61_500, 62_500),
        ("１２", 12, 12),
        ("90.43", 90.425, 90.435),
        ("3万", 25_000, 35_000),
    ],
)
def test_what_rounding_hides(text, low, high):
    span = read_span(text)
    assert (span.low, span.high) == pytest.approx((low, high))


def test_every_claim_that_cannot_be_read_is_told_at_once():
    bad = claims(a={"kind": "sum", "said": "1", "parts": "1;x"}, b={"kind": "ratio", "said": "1", "unit": "%"})
    with pytest.raises(TableError) as error:
        judge_claims(bad)
    assert len(error.value.faults) == 2


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ({"kind": "ratio", "said": "0", "unit": "%", "part": "5"}, "claim_positive"),
        ({"kind": "ratio", "said": "5", "unit": "%", "part": "5", "whole": "0"}, "claim_positive"),
        ({"kind": "growth", "said": "5", "start": "0", "end": "5"}, "claim_positive"),
        ({"kind": "growth", "said": "5", "start": "-100", "end": "5"}, "claim_positive"),
        ({"kind": "growth", "said": "5", "start": "100", "end": "-50", "years": 5.0}, "claim_not_negative"),
        ({"kind": "count", "said": "50", "whole": "0.4"}, "claim_counts"),
        ({"kind": "count", "said": "50", "whole": "9" * 400}, "claim_number"),
        ({"kind": "ratio", "said": "5", "unit": "pct", "part": "5"}, "claim_number"),
    ],
)
def test_what_cannot_be_divided_is_refused_by_its_own_sentence(row, key):
    with pytest.raises(TableError) as error:
        judge_claims(claims(a=row))
    assert [fault.key for fault in error.value.faults] == [key]


def test_a_fall_to_nothing_is_minus_100_per_cent_though_rounding_could_hide_less_than_nothing():
    row = {"kind": "growth", "said": "-100", "start": "100", "end": "0.0", "years": 5.0}
    assert list(judge_claims(claims(a=row))["verdict"]) == ["ok"]
