"""What the report says, before it is a Word file or a page: `tell(study, facts) -> Story`.

Every number comes from `Facts`; both renderings read the same blocks, so they cannot differ.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..pipeline import Study
from .facts import Facts, ServiceFacts
from .frames import communities_text, findings_table
from .provenance import planner_version, run_id
from .style import Words, number

_ROWS = 10  # of a long list in the report; the annex has all
_COMMUNITIES = 4  # named in a site's row


@dataclass(frozen=True)
class Heading:
    """A chapter (level 1) or a section of it (level 2), numbered as official papers do."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `kind` is body or note."""

    text: str
    kind: str = "body"


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table as text. `align` has l or r a column; `widths` are shares of the page; `total` marks the last row."""

    caption: str
    unit: str = ""
    columns: tuple[str, ...]
    align: str
    widths: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]
    total: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture by its name in `Pictures`."""

    key: str
    caption: str


Block = Heading | Paragraph | Table | Picture


@dataclass(frozen=True, kw_only=True)
class Story:
    """The report: what stands on every page, and its blocks in order."""

    language: str
    title: str
    subtitle: str
    sample: str
    notice: str
    run: str
    date: Any
    attribution: str
    blocks: tuple[Block, ...] = field(default=())


def tell(study: Study, facts: Facts) -> Story:
    """Return the report of a study; chapters that would have nothing to say are left out."""
    about, words = study.project.about, Words(study.project.language)
    teller = _Teller(study, facts, words)
    return Story(
        language=about.language,
        title=about.title or about.name,
        subtitle=words("subtitle"),
        sample=words("sample") if about.sample else "",
        notice=words("notice"),
        run=words("run", run=run_id(study), version=planner_version(), date=about.date.isoformat()),
        date=about.date,
        attribution=words("attribution", attribution=about.attribution),
        blocks=tuple(_numbered(teller.blocks(), words)),
    )


def _numbered(blocks: Iterator[Block], words: Words) -> Iterator[Block]:
    """Number chapters, sections, tables and pictures in the order in which they come."""
    chapter = section = table = picture = 0
    for block in blocks:
        match block:
            case Heading(level=1):
                chapter, section = chapter + 1, 0
                yield Heading(1, words("chapter", n=words.name("numeral", chapter), text=block.text))
            case Heading():
                section += 1
                n = words.name("numeral", section)
                yield Heading(2, words("section", chapter=chapter, n=n, text=block.text))
            case Table():
                table += 1
                yield Table(**vars(block) | {"caption": words("table", n=table, text=block.caption)})
            case Picture():
                picture += 1
                yield Picture(block.key, words("picture", n=picture, text=block.caption))
            case _:
                yield block


class _Teller:
    """Tells the chapters one after the other."""

    def __init__(self, study: Study, facts: Facts, words: Words) -> None:
        self.study = study
        self.facts = facts
        self.words = words
        self.covered = [s for s in facts.services if s.coverage is not None]

    def blocks(self) -> Iterator[Block]:
        """Return the whole report."""
        for chapter in (
            self._summary, self._basics, self._grounds, self._coverage, self._uncovered,
            self._gaps, self._sites, self._checks, self._method, self._conclusion, self._appendix,
        ):  # fmt: skip
            yield from chapter()

    def _summary(self) -> Iterator[Block]:
        for s in self.covered:
            yield Paragraph(self._headline(s))

    def _headline(self, s: ServiceFacts) -> str:
        """Return the service in one sentence: coverage, both walks, nominal coverage."""
        words, unit = self.words, self.words.unit(s.service.weight)
        assert s.coverage is not None
        parts = [
            words(
                "headline",
                service=s.service.name,
                promise=self._promise(s),
                weight=words.name("weight", s.service.weight),
                share=words.share(s.coverage, unit),
            )
        ]
        walks = [words("headline_walk", metres=number(w.metres), share=words.share(w.share, unit)) for w in s.walks]
        parts += [words("headline_walks", walks=words("semicolon").join(walks))] if walks else []
        parts += [self._nominal(s)] if s.nominal else []
        if s.plan is not None:
            parts.append(self._after(s))
        return "".join(parts)

    def _promise(self, s: ServiceFacts) -> str:
        key = f"promise_{s.service.mode}"
        return self.words(key, minutes=number(s.service.standard_min))

    def _nominal(self, s: ServiceFacts) -> str:
        assert s.nominal is not None
        words, rule = self.words, s.nominal
        level = words.name("level", rule.level)
        return words(
            "headline_nominal", level=level, n=rule.at_least, share=words.share(rule.share, words("unit_unit"))
        )

    def _after(self, s: ServiceFacts) -> str:
        assert s.plan is not None
        words, unit = self.words, self.words.unit(s.service.weight)
        return words(
            "headline_plan",
            n=len(s.plan.sites),
            newly=words.count(s.plan.newly, unit),
            before=words.percent(s.plan.before.share),
            after=words.share(s.plan.after, unit),
        )

    def _basics(self) -> Iterator[Block]:
        words, facts = self.words, self.facts
        yield Heading(1, words("basics"))
        levels = [
            words("n_units", n=words.count(n), level=words.name("level", level)) for level, n in facts.levels.items()
        ]
        yield Paragraph(words("area", area=facts.area, levels=words.listed(levels), n=words.count(facts.n_demand)))
        totals = [
            words.colon(words.name("weight", w), words.count(total, words.unit(w))) for w, total in facts.totals.items()
        ]
        yield Paragraph(words("population", totals=words.listed(totals)))
        if len(facts.parts) > 1:
            yield self._parts()
        yield self._facilities()

    def _parts(self) -> Table:
        words, facts = self.words, self.facts
        weights = list(facts.totals)
        parts = facts.parts
        rows = [(str(r["name"]), *(words.count(r[w]) for w in weights)) for _, r in parts.iterrows()]
        total = (words("total"), *(words.count(parts[w].sum()) for w in weights))
        level = words.name("level", parts["level"].iloc[0])
        return Table(
            caption=words("parts_caption", level=level),
            unit=words("parts_unit"),
            columns=(level, *(words.name("weight", w) for w in weights)),
            align="l" + "r" * len(weights),
            widths=(1.6, *(1.0,) * len(weights)),
            rows=(*rows, total),
            total=True,
        )

    def _facilities(self) -> Table:
        words = self.words
        rows = tuple(
            (s.service.name, words.count(len(s.facilities)), words.count(len(s.not_counted)), self._status_counts(s))
            for s in self.facts.services
        )
        return Table(
            caption=words("facilities_caption", date=self.study.project.about.date.isoformat()),
            unit=words("unit_facilities"),
            columns=(words("service"), words("in_service"), words("not_in_service"), words("of_which")),
            align="lrrl",
            widths=(2.2, 1, 1, 2),
            rows=rows,
        )

    def _status_counts(self, s: ServiceFacts) -> str:
        if "status" not in s.not_counted or s.not_counted.empty:
            return "—"
        counts = s.not_counted["status"].value_counts().sort_index()
        return self.words.listed([f"{self.words.name('facility', k)} {n}" for k, n in counts.items()])

    def _grounds(self) -> Iterator[Block]:
        words = self.words
        yield Heading(1, words("grounds"))
        yield Paragraph(words("grounds_text"))
        said = {p.key: p for p in self.study.project.parameters}
        rows = []
        for s in self.facts.services:
            standard = said.get(f"services.{s.service.id}.standard_min")
            rows.append(
                (
                    s.service.name,
                    words.name("mode", s.service.mode),
                    number(s.service.speed_mps),
                    number(s.service.standard_min),
                    words.name("weight", s.service.weight),
                    self._source(standard.source) if standard else "",
                    words.name("confidence", standard.confidence) if standard else "",
                )
            )
        yield Table(
            caption=words("standards_caption"),
            columns=tuple(words(k) for k in ("service", "mode", "speed", "standard", "weight", "source", "confidence")),
            align="llrrlll",
            widths=(1.5, 0.7, 0.8, 0.8, 1.0, 2.6, 0.9),
            rows=tuple(rows),
        )
        yield Paragraph(words("confidence_note"), "note")

    def _source(self, source: str) -> str:
        return self.words("own_source") if source == "planner.toml" else self.words.typeset(source)

    def _coverage(self) -> Iterator[Block]:
        if not self.covered:
            return
        words = self.words
        yield Heading(1, words("coverage"))
        yield Paragraph(words("coverage_text"))
        yield self._coverage_table()
        for s in self.covered:
            yield Heading(2, s.service.name)
            yield Paragraph(self._headline_now(s))
            if len(self.facts.parts) > 1:
                yield self._coverage_parts(s)
            caption = words("coverage_picture", service=s.service.name, weight=words.name("weight", s.service.weight))
            yield Picture(f"coverage.{s.service.id}", caption)

    def _headline_now(self, s: ServiceFacts) -> str:
        words = self.words
        assert s.coverage is not None
        known = sum(s.statuses.values())
        counts = {k: words.count(n) for k, n in s.statuses.items()}
        limits = self.study.project.limits
        return words(
            "status_counts",
            promise=self._promise(s),
            share=words.share(s.coverage, words.unit(s.service.weight)),
            weight=words.name("weight", s.service.weight),
            level=words.name("level", self.facts.smallest),
            n=words.count(known),
            high=words.percent(limits.covered_from),
            low=words.percent(limits.partial_from),
            **counts,
        )

    def _coverage_table(self) -> Table:
        words = self.words
        rows = []
        for s in self.covered:
            assert s.coverage is not None
            walks = {w.metres: words.percent(w.share.share) + f"\n{words.count(w.share.covered)}" for w in s.walks}
            nominal = words.percent(s.nominal.share.share) if s.nominal else "—"
            counted = (
                f"\n{number(s.nominal.share.covered)}/{number(s.nominal.share.demand)} "
                + words.name("level", s.nominal.level)
                if s.nominal
                else ""
            )
            rows.append(
                (
                    s.service.name,
                    words.name("weight", s.service.weight) + f"\n{words.count(s.coverage.demand)}",
                    words.percent(s.coverage.share) + f"\n{words.count(s.coverage.covered)}",
                    walks.get(800, "—"),
                    walks.get(1000, "—"),
                    nominal + counted,
                )
            )
        return Table(
            caption=words("coverage_caption"),
            unit=words("coverage_unit"),
            columns=tuple(
                words(k) for k in ("service", "counted", "effective", "walk_800", "walk_1000", "nominal_coverage")
            ),
            align="llrrrr",
            widths=(1.7, 1.3, 1.2, 1.2, 1.2, 1.3),
            rows=tuple(rows),
        )

    def _coverage_parts(self, s: ServiceFacts) -> Table:
        words, by_place = self.words, self.study.by_place
        mine = by_place[(by_place["service"] == s.service.id) & (by_place["weight"] == s.service.weight)]
        mine = mine.set_index("place_id")
        rows = []
        for place_id, part in self.facts.parts.iterrows():
            row = mine.loc[place_id] if place_id in mine.index else None
            shown = (
                ("—",) * 4
                if row is None
                else (
                    words.count(row["demand"]), words.count(row["covered"]), words.percent(row["share"]),
                    words.count(row["facilities"]),
                )
            )  # fmt: skip
            rows.append((str(part["name"]), *shown))
        level = words.name("level", self.facts.parts["level"].iloc[0])
        assert s.coverage is not None
        total = (
            words("total"), words.count(s.coverage.demand), words.count(s.coverage.covered),
            words.percent(s.coverage.share), words.count(len(s.facilities)),
        )  # fmt: skip
        return Table(
            caption=words("parts_coverage_caption", service=s.service.name, level=level),
            unit=words("of_unit", unit=words.unit(s.service.weight)),
            columns=(
                level,
                words.name("weight", s.service.weight),
                *(words(k) for k in ("covered", "share_column", "in_service")),
            ),
            align="lrrrr",
            widths=(1.6, 1.2, 1.2, 1, 1),
            rows=(*rows, total),
            total=True,
        )

    def _uncovered(self) -> Iterator[Block]:
        tables = [t for s in self.covered if (t := self._uncovered_table(s)) is not None]
        if tables:
            level = self.words.name("level", self.facts.smallest)
            yield Heading(1, self.words("uncovered", level=level))
            yield Paragraph(self.words("uncovered_text", level=level, n=_ROWS))
            yield from tables

    def _uncovered_table(self, s: ServiceFacts) -> Table | None:
        words, names = self.words, self.facts.places["full_name"]
        open_ = self.study.uncovered
        if open_.empty:
            return None
        mine = open_[
            (open_["service"] == s.service.id) & open_["place_id"].isin(s.places.index[s.places["share"].notna()])
        ]
        mine = mine[mine["status"] != "covered"]
        if mine.empty:
            return None
        rows = tuple(
            (
                str(names.get(r["place_id"], r["name"])), words.count(r["demand"]), words.count(r["uncovered"]),
                words.percent(r["share"]), words.name("status", r["status"]),
                words.minutes(r["nearest_min"], s.service.cutoff_min), words.name("cause", r["cause"]),
            )
            for _, r in mine.head(_ROWS).iterrows()
        )  # fmt: skip
        caption = words(
            "uncovered_caption",
            service=s.service.name,
            level=words.name("level", self.facts.smallest),
            n=len(rows),
            all=len(mine),
        )
        return Table(
            caption=caption,
            unit=words("of_unit", unit=words.unit(s.service.weight)),
            columns=(
                words.name("level", self.facts.smallest), words.name("weight", s.service.weight),
                *(words(k) for k in ("not_covered", "share_column", "status", "nearest", "cause")),
            ),
            align="lrrrlrl",
            widths=(2.2, 1.15, 0.9, 0.9, 1.15, 1.1, 1.1),
            rows=rows,
        )  # fmt: skip

    def _gaps(self) -> Iterator[Block]:
        held = [s for s in self.covered if s.gaps is not None]
        if not held:
            return
        words = self.words
        limits = self.study.project.limits
        yield Heading(1, words("gaps"))
        yield Paragraph(
            words(
                "gaps_text",
                reach=number(limits.gap_reach_m),
                extent=number(limits.gap_extent_m),
                people=number(limits.gap_people_min),
            )
        )
        for s in held:
            assert s.gaps is not None
            if s.gaps.uncovered > 0:
                yield Paragraph(self._gap_sum(s))
                yield from self._gap_table(s)
            else:
                yield Paragraph(words("no_gaps", service=s.service.name))

    def _gap_sum(self, s: ServiceFacts) -> str:
        assert s.gaps is not None
        words, unit = self.words, self.words.unit(s.service.weight)
        return words(
            "gap_sum",
            service=s.service.name,
            uncovered=words.count(s.gaps.uncovered, unit),
            weight=words.name("weight", s.service.weight),
            n=words.count(len(s.gaps.table) + s.gaps.hidden),
            inside=words.count(s.gaps.in_gaps, unit),
            scattered=words.count(s.gaps.scattered, unit),
        )

    def _gap_table(self, s: ServiceFacts) -> Iterator[Table]:
        assert s.gaps is not None
        words, table = self.words, s.gaps.table
        shown = table.head(_ROWS)
        rows = [
            (
                str(r["rank"]), str(r["name"]), words.count(r["demand"]),
                words.minutes(r["nearest_min"], s.service.cutoff_min), words.name("cause", r["cause"]),
            )
            for _, r in shown.iterrows()
        ]  # fmt: skip
        rest = len(table) + s.gaps.hidden - len(shown)
        if rest:
            others = s.gaps.in_gaps - float(shown["demand"].sum())
            rows.append(("", words("other_gaps", n=rest), words.count(others), "", ""))
        rows.append(("", words("scattered"), words.count(s.gaps.scattered), "", ""))
        rows.append(("", words("total"), words.count(s.gaps.uncovered), "", ""))
        yield Table(
            caption=words("gaps_caption", service=s.service.name),
            unit=words("of_unit", unit=words.unit(s.service.weight)),
            columns=(
                words("rank"), words("gap_name"), words.name("weight", s.service.weight),
                words("median_minutes"), words("cause"),
            ),
            align="rlrrl",
            widths=(0.6, 3.6, 1.2, 1.3, 1.2),
            rows=tuple(rows),
            total=True,
        )  # fmt: skip

    def _sites(self) -> Iterator[Block]:
        held = [s for s in self.covered if s.plan is not None]
        if not held:
            return
        words = self.words
        yield Heading(1, words("sites"))
        yield Paragraph(words("sites_text"))
        for s in held:
            assert s.plan is not None
            yield Heading(2, s.service.name)
            yield Paragraph(words.typeset(s.plan.summary))
            yield Paragraph(self._change(s))
            yield self._site_table(s)
            if s.plan.indicative:
                yield Paragraph(words("indicative"), "note")
            yield Picture(f"sites.{s.service.id}", words("sites_picture", service=s.service.name))

    def _change(self, s: ServiceFacts) -> str:
        assert s.plan is not None
        words, unit = self.words, self.words.unit(s.service.weight)
        points = (
            "—"
            if s.plan.before.share is None or s.plan.after.share is None
            else f"{100 * (s.plan.after.share - s.plan.before.share):.1f}"
        )
        text = words(
            "change",
            promise=self._promise(s),
            weight=words.name("weight", s.service.weight),
            before=words.share(s.plan.before, unit),
            after=words.share(s.plan.after, unit),
            points=points,
            newly=words.count(s.plan.newly, unit),
        )
        if s.plan.cost is not None:
            text += words("cost_total", cost=self._money(s.plan.cost))
        return text

    def _money(self, yuan: float) -> str:
        return f"{yuan / 10000:,.1f}" if self.words.language == "zh" else f"{yuan / 1000:,.0f}"

    def _site_table(self, s: ServiceFacts) -> Table:
        assert s.plan is not None
        words, unit = self.words, self.words.unit(s.service.weight)
        costed = bool(s.plan.sites["cost"].notna().any())
        rows = []
        for i, r in s.plan.sites.iterrows():
            row = (
                str(r["rank"]),
                f"{r['name']}\n{r['place'] or i}",
                words.count(r["newly"]),
                self._named(r["communities"], unit),
            )
            rows.append((*row, self._money(r["cost"]) if r["cost"] == r["cost"] else "—") if costed else row)
        total = ("", words("total"), words.count(s.plan.newly), "")
        cost = (self._money(s.plan.cost) if s.plan.cost is not None else "—",) if costed else ()
        return Table(
            caption=words("sites_caption", service=s.service.name),
            unit=words("sites_unit" if costed else "of_unit", unit=unit),
            columns=(
                words("rank"), words("site_name"), words("newly"), words("in_communities"),
                *((words("cost"),) if costed else ()),
            ),
            align="rlrl" + "r" * costed,
            widths=(0.6, 2.2, 1.0, 3.2, *((1.0,) if costed else ())),
            rows=(*rows, (*total, *cost)),
            total=True,
        )  # fmt: skip

    def _named(self, pairs: Any, unit: str) -> str:
        if not isinstance(pairs, tuple):
            return "—"
        text = communities_text(pairs[:_COMMUNITIES], self.words, unit)
        return text + (self.words("and_more", n=len(pairs) - _COMMUNITIES) if len(pairs) > _COMMUNITIES else "")

    def _checks(self) -> Iterator[Block]:
        counts, words = self.facts.findings, self.words
        if counts is None:
            return
        yield Heading(1, words("checks"))
        if not sum(counts.values()):
            yield Paragraph(words("no_findings"))
            return
        yield Paragraph(words("findings_text", **{k: words.count(n) for k, n in counts.items()}))
        table = findings_table(self.study)
        shown = table.head(_ROWS)
        yield Table(
            caption=words("findings_caption", n=len(shown), all=len(table)),
            columns=tuple(words(k) for k in ("code", "severity", "layer", "feature", "message")),
            align="lllll",
            widths=(0.8, 0.7, 1.2, 1.3, 4),
            rows=tuple(
                (
                    str(r["code"]), words.name("severity", r["severity"]), self._layer(r["layer"]),
                    words.name("feature", r["feature_id"]), str(r["message"]),
                )
                for _, r in shown.iterrows()
            ),
        )  # fmt: skip

    def _layer(self, layer: object) -> str:
        """Return "设施·日间照料中心" for facilities.day_care."""
        kind, _, rest = str(layer).partition(".")
        service = next((s.service.name for s in self.facts.services if s.service.id == rest), rest)
        return self.words.name("layer", kind) + (f"·{service}" if service else "")

    def _method(self) -> Iterator[Block]:
        if not self.covered:
            return
        words, limits = self.words, self.study.project.limits
        yield Heading(1, words("method"))
        yield Paragraph(words("method_minutes"))
        yield Paragraph(words("method_snap", snap=number(limits.snap_max_m)))
        yield Paragraph(words("method_nominal"))
        yield Paragraph(words("method_limits"))
        if any(s.plan and s.plan.indicative for s in self.facts.services):
            yield Paragraph(words("indicative"))
        yield Paragraph(words("method_map"))

    def _conclusion(self) -> Iterator[Block]:
        planned = [s for s in self.covered if s.plan is not None and len(s.plan.sites)]
        if not self.covered:
            return
        words = self.words
        yield Heading(1, words("conclusion"))
        worst = min(self.covered, key=lambda s: s.coverage.share if s.coverage and s.coverage.share is not None else 2)
        assert worst.coverage is not None
        yield Paragraph(
            words(
                "conclusion_worst",
                service=worst.service.name,
                promise=self._promise(worst),
                weight=words.name("weight", worst.service.weight),
                share=words.share(worst.coverage, words.unit(worst.service.weight)),
            )
        )
        for s in planned:
            assert s.plan is not None
            yield Paragraph(
                words(
                    "conclusion_plan",
                    service=s.service.name,
                    n=len(s.plan.sites),
                    sites=words.listed([str(n) for n in s.plan.sites["name"]]),
                    after=words.share(s.plan.after, words.unit(s.service.weight)),
                )
            )

    def _appendix(self) -> Iterator[Block]:
        words, parameters = self.words, self.study.project.parameters
        yield Heading(1, words("appendix"))
        yield Table(
            caption=words("parameters_caption"),
            columns=tuple(words(k) for k in ("parameter", "value", "source", "confidence")),
            align="lrll",
            widths=(2.6, 1.5, 4.4, 1.1),
            rows=tuple(
                (
                    self.parameter(p.key), parameter_value(p.value, p.unit, words),
                    self._source(p.source), words.name("confidence", p.confidence),
                )
                for p in parameters
            ),
        )  # fmt: skip
        yield Table(
            caption=words("inputs_caption"),
            columns=tuple(words(k) for k in ("layer", "file", "rows", "datum", "sha256")),
            align="llrll",
            widths=(1.6, 2.4, 0.8, 0.9, 1.6),
            rows=tuple(
                (self._layer(i.layer), i.path, words.count(i.rows), i.crs or "—", i.sha256[:12])
                for i in self.study.layers.inputs
            ),
        )

    def parameter(self, key: str) -> str:
        """Return "日间照料中心·步速" for services.day_care.speed_mps."""
        return parameter_name(key, {s.service.id: s.service.name for s in self.facts.services}, self.words)


def parameter_value(value: float | str, unit: str, words: Words) -> str:
    """Return "0.89 m/s", or the word for a mode or a weight."""
    if isinstance(value, str):
        return words.name("weight", words.name("mode", value))
    return f"{number(value)} {words.name('unit', unit)}".strip()


def parameter_name(key: str, services: dict[str, str], words: Words) -> str:
    """Return what a parameter is called: the service and what is set."""
    parts: Sequence[str] = key.split(".")
    name = words.name("parameter", parts[-1])
    return f"{services.get(parts[1], parts[1])}·{name}" if parts[0] == "services" else name
