"""The command line: parse, call, print. Exit codes: 0 fine, 1 `check` found errors, 2 wrong use or bad input."""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import texts
from .errors import MissingFileError, OutputError, PlannerError, ProjectError

if TYPE_CHECKING:
    from .pipeline import Study
    from .project import Project

_STAGES = "layers|check|network|travel|coverage|gaps|sites|report"
_UNTIL = "the last stage; stopping early writes files only with --out"
_EPILOG = (
    "退出码 0 正常;1 检查发现错误;2 用法或输入有误 · exit codes: 0 fine, 1 check found errors, 2 wrong use or bad input"
)
_SELDOM = (20_000, 50, 100)  # tables live until a run ends; looking for circles among them is a tenth of its time
app = typer.Typer(
    help="公共服务设施覆盖评估与选址 · Who is too far from a public service, and where to build next.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_File = Annotated[Path, typer.Argument(help="项目文件 planner.toml · the project file", metavar="FILE.toml")]
_Out = Annotated[
    Path | None, typer.Option("--out", help="结果文件夹,默认 outputs/<name> · the run's folder", metavar="DIR")
]


@app.command()
def demo(
    out: _Out = None,
    faulty: Annotated[
        bool, typer.Option("--faulty", help="用埋有错误的样例数据,看检查能查出什么 · the copy with planted errors")
    ] = False,
    systems: Annotated[
        bool, typer.Option("--systems", help="同一城市的服务体系(1+N、中央厨房等)· the city with systems of services")
    ] = False,
) -> None:
    """运行内置示例城市(武汉核心区,示例数据)· Run the embedded city."""
    if faulty and systems:
        raise typer.BadParameter("--faulty | --systems", param_hint="--systems")
    part = "faulty" if faulty else "systems" if systems else ""
    study = _run(_demo_folder() / part / "planner.toml", "report", out)
    if faulty:
        _report_findings(study)
        if _errors(study):
            raise typer.Exit(1)


@app.command()
def run(
    file: _File,
    until: Annotated[
        str,
        typer.Option(
            "--until",
            help=f"运行到哪一步,提前停下时要用 --out 才写文件 · {_UNTIL}: {_STAGES}",
            metavar="STAGE",
        ),
    ] = ("report"),
    scenario: Annotated[
        Path | None,
        typer.Option(
            "--scenario",
            help="情景文件,结果默认在 outputs/<name>-<情景文件名> · what if: edits to the inputs",
            metavar="FILE.toml",
        ),
    ] = None,
    out: _Out = None,
) -> None:
    """从数据到地图、报告和附表 · Run a project: map, report, annex and tables."""
    if until not in _STAGES.split("|"):
        raise typer.BadParameter(f"{until}: {_STAGES}", param_hint="--until")
    _run(file, until, out, scenario)


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(help="先前的结果文件夹 · the folder of a run", metavar="RUN")],
    after: Annotated[Path, typer.Argument(help="之后的结果文件夹 · the folder of another", metavar="RUN")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="写到哪里,默认在后者之内 · where to", metavar="DIR")
    ] = None,
) -> None:
    """比较同一项目的两次运行 · Compare two runs of one project: compare.html and tables."""
    from .report.compare import compare_runs, write_comparison

    comparison = compare_runs(before, after)
    folder = write_comparison(comparison, output or after)
    for line in comparison.headlines:
        _print(line)
    _print(texts.say(comparison.language, "cli", "compared", path=folder))


@app.command()
def check(
    file: _File,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="结果文件夹,默认 outputs/<name>-check · where findings and map go", metavar="DIR"),
    ] = None,
) -> None:
    """只检查数据,不计算 · Check the data: list, map and report of findings; exit code 1 where there are errors."""
    if _errors(_run(file, "check", out, checked=True)):
        raise typer.Exit(1)


@app.command()
def new(
    directory: Annotated[Path, typer.Argument(help="新项目文件夹 · folder of the new project", metavar="DIR")],
) -> None:
    """新建项目文件样板 · Write a planner.toml to start from."""
    target = directory / "planner.toml"
    if target.exists():
        raise ProjectError("exists", path=target)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        target.write_text(texts.template(), encoding="utf-8")
    except OSError as error:
        raise OutputError("cannot_write", path=target, detail=error.strerror) from error
    _print(texts.say("zh", "cli", "new", path=target))


@app.command()
def streets(
    place: Annotated[str, typer.Option("--place", help="地名,如“南京市鼓楼区”· a place name", metavar="NAME")],
    output: Annotated[Path, typer.Option("-o", "--output", help=".graphml", metavar="FILE")],
) -> None:
    """用 OSMnx 下载路网(唯一联网的命令)· Download streets with OSMnx: the only command that uses the network."""
    from .layers.download import download_streets

    download_streets(place, output)
    _print(texts.say("zh", "cli", "streets", path=output))


def main() -> None:
    """Run the command line; what the user can mend is one message and exit code 2."""
    gc.set_threshold(*_SELDOM)
    try:
        app()
    except PlannerError as error:
        typer.echo(error.text(_language_of(sys.argv)), err=True)
        raise SystemExit(2) from None


def _run(file: Path, until: str, out: Path | None, scenario: Path | None = None, *, checked: bool = False) -> "Study":
    """Run a project and write what it found; a run that stops early writes only where it is told to."""
    from .pipeline import run as run_study
    from .project import load_project, load_scenario
    from .report.outputs import refuse_unwritable, write_outputs

    project = load_project(file)
    what_if = load_scenario(scenario) if scenario else None
    part = f"-{scenario.stem}" if scenario else "-check" if checked else ""
    folder = out or Path("outputs") / (project.name + part)
    writes = until == "report" or checked or out is not None
    if writes:
        refuse_unwritable(folder)
    timings: dict[str, float] = {}
    with _timed(timings, project.language) as progress:
        study = run_study(project, until=until, progress=progress, scenario=what_if)
        if writes:
            progress("report")
            write_outputs(study, folder, timings=timings)
    (_report_findings if checked else _summary)(study)
    if writes:
        _print(texts.say(project.language, "cli", "written", path=folder, seconds=sum(timings.values())))
    return study


def _summary(study: "Study") -> None:
    """Print how many of whom are within the standard of each service, and what makes that uncertain."""
    project = study.project
    for service in (s for s in project.services if s.id in study.coverage):
        share = study.coverage[service.id].share(service.weight)
        values = {"name": service.name, "minutes": f"{service.standard_min:g}", "percent": 100 * (share.share or 0.0)}
        values |= {"mode": _word(project, service.mode), "weight": _word(project, service.weight)}
        _print(texts.say(project.language, "cli", "headline", **values, covered=share.covered, demand=share.demand))
    for caution in study.cautions:
        _print(caution)


def _word(project: "Project", key: str) -> str:
    return texts.load(project.language)["words"].get(key, key)


def _errors(study: "Study") -> int:
    """Return how many errors stand that the project does not accept."""
    from .checks import count

    assert study.findings is not None
    return count(study.findings)["error"]


def _report_findings(study: "Study") -> None:
    """Print every finding, then how many."""
    from .checks import count
    from .report.secret import open_findings
    from .tables import three

    language = study.project.language
    findings = open_findings(study)
    assert findings is not None
    for _, finding in findings.iterrows():
        mark = texts.say(language, "cli", finding["severity"])
        why = finding["accepted"]
        told = texts.say(language, "report", "accepted_mark", reason=why) if isinstance(why, str) and why else ""
        _print(f"{mark} {finding['code']}  {finding[f'message_{language}']}{told}")
    kept = int(findings["accepted"].notna().sum())
    told = texts.say(language, "cli", "counted_accepted", n=kept) if kept else ""
    _print(texts.say(language, "cli", "counted", **count(findings)) + told)
    if study.unmatched:
        _print(texts.say(language, "report", "unmatched", n=len(study.unmatched), which=three(study.unmatched)))


@contextmanager
def _timed(timings: dict[str, float], language: str) -> Iterator[Callable[[str], None]]:
    """Yield a progress callback that tells the user of each stage and notes how long it took."""
    begun: list[tuple[str, float]] = []

    def close() -> None:
        for stage, since in begun:
            timings[stage] = round(perf_counter() - since, 3)
        begun.clear()

    def progress(stage: str) -> None:
        close()
        begun.append((stage, perf_counter()))
        tell(texts.say(language, "cli", "stage_" + stage))

    with _bar() if sys.stderr.isatty() else _lines() as tell:
        yield progress
        close()


@contextmanager
def _lines() -> Iterator[Callable[[str], None]]:
    """Yield what writes one line a stage, for logs."""
    yield lambda text: typer.echo(f"· {text}", err=True)


@contextmanager
def _bar() -> Iterator[Callable[[str], None]]:
    """Yield what moves a progress bar on a terminal, one step a stage."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    shown = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*shown, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=len(_STAGES.split("|")))
        yield lambda text: bar.update(task, description=text, advance=1)


def _print(text: str) -> None:
    typer.echo(text)


def _demo_folder() -> Path:
    """Return the demo's data: inside the installed package, or beside it in a checkout."""
    here = Path(__file__).parent
    for folder in (here / "demo_data", here.parent / "data"):
        if (folder / "planner.toml").exists():
            return folder
    raise MissingFileError("missing_here", path=here / "demo_data", base=here)


def _language_of(argv: list[str]) -> str:
    """Return the language of the project named on the command line, Chinese where it cannot be told."""
    import re
    import tomllib

    for word in argv[1:]:
        if word.endswith(".toml"):
            try:
                text = Path(word).read_text(encoding="utf-8-sig")
            except (OSError, ValueError):
                return "zh"
            try:
                about: Any = tomllib.loads(text).get("project", {})
            except ValueError:  # what is no TOML still says what language its author reads
                return "en" if re.search(r"^\s*language\s*=\s*[\"']en[\"']", text, re.MULTILINE) else "zh"
            return "en" if isinstance(about, dict) and about.get("language") == "en" else "zh"
    return "zh"


if __name__ == "__main__":
    main()
