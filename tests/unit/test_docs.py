"""The documentation stays true: routes, commands, files, tests and links that it names exist."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from typer.main import get_command

import api.app
import cli
from core.settings.deprecated import OLD_FORMS
from core.settings_table import all_settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCED = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
QUOTED = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\n]+)\)")
FILE_ENDINGS = (".py", ".md", ".toml", ".yml", ".yaml", ".css", ".js", ".ini", ".txt", ".sh")
OF_THE_READER = {"QUESTIONS.jsonl", "footnote.toml"}  # files that the reader has, not we
NOT_IN_THE_SCHEMA = {
    ("HEAD", "/health/live"),
    ("HEAD", "/health/ready"),
    ("GET", "/metrics"),
    ("*", "/api/{rest:path}"),
}
per_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def text_of(name: str) -> str:
    return (ROOT / name).read_text()


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return FENCED.sub("", page.read_text())


def routes() -> Iterator[tuple[str, str, re.Pattern[str]]]:
    """Method, path and pattern of every route that integrators may use."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    api.app.include(app)
    for route in iter_route_contexts(app.routes):
        assert route.path is not None
        methods = {"*"} if route.path == "/api/{rest:path}" else route.methods or set()
        for method in methods:
            if (method, route.path) not in NOT_IN_THE_SCHEMA:
                yield method, route.path, route.path_regex


def commands() -> set[str]:
    """Every command of the command line, with its group."""
    top = get_command(cli.app)
    found = set()
    for name, command in top.commands.items():  # type: ignore[attr-defined]
        found |= {f"footnote {name} {below}" for below in getattr(command, "commands", ())} or {f"footnote {name}"}
    return found


@cache
def known_tests() -> dict[str, set[str]]:
    """Name of a test → the files it stands in."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found.setdefault(node.name, set()).add(str(path.relative_to(ROOT)))
    return found


def headings(page: Path) -> set[str]:
    """Anchors of a page, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_route_is_in_the_api_page() -> None:
    documented = set(re.findall(r"^### `([A-Z]+) (\S+)`$", text_of("docs/api.md"), re.MULTILINE))
    assert documented == {(method, path) for method, path, _ in routes()}


def test_every_example_asks_a_route_that_exists() -> None:
    patterns = [pattern for _, _, pattern in routes()]
    asked = re.findall(r"\$URL(/[^\s\"'?]*)", text_of("docs/api.md"))
    assert asked
    # an id is shortened in the page, and a UUID in the pattern or not: any text will do
    assert [path for path in asked if not any(pattern.fullmatch(path) for pattern in patterns)] == []


def test_every_command_is_in_the_operations_page() -> None:
    told = QUOTED.findall(prose(ROOT / "docs/operations.md"))
    named = {quoted for quoted in told if quoted.startswith("footnote ")}
    known = commands()
    assert {command for command in known if not any(quoted.startswith(command) for quoted in named)} == set()
    assert {quoted for quoted in named if not any(quoted.startswith(command) for command in known)} == set()


def test_every_setting_named_exists() -> None:
    known = {setting.variable for setting in all_settings()} | {form.variable for form in OLD_FORMS}
    known |= set(re.findall(r'envvar="(\w+)"', text_of("cli.py") + text_of("cli_backup.py")))  # options of commands
    known |= set(re.findall(r"\{(FOOTNOTE_\w+)[:}-]", text_of("docker-compose.yml")))  # read by compose itself
    read_by_tests = (text_of("tests/conftest.py"), text_of("tests/shots.py"))
    known |= {name for text in read_by_tests for name in re.findall(r"FOOTNOTE_TEST_[A-Z]+", text)}
    named = {name for page in PAGES for name in re.findall(r"FOOTNOTE_[A-Z_]+[A-Z]", page.read_text())}
    assert named - known == set()


def test_every_key_named_exists() -> None:
    """What is said as ``qdrant.shards`` is a setting, or an event of the log (``cache.full``)."""
    keys = {setting.key for setting in all_settings()}
    sections = {key.split(".")[0] for key in keys if "." in key}
    quoted = {name.split(" ")[0] for page in PAGES for name in QUOTED.findall(prose(page))}
    dotted = {name for name in quoted if re.fullmatch(r"[a-z]+\.[a-z_]+", name) and not name.endswith(FILE_ENDINGS)}
    named = {name for name in dotted if name.split(".")[0] in sections}
    modules = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    code = "".join(text_of(module) for module in modules if not module.startswith("tests/"))
    assert len(named & keys) > 30
    assert {name for name in named - keys if f'"{name}"' not in code} == set()


@per_page
def test_files_named_exist(page: Path) -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    folders = {path.split("/")[0] for path in tracked if "/" in path} or {path.name for path in ROOT.iterdir()}
    missing = []
    for quoted in QUOTED.findall(prose(page)):
        name = quoted.split("::")[0].rstrip("/")
        if not re.fullmatch(r"[\w.*/-]+", name) or name.startswith("/") or name in OF_THE_READER:
            continue
        is_path = "/" in name and name.split("/")[0] in folders
        if (is_path or name.endswith(FILE_ENDINGS)) and not list(ROOT.glob(name)):
            missing.append(name)
    assert missing == []


@per_page
def test_tests_named_exist(page: Path) -> None:
    wrong = []
    for quoted in QUOTED.findall(prose(page)):
        path, _, name = quoted.rpartition("::")
        if re.fullmatch(r"test_\w+", name) and (
            name not in known_tests() or (path and path not in known_tests()[name])
        ):
            wrong.append(quoted)
    assert wrong == []


def test_every_hole_is_in_the_security_page() -> None:
    """Each number that an attack test names has its row; each row names a test."""
    rows = dict(re.findall(r"^\| ([SB]\d+) \|(.+)\|$", text_of("docs/security.md"), re.MULTILINE))
    assert set(rows) == {*(f"S{number}" for number in range(1, 15)), *(f"B{number}" for number in range(1, 9))}
    assert [name for name, row in rows.items() if "`test_" not in row] == []


@per_page
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(prose(page)):
        address, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", address) or address.startswith("/"):
            continue
        there = (page.parent / address).resolve() if address else page
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in headings(there)):
            broken.append(target)
    assert broken == []
