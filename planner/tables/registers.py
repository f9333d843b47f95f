"""Registers that are only checked: place names, indicators, claims."""

from .contract import Column, Table

NAMES_IN_USE = ("standard", "review", "to_rename", "approved")
NAME_STATUSES = (*NAMES_IN_USE, "renamed", "former")

NAMES = Table(
    name="names",
    index=("name_id",),
    columns=(
        Column("name", required=True, note="a record without a name"),
        Column("kind", note="class of the census, as people write it; missing: not classed"),
        Column("place_id", note="the unit it lies in; missing: not said"),
        Column("pinyin", note="as registered; missing: not spelt"),
        Column("status", choices=NAME_STATUSES, note="missing: a standard name in use"),
        Column("proposed", note="the name it shall get; missing: no change is proposed"),
        Column("irregular", note="大, 洋, 怪 or 重 in the clean-up's ledger; missing: not in it"),
        Column("former", note="former names, divided by 、; missing: none known"),
        Column("alias", note="other names, divided by 、"),
        Column("entity_id", note="the thing it names; missing: not said"),
        Column("protected", note="list of protected names it stands in (heritage, red …); missing: none"),
        Column("approval", note="number of the approval; missing: not known"),
        Column("named", "date", note="when it was given; missing: not known"),
        Column("applied", "date"),
        Column("approved", "date"),
        Column("built_up", note="the built-up area it lies in; missing: its county counts"),
        Column("named_after", note="the place or the name_id it takes its name from"),
        Column("area_m2", "number", least=0),
        Column("floor_m2", "number", least=0),
        Column("length_m", "number", least=0),
        Column("signs", "count", least=0, note="missing: not counted"),
        Column("sign", note="what its sign says"),
        Column("sign_pinyin"),
        Column("meaning"),
        Column("history"),
        Column("remark"),
    ),
    geometry="any",
    bare=True,
)

PROPERTIES = ("binding", "expected")

INDICATORS = Table(
    name="indicators",
    index=("indicator_id",),
    columns=(
        Column("name", required=True),
        Column("place_id", note="missing: the whole project"),
        Column("unit"),
        Column("property", choices=PROPERTIES, note="约束性 or 预期性; missing: not said"),
        Column("base", "number", note="missing: not said"),
        Column("base_year", "count", note="base is that of its end; missing: the way is not judged"),
        Column("target", "number", note="missing: no target, no status"),
        Column("year", "count", note="by whose end the target is to be reached"),
        Column("actual", "number", note="on the project's day; missing: not known"),
        Column("parts", note="ids of the indicators whose sum it is, divided by ;"),
        Column("part", note="with whole: the id, or the number, it is a share of, in its unit"),
        Column("whole", note="the id, or the number, of the whole"),
        Column("growth_of", note="the id of the indicator whose growth a year it is, in %"),
        Column("source"),
    ),
)

CLAIM_KINDS = ("sum", "ratio", "growth", "count")

CLAIMS = Table(
    name="claims",
    index=("claim_id",),
    columns=(
        Column("kind", required=True, choices=CLAIM_KINDS),
        Column("said", required=True, note="the figure as printed, without its unit"),
        Column("unit", note="%, ‰ or /万; missing: a plain number, of a count %"),
        Column("parts", note="sum: the summands as printed, divided by ;"),
        Column("part", note="ratio: as printed, 6.2万 is less exact than 62000"),
        Column("whole", note="ratio, count; missing: not said"),
        Column("start", note="growth"),
        Column("end", note="growth"),
        Column("years", "number", least=1, note="growth a year over so many years; missing: growth in all"),
        Column("most", "count", least=1, note="count: the largest whole it may be of; missing: 120"),
        Column("group", note="claims of one group are of one whole"),
        Column("text", note="the sentence it stands in"),
    ),
)
