"""The register of names as tables: order, pinyin, units above, and a ledger whose counts add up."""

import geopandas as gpd
import pandas as pd
import pytest

from planner.gazetteer import LEDGER_COLUMNS, LIST_COLUMNS, name_ledger, name_list, place_path, protected_names
from planner.tables import NAME_STATUSES

PLACES = pd.DataFrame(
    {
        "name": ["六合区", "竹镇镇", "大侯村"],
        "level": ["county", "town", "community"],
        "parent_id": [None, "320116", "320116101"],
    },
    index=["320116", "320116101", "320116101201"],
)
ROWS = [
    ("n1", "中山路", "街路巷", "320116", {}),
    ("n2", "白果巷", "街路巷", "320116", {"former": "糖坊巷"}),
    ("n3", "六合区", "行政区域", "320116", {}),
    ("n4", "安乐花园", "住宅区", "320116101", {"pinyin": "Ānlè Huāyuán", "alias": "安乐苑", "protected": "红色地名"}),
    ("n5", "旧名路", "街路巷", "320116", {"status": "former"}),
    ("n6", None, "街路巷", "320116", {}),
]


def names() -> gpd.GeoDataFrame:
    rows = [{"name_id": i, "name": n, "kind": k, "place_id": p, **more} for i, n, k, p, more in ROWS]
    return gpd.GeoDataFrame(pd.DataFrame(rows).set_index("name_id"))


def test_the_list_is_ordered_by_unit_class_and_pinyin():
    table = name_list(names(), PLACES)
    assert list(table.columns) == list(LIST_COLUMNS)
    # 320116 before 320116101; division before street; bai before zhong
    assert list(table["name"]) == ["六合区", "白果巷", "中山路", "安乐花园"]
    assert list(table["number"]) == [1, 2, 3, 4]
    assert list(table["pinyin"]) == ["Lùhé Qū", "Báiguǒ Xiàng", "Zhōngshān Lù", "Ānlè Huāyuán"]
    assert list(table["spelt_by"]) == ["auto", "auto", "auto", "register"]
    assert table.loc["n4", "place"] == "南京市六合区竹镇镇"
    assert table.loc["n4", "former"] == "安乐苑"
    assert table.loc["n2", "former"] == "糖坊巷"


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("320116101201", "南京市六合区竹镇镇大侯村"),
        ("320116", "南京市六合区"),
        ("320106", "南京市鼓楼区"),  # not in the project's places
        ("", ""),
        ("x1", ""),
    ],
)
def test_the_units_above(code, path):
    assert place_path(code, PLACES) == path


def ledger_rows() -> pd.DataFrame:
    rows = [
        ("大", "320116101", "renamed", "2022-05-03", None),
        ("大", "320116101201", "renamed", "2022-11-03", None),
        ("大", "320116", "to_rename", None, "2023-01-01"),
        ("洋", "320116", None, None, None),
        (None, "320116", "standard", None, None),
    ]
    frame = pd.DataFrame(rows, columns=["irregular", "place_id", "status", "approved", "applied"])
    return frame.assign(
        name="某路", approved=pd.to_datetime(frame["approved"]), applied=pd.to_datetime(frame["applied"])
    )


def test_the_ledger_adds_up():
    table = name_ledger(ledger_rows(), PLACES)
    assert list(table.columns) == list(LEDGER_COLUMNS)
    assert table["total"].sum() == 4, "four of the five rows are in the clean-up"
    assert (table[list(NAME_STATUSES)].sum(axis=1) == table["total"]).all()
    at = table.set_index(["irregular", "year"])
    assert at.loc[("大", 2022), "renamed"] == 2, "both lie in the county, whatever unit they name"
    assert at.loc[("大", 2023), "to_rename"] == 1
    unknown = table[table["irregular"] == "洋"].iloc[0]
    assert pd.isna(unknown["year"])
    assert unknown["standard"] == 1


def test_a_register_without_a_clean_up_has_an_empty_ledger():
    table = name_ledger(names(), PLACES)
    assert table.empty
    assert list(table.columns) == list(LEDGER_COLUMNS)


def test_protected_names():
    assert list(protected_names(names()).index) == ["n4"]
    assert protected_names(names().drop(columns="protected")).empty
