"""The circle of 5, 10 and 15 minutes by three modes: classes of people, or nine shares."""

from collections.abc import Iterator

from ...coverage import Circle, Share
from ...coverage.circle import CLASSES
from ...pipeline import circle_modes
from ..blocks import Block, Heading, Paragraph, Table
from ..facts import ServiceFacts
from ..style import number
from .scene import Scene


def circle(scene: Scene) -> Iterator[Block]:
    """Tell who is within the circle of each service, how it was read, and what "about" changes."""
    told = [s for s in scene.facts.services if s.service.id in scene.study.circles]
    if not told:
        return
    words, rule = scene.words, scene.study.project.circle
    assert rule is not None
    first = scene.study.circles[told[0].service.id]
    yield Heading(1, words("circle"))
    far = words("circle_transit") if first.far == "transit" else words("circle_drive")
    times = {"walk": rule.walk_min, "bike": rule.bike_min, "far": rule.far_min}
    yield Paragraph(words("circle_text", by=far, **{k: number(v) for k, v in times.items()}))
    chosen = first.far == "drive" and scene.study.project.transit is not None
    yield Paragraph(
        words("circle_far_chosen" if chosen else f"circle_far_{first.far}") + _reading_of_minutes(scene, told[0], first)
    )
    if rule.reading == "respective":
        yield _classes(scene, told)
        if first.tolerance:
            yield _bands(scene, told)
    else:
        yield Paragraph(words("circle_matrix_text"))
        yield from (_matrix(scene, s) for s in told)


def _reading_of_minutes(scene: Scene, s: ServiceFacts, circle: Circle) -> str:
    """Say which minutes of public transport count."""
    if circle.far != "transit":
        return ""
    project = scene.study.project
    assert project.circle is not None
    assert project.transit is not None
    mode = circle_modes(s.service, project, project.circle)["transit"]
    begin, end = project.transit.window
    metres = number(getattr(mode, "stop_walk_m", None))
    return scene.words(f"circle_{project.circle.transit_time}", metres=metres, begin=begin, end=end)


def _counted(scene: Scene, share: Share) -> str:
    return f"{scene.words.percent(share.share)}\n{scene.words.count(share.covered)}"


def _classes(scene: Scene, told: list[ServiceFacts]) -> Table:
    words = scene.words
    rows = []
    for s in told:
        circle, weight = scene.study.circles[s.service.id], s.service.weight
        shares = [circle.share(c, weight) for c in CLASSES]
        whole = words.name("weight", weight) + f"\n{words.count(shares[0].demand)}"
        rows.append((s.service.name, whole, *(_counted(scene, share) for share in shares)))
    return Table(
        caption=words("circle_caption"),
        unit=words("circle_unit"),
        columns=(words("service"), words("counted"), *(words.name("class", c) for c in CLASSES)),
        align="llrrrr",
        widths=(1.7, 1.4, 1.2, 1.2, 1.2, 1.2),
        rows=tuple(rows),
    )


def _bands(scene: Scene, told: list[ServiceFacts]) -> Table:
    """Say what the classes are where every promise is a tenth shorter or longer."""
    words, tolerance = scene.words, scene.study.circles[told[0].service.id].tolerance
    rows = []
    for s in told:
        circle, weight = scene.study.circles[s.service.id], s.service.weight
        for band in circle.bands:
            promise = "/".join(number(round(m * band, 6)) for m in circle.minutes.values())
            shares = [circle.share(c, weight, band=band) for c in CLASSES]
            rows.append((s.service.name, promise, *(_counted(scene, share) for share in shares)))
    return Table(
        caption=words("circle_bands_caption", percent=f"{number(100 * tolerance)}%"),
        unit=words("circle_unit"),
        columns=(words("service"), words("circle_minutes"), *(words.name("class", c) for c in CLASSES)),
        align="llrrrr",
        widths=(1.7, 1.4, 1.2, 1.2, 1.2, 1.2),
        rows=tuple(rows),
    )


def _matrix(scene: Scene, s: ServiceFacts) -> Table:
    words, circle, weight = scene.words, scene.study.circles[s.service.id], s.service.weight
    promises = sorted(circle.minutes.values())
    rows = tuple(
        (words.name("mode", mode), *(_counted(scene, circle.within(mode, m, weight)) for m in promises))
        for mode in circle.minutes
    )
    people = words.name("weight", weight), words.count(float(circle.demand[weight].sum()), words.unit(weight))
    return Table(
        caption=words("circle_matrix_caption", service=s.service.name, weight=people[0], total=people[1]),
        unit=words("circle_unit"),
        columns=(words("mode"), *(words("circle_within", minutes=number(m)) for m in promises)),
        align="lrrr",
        widths=(1.4, 1.2, 1.2, 1.2),
        rows=rows,
    )
