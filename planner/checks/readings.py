"""What was assumed when the files were read: one check."""

from collections.abc import Iterator

import pandas as pd

from .finding import Finding, check


@check("FA-07", severity="info", layer="facilities", rule="presets/columns.toml units, ends, blanks")
def read_with_assumption(assumed: pd.DataFrame) -> Iterator[Finding]:
    """Cells that were read though they are not written as the column wants them.

    A number with its unit (20张, 1.2万人, 1:10000); a month or a year where a day belongs (2019年5月: the first day, or
    the last where the column says when something ends; 2019.1 is not read, for it may be what Excel left of October);
    degrees, minutes and seconds; a sign for nothing (—, 不详); a place or a facility without a name, which goes by its
    id (a warning). One finding a file, column and way, with the first
    such cell and what it was read as (coordinates are not quoted). Of any layer; `feature_id` is the column, `measure`
    counts the cells.

    Text and days merged down a column of Excel are every row's (how: merged); numbers merged so stop the run.
    """
    for row in assumed.to_dict("records"):
        quoted = () if row["how"] == "degrees" else ("text", "read")  # where a stake stands may be secret
        values = {name: row[name] for name in ("column", "n", "rows", *quoted)}
        yield Finding(
            feature_id=row["column"],
            layer=row["layer"].removeprefix("borders.").split(".")[0],
            variant=row["how"],
            severity="warning" if row["how"] == "nameless" else None,
            values=values | {"file": row["path"]},
            measure=float(row["n"]),
        )
