"""The shape of the package: who may import whom, how long functions are, and that every sentence exists."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from planner import texts

PACKAGE = Path(__file__).resolve().parents[1] / "planner"
ROOM = "planner"

ORDER = (
    *(
        "texts",
        "errors",
        "tables",
        "presets",
        "compiled",
        "names",
        "layers",
        "borders",
        "network",
        "cache",
        "travel",
        "coverage",
        "gaps",
    ),
    *("siting", "scenario", "monitoring", "checks", "gazetteer", "project", "pipeline", "report", "cli"),
)
"""The rooms from left to right: each may import what stands left of it. `docs/design.md`, section 2."""

# What each room may know of what stands left of it; "*" is all of it.
MAY_IMPORT = {
    "texts": (),
    "errors": ("texts",),
    "tables": ("errors",),
    "presets": (),
    "compiled": (),
    "names": ("errors", "presets"),
    "layers": ("errors", "tables", "presets", "names"),
    "borders": ("presets", "names", "layers"),
    "network": ("errors", "tables", "presets", "compiled", "layers"),
    "cache": ("errors", "tables", "presets", "layers", "network"),
    "travel": ("errors", "tables", "compiled", "network"),
    "coverage": ("errors", "tables", "presets", "layers", "network", "travel"),
    "gaps": ("errors", "tables", "texts", "layers", "network", "travel", "coverage"),
    "siting": ("errors", "tables", "texts", "presets", "compiled", "network", "travel", "coverage", "gaps"),
    "scenario": ("errors", "tables", "layers", "network", "travel", "coverage", "siting"),
    "monitoring": ("errors", "tables", "texts", "presets", "coverage"),
    "checks": (
        "monitoring",
        "errors",
        "tables",
        "texts",
        "presets",
        "names",
        "layers",
        "borders",
        "network",
        "travel",
        "coverage",
        "gaps",
        "siting",
    ),
    "gazetteer": ("errors", "tables", "texts", "presets", "names", "layers"),
    "project": ("errors", "tables", "texts", "presets", "names", "layers", "scenario"),
    "pipeline": ("*",),
    "report": ("*",),
    "cli": ("*",),
}
LONGEST = 40

FILES = sorted(PACKAGE.rglob("*.py"))
IDS = [str(f.relative_to(PACKAGE)) for f in FILES]
every_file = pytest.mark.parametrize("file", FILES, ids=IDS)


def room_of(file: Path) -> str:
    part = file.relative_to(PACKAGE).parts[0]
    return part.removesuffix(".py")


def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def imported(file: Path) -> Iterator[str]:
    """Yield the rooms and modules, dotted and below planner, that a file imports relatively."""
    here = file.relative_to(PACKAGE).parts[:-1]
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = here[: len(here) - node.level + 1]
            if node.module:
                yield ".".join((*base, node.module))
            else:
                yield from (".".join((*base, alias.name)) for alias in node.names)


def module_file(dotted: str) -> Path:
    path = PACKAGE.joinpath(*dotted.split("."))
    return path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"


def test_the_order_and_the_table_name_the_same_rooms():
    assert list(MAY_IMPORT) == list(ORDER)
    for room, known in MAY_IMPORT.items():
        assert {"*"} == {*known} or all(ORDER.index(k) < ORDER.index(room) for k in known), room


def test_every_file_stands_in_a_room():
    assert {room_of(f) for f in FILES} <= {*ORDER, "__init__", "__main__"}


@every_file
def test_imports_point_left(file):
    room = room_of(file)
    if room in ("__init__", "__main__"):
        return
    known = MAY_IMPORT[room]
    left = ORDER[: ORDER.index(room)] if "*" in known else known
    rooms = {dotted.split(".")[0] for dotted in imported(file)} - {room}
    assert rooms <= {*left}, f"{room} imports {sorted(rooms - {*left})}"


@every_file
def test_imports_inside_the_package_are_relative(file):
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            assert not any(alias.name.split(".")[0] == ROOM for alias in node.names), node.lineno
        if isinstance(node, ast.ImportFrom):
            assert node.level or (node.module or "").split(".")[0] != ROOM, node.lineno


def test_one_module_alone_imports_numba():
    """Where numba cannot be loaded, there is one place that says what happens instead."""
    users = {f.name for f in FILES for n in ast.walk(tree_of(f)) if "numba" in _outside(n)}
    assert users == {"compiled.py"}


def _outside(node: ast.AST) -> set[str]:
    """Return the packages that an import statement names."""
    if isinstance(node, ast.Import):
        return {alias.name.split(".")[0] for alias in node.names}
    return {(node.module or "").split(".")[0]} if isinstance(node, ast.ImportFrom) and not node.level else set()


def test_no_module_imports_itself_through_others():
    at_top = {file: {module_file(d) for d in imported(file)} - {file} for file in FILES}
    done: set[Path] = set()

    def visit(file: Path, above: tuple[Path, ...]) -> None:
        assert file not in above, " -> ".join(str(f.relative_to(PACKAGE)) for f in (*above, file))
        if file not in done and file.name != "__init__.py":
            for other in sorted(at_top.get(file, ())):
                visit(other, (*above, file))
        done.add(file)

    for file in FILES:
        visit(file, ())


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (n for n in ast.walk(tree_of(file)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


@every_file
def test_every_function_says_what_it_returns(file):
    assert [f"{f.name}:{f.lineno}" for f in functions(file) if f.returns is None] == []


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef, source: list[str]) -> int:
    """Count the lines of the body that hold code: no docstring, no comment, no blank line."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    if not body:
        return 0
    lines = source[body[0].lineno - 1 : body[-1].end_lineno]
    return sum(1 for line in lines if line.strip() and not line.strip().startswith("#"))


def is_kernel(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell compiled loops, which may be long, by their decorator."""
    return any("njit" in ast.unparse(decorator) for decorator in function.decorator_list)


@every_file
def test_no_function_is_long(file):
    source = file.read_text(encoding="utf-8").splitlines()
    lengths = {f"{f.name}:{f.lineno}": code_lines(f, source) for f in functions(file) if not is_kernel(f)}
    assert {name: n for name, n in lengths.items() if n > LONGEST} == {}


@every_file
def test_only_the_command_line_prints(file):
    if room_of(file) in ("cli", "__main__"):
        return
    calls = (n for n in ast.walk(tree_of(file)) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name))
    assert [n.lineno for n in calls if n.func.id == "print"] == []


@every_file
def test_every_module_has_a_docstring(file):
    assert ast.get_docstring(tree_of(file)) or not file.read_text(encoding="utf-8").strip()


@every_file
def test_nobody_reads_the_clock_or_unseeded_chance(file):
    text = file.read_text(encoding="utf-8")
    if room_of(file) not in ("cli", "cache"):
        assert not re.search(r"\b(datetime\.now|date\.today|time\.time)\(", text)
    assert not re.search(r"np\.random\.(rand|choice|shuffle|seed|normal|uniform)|default_rng\(\)", text)


def placeholders(sentence: str) -> set[str]:
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_both_languages_say_the_same_things():
    zh, en = (texts.load(language) for language in texts.LANGUAGES)
    assert list(zh) == list(en)
    for section in zh:
        assert set(zh[section]) == set(en[section]), section
        for key, sentence in zh[section].items():
            if section in ("errors", "values", "siting"):  # elsewhere a language may need a word the other does not
                assert placeholders(sentence) == placeholders(en[section][key]), f"{section}.{key}"


def raised_keys(file: Path) -> Iterator[tuple[str, set[str] | None, int]]:
    """Yield key and names of the values of every Fault and error that is written out in a file."""
    for node in ast.walk(tree_of(file)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
            continue
        first, name = node.args[0], node.func.id
        if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
            continue
        if name == "Fault":
            given = node.args[1] if len(node.args) > 1 else None
            whole = isinstance(given, ast.Dict) and all(isinstance(k, ast.Constant) for k in given.keys)
            yield first.value, {k.value for k in given.keys} if whole else None, node.lineno
        elif re.fullmatch(r"(Planner|Project|MissingFile|Table|Network|Output|Infeasible|Solver)Error", name):
            names = {k.arg for k in node.keywords}
            yield first.value, None if None in names else names, node.lineno


@every_file
def test_every_error_has_its_sentence_and_the_values_for_it(file):
    known = texts.load("zh")["errors"]
    for key, names, line in raised_keys(file):
        assert key in known, f"line {line}: {key}"
        if names is not None:
            assert placeholders(known[key]) <= names, f"line {line}: {key} lacks {placeholders(known[key]) - names}"


def test_no_sentence_is_left_that_nobody_says():
    source = "\n".join(f.read_text(encoding="utf-8") for f in FILES)
    assert [key for key in texts.load("zh")["errors"] if f'"{key}"' not in source] == []


def test_chinese_sentences_have_chinese_punctuation():
    mark, chinese = "[,;:?!()]", "[\u4e00-\u9fff“”]"
    said = {
        f"{room}.{key}": re.sub(r"\{[^{}\s]*\}|`[^`]*`", "", text)
        for room, sentences in texts.load("zh").items()
        for key, text in sentences.items()
        if isinstance(text, str)
    }
    assert {key: text for key, text in said.items() if re.search(f"{chinese}{mark}|{mark}{chinese}", text)} == {}
