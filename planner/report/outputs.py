"""Write a run's folder: `write_outputs`. Every file appears whole, and all of them or none."""

import json
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from ..errors import OutputError
from ..monitoring import judge_claims
from ..pipeline import Study
from . import files, registers
from .atlas import atlas_html
from .facts import Facts, gather
from .frames import csv_tables, demand_table, edges_table, marked, snaps_table
from .maps import Pictures, draw
from .page import page_html
from .provenance import run_record
from .sheets import annex
from .story import tell
from .webmap import map_html
from .word import document

T = TypeVar("T")


def write_outputs(study: Study, out: str | Path, *, timings: Mapping[str, float] | None = None) -> Path:
    """Write all files of a run into the folder `out` and return it.

    Other files in `out` stay. Two runs of the same inputs write the same bytes but for timings.json, which holds
    `timings` (seconds by stage) and what each file took to write.

    Raises:
        OutputError: the folder cannot be written, or a file is open elsewhere; the files of the last run stay.
    """
    out = Path(out)
    refuse_unwritable(out)
    try:
        _write_beside(study, out, timings or {})
    except OSError as error:
        raise OutputError("cannot_write", path=error.filename or out, detail=error.strerror or error) from error
    return out


def refuse_unwritable(out: Path) -> None:
    """Find out before long work whether its folder can be written.

    Raises:
        OutputError: it cannot, or it is a file.
    """
    if out.exists() and not out.is_dir():
        raise OutputError("not_a_folder", path=out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out if out.exists() else out.parent, prefix=f".{out.name}-"):
            return
    except OSError as error:
        raise OutputError("cannot_write", path=out, detail=error.strerror) from error


def _write_beside(study: Study, out: Path, timings: Mapping[str, float]) -> None:
    """Write everything beside the folder, then swap it in."""
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as beside:
        whole = Path(beside) / "whole"
        (whole / "tables").mkdir(parents=True)
        spent = dict(timings) | _write_all(study, whole)
        (whole / "timings.json").write_text(_json({k: round(v, 3) for k, v in spent.items()}), encoding="utf-8")
        _swap(whole, out, Path(beside) / "before")


def _write_all(study: Study, folder: Path) -> dict[str, float]:
    """Write every file but timings.json and return how long each took."""
    spent: dict[str, float] = {}

    def timed(name: str, work: Callable[[], T]) -> T:
        began = time.perf_counter()
        result = work()
        spent[f"write.{name}"] = time.perf_counter() - began
        return result

    facts = timed("facts", lambda: gather(study))
    pictures = timed("pictures", lambda: draw(study, facts))
    writers = _writers(study, facts, pictures)
    for name, write in writers.items():
        timed(name, partial(write, folder / name))
    return spent


def _writers(study: Study, facts: Facts, pictures: Pictures) -> dict[str, Callable[[Path], object]]:
    """Return what writes each file of the contract."""
    story = tell(study, facts)
    writers: dict[str, Callable[[Path], object]] = {
        "run.json": lambda p: p.write_text(_json(run_record(study, facts)), encoding="utf-8"),
        "map.html": lambda p: p.write_text(map_html(study, facts), encoding="utf-8"),
        "report.docx": lambda p: p.write_bytes(document(story, pictures)),
        "report.html": lambda p: p.write_text(page_html(story, pictures), encoding="utf-8"),
        "annex.xlsx": lambda p: p.write_bytes(annex(study, facts)),
        "layers.gpkg": lambda p: files.write_geopackage(study, facts, p),
        "tables/demand.parquet": lambda p: marked(demand_table(study), study).to_parquet(p, index=False),
        "tables/edges.parquet": lambda p: marked(edges_table(study), study).to_parquet(p, index=False),
        "tables/snaps.parquet": lambda p: marked(snaps_table(study), study).to_parquet(p, index=False),
    }
    for name, table in csv_tables(study, facts).items():
        writers[f"tables/{name}.csv"] = partial(files.write_csv, marked(table, study))
    if study.layers.claims is not None:
        writers["tables/claims.csv"] = partial(
            files.write_csv, marked(judge_claims(study.layers.claims).reset_index(), study)
        )
    return writers | _gazetteer(study)


def _gazetteer(study: Study) -> dict[str, Callable[[Path], object]]:
    """Return what writes the place-name list, the ledger and the atlas, where the project has a gazetteer."""
    if study.layers.names is None:
        return {}
    return {
        "names.xlsx": lambda p: p.write_bytes(registers.names_workbook(study)),
        "atlas.html": lambda p: p.write_text(atlas_html(study), encoding="utf-8"),
        "tables/names.csv": lambda p: files.write_csv(marked(registers.listed(study).reset_index(), study), p),
        "tables/name_ledger.csv": lambda p: files.write_csv(marked(registers.ledger(study), study), p),
    }


def _swap(whole: Path, out: Path, before: Path) -> None:
    """Put the files of `whole` in the place of those in `out`; on a failure put the old ones back."""
    if not out.exists():
        whole.rename(out)
        return
    moved: list[Path] = []
    names = sorted(p.relative_to(whole) for p in whole.rglob("*") if p.is_file())
    try:
        for name in names:
            for folder in (out, before):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
            if (out / name).exists():
                (out / name).replace(before / name)
            moved.append(name)
            (whole / name).replace(out / name)
    except OSError:
        for name in moved:
            _restore(out / name, before / name)
        raise


def _restore(now: Path, old: Path) -> None:
    if old.exists():
        old.replace(now)
    else:
        now.unlink(missing_ok=True)


def _json(record: Mapping[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"
