"""The files of ``public/``: what pages load is there, what is there is loaded, and its types are those of the API."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from scripts import api_types
from scripts.catalogue import TRANSLATED

ROOT = Path(__file__).resolve().parents[2]
PUBLIC = ROOT / "public"
CHAINLIT = {"theme.json", "logo_light.svg", "logo_dark.svg", "favicon.svg"}  # it looks for these names itself
ADDRESS = re.compile(r"/public/([\w./-]+)")
ASSET = re.compile(r"\basset\('([\w./-]+)'\)")
JS_IMPORT = re.compile(r"^(?:import|export)\b[^;]*?'(\.{1,2}/[^']+)';", re.MULTILINE)
TYPE_IMPORT = re.compile(r"@import .*? from '(\.{1,2}/[^']+)'")
WORDS = {f"words/{language}.json" for language in TRANSLATED}  # named by their language, see web/html.py
OF_A_PACKAGE = {"swagger-ui.css", "swagger-ui-bundle.js"}  # served at /api/docs, see api/routes/reference.py
OF_OTHERS = {"lib/katex/LICENSE", "lib/katex/README.md"}  # what stands beside files that are not ours
MANIFEST_ICON = re.compile(r'"src": "([^"]+)"')
FONT = re.compile(r"url\(([\w./-]+)\)")
CSS_IMPORT = re.compile(r'@import "([^"]+)"')


def of_pages() -> set[str]:
    """Scripts and styles that the pages made in ``api/`` and ``web/``, and the templates, name."""
    sources = [path for room in ("api", "web") for path in (ROOT / room).rglob("*.py")]
    nodes = (node for path in sources for node in ast.walk(ast.parse(path.read_text())))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    named = {text for text in texts if re.fullmatch(r"[\w./-]+\.(js|css)", text)}
    templates = (ROOT / "web" / "templates").rglob("*.html")
    return named | {name for path in templates for name in ASSET.findall(path.read_text())}


def of_the_chat() -> set[str]:
    """Files that the chat and its configuration name by their address."""
    files = [*(ROOT / "chat").rglob("*.py"), ROOT / ".chainlit" / "config.toml"]
    return {name for path in files for name in ADDRESS.findall(path.read_text()) if "." in name}


def imports(public: Path, name: str) -> set[str]:
    """What a script or style sheet loads, and which types it names, as paths below ``public``."""
    text = (public / name).read_text() if name.endswith((".js", ".css")) else ""
    if name.endswith(".css"):
        return {resolved(public, name, target) for target in CSS_IMPORT.findall(text) + FONT.findall(text)}
    if name.endswith("manifest.json"):
        return {target.removeprefix("/public/") for target in MANIFEST_ICON.findall((public / name).read_text())}
    types = {re.sub(r"\.js$", ".d.ts", resolved(public, name, target)) for target in TYPE_IMPORT.findall(text)}
    loaded = {resolved(public, name, target) for target in JS_IMPORT.findall(text)}
    return loaded | {path for path in types if (public / path).is_file()}


def resolved(public: Path, name: str, target: str) -> str:
    """A relative import as a path below ``public``."""
    return ((public / name).parent / target).resolve().relative_to(public.resolve()).as_posix()


def loaded_from(public: Path, entries: Iterable[str]) -> tuple[set[str], set[str]]:
    """Files that are loaded, directly or by another, and those that are missing."""
    found: set[str] = set()
    missing: set[str] = set()
    left = set(entries)
    while left:
        name = left.pop()
        if not (public / name).is_file():
            missing.add(name)
        elif name not in found:
            found.add(name)
            left |= imports(public, name)
    return found, missing


def files(public: Path) -> set[str]:
    """Everything there is."""
    return {path.relative_to(public).as_posix() for path in public.rglob("*") if path.is_file()}


def test_every_file_that_a_page_loads_is_there_and_every_file_is_loaded() -> None:
    found, missing = loaded_from(PUBLIC, of_pages() | of_the_chat() | CHAINLIT | WORDS)
    assert missing == OF_A_PACKAGE
    assert files(PUBLIC) - found == OF_OTHERS


def test_a_script_that_is_missing_and_one_that_nobody_loads_are_found(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "page.js").write_text(
        "/** @import { Thing } from './lib/types.js' */\nimport {\n  one,\n} from './lib/one.js';\nimport './gone.js';\n"
    )
    (tmp_path / "page.css").write_text('@import "lib/base.css";\n')
    for name in ("one.js", "types.d.ts", "base.css", "left.js"):
        (tmp_path / "lib" / name).write_text("")
    found, missing = loaded_from(tmp_path, {"page.js", "page.css"})
    assert missing == {"gone.js"}
    assert files(tmp_path) - found == {"lib/left.js"}


def test_the_types_of_the_browser_code_are_those_of_the_api() -> None:
    assert api_types.FILE.read_text() == api_types.declarations(), "make format writes them anew"
