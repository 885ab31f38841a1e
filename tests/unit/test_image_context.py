"""What ``docker build`` is given: everything the product needs, and nothing that is a secret."""

import ast
import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from docker.utils.build import PatternMatcher, exclude_paths

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
PACKAGES = [pattern.removesuffix("*") for pattern in PYPROJECT["packages"]["find"]["include"]]
FOLDERS = [*PACKAGES, "alembic", "public", ".chainlit"]
FILES = [*(f"{module}.py" for module in PYPROJECT["py-modules"]), "alembic.ini", "chainlit.md"]

SECRETS = [
    *(".env", ".env.local", ".env.production", ".env.bak", "prod.env", ".netrc", ".npmrc", ".pgpass", ".htpasswd"),
    *(".aws/credentials", ".docker/config.json", ".ssh/id_ed25519", ".git/config", ".kube/config", "credentials.json"),
    *(
        "secret.key",
        "tls.key",
        "tls.pem",
        "tls.p12",
        "id_rsa",
        "id_rsa.pub",
        "id_ecdsa",
        "secrets.toml",
        "secrets/a.txt",
    ),
    *("var/secret.key", "var/blobs/ab/cd", "var/postgres/PG_VERSION", "footnote.db", "footnote.db-wal", "a.sqlite3"),
    *("dump.sql", "pg.dump", "backup.tar.gz", "backup.zip", "footnote.log", "report.log.gz"),
    *(".vscode/settings.json", ".idea/workspace.xml", ".app.py.swp", "app.py~", "#app.py#", "app.py.orig", ".DS_Store"),
    *("__pycache__/app.cpython-311.pyc", "app.pyc", ".venv/bin/python", ".mypy_cache/x", ".coverage"),
]


def patterns() -> list[str]:
    """The lines of ``.dockerignore``, as every builder reads them."""
    lines = [line.strip() for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    return [line for line in lines if line]


MATCHER = PatternMatcher(patterns())


def is_left_out(path: str) -> bool:
    """True when the builder does not get this file."""
    return bool(MATCHER.matches(path))


def needed() -> Iterator[str]:
    """Every file that the image must have, relative to the root."""
    yield from FILES
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            yield from (source for source in line.split()[1:-1] if source != ".")
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix != ".pyc":
                yield path.relative_to(ROOT).as_posix()


def test_everything_that_is_needed_gets_in() -> None:
    assert [path for path in needed() if is_left_out(path)] == []


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_gets_in_wherever_it_lies(secret: str) -> None:
    places = ["", *(f"{folder}/" for folder in FOLDERS), "rag/prompts/", "public/js/", "tests/"]
    assert [place + secret for place in places if not is_left_out(place + secret)] == []


@pytest.mark.parametrize(
    "name", ["notes.txt", "customers/list.csv", "scan.pdf", "tests/conftest.py", "docs/api.md", ".ci/run"]
)
def test_what_nobody_named_stays_out(name: str) -> None:
    assert is_left_out(name)


def test_the_context_of_a_littered_checkout_is_what_is_needed(tmp_path: Path) -> None:
    """Walked as the builders walk it, with every secret in every folder."""
    for path in needed():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    for folder, secret in product(["", *FOLDERS], SECRETS):
        (tmp_path / folder / secret).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / secret).touch()
    context = {name for name in exclude_paths(str(tmp_path), patterns()) if (tmp_path / name).is_file()}
    assert context - {".dockerignore"} == set(needed())


def test_the_product_imports_nothing_that_stays_out() -> None:
    ours = {path.name.removesuffix(".py") for path in ROOT.iterdir()}
    for path in (path for path in needed() if path.endswith(".py")):
        for node in ast.walk(ast.parse((ROOT / path).read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            roots = {name.partition(".")[0] for name in names} & ours
            assert roots <= {*PACKAGES, *PYPROJECT["py-modules"], "alembic"}, path
