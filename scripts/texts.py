"""Finds the texts for people: in templates, browser code and Python code, as ``scripts/catalogue.py`` and its tests want them.

* Templates: ``_("…")`` and ``plural(n, "one", "more")``.
* Browser code: ``t('…')``, ``around('…')``, ``plural(n, 'one', 'more')``, ``many(n, 'noun')``.
* Python: ``N_("…")``, ``words().text("…")``, what errors of ``core/errors.py`` are made with, and every other text that reads as
  a sentence, wherever it is in the rooms that people hear of. Values in f-strings become ``%(name)s``: so a sentence is recognised where it
  is shown.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import nodes

from scripts.browser_texts import calls, strings
from web.templating import TEMPLATES

ROOT = Path(__file__).resolve().parent.parent
# What only those hear of who run or extend Footnote: command line, settings, start-up, the doors for programs, prompts, logs.
NOT_FOR_PEOPLE = (
    *("alembic", "benchmarks", "evals", "examples", "scripts", "tests", "mcp_server", "node_modules", "var"),
    *(
        "core/settings",
        "core/embedded",
        "core/settings_table.py",
        "core/instance.py",
        "core/parts.py",
        "core/words/catalogue.py",
        "core/words/patterns.py",
        "core/words/__init__.py",
    ),
    *("core/telemetry", "telemetry", "observation.py", "api/routes/metrics.py"),
    *("api/openai", "api/described.py", "ingestion/folders", "rag/compose", "rag/exercises", "rag/tables", "rag/index"),
    *("rag/embedding", "rag/prompts", "rag/retrieval", "rag/models/event_limit.py", "rag/models/chain.py"),
    *("db/models", "db/conversation.py", "db/fair_queue.py", "api/idempotency.py", "accounts/keyed_requests.py"),
    *("api/routes/auth.py", "api/routes/answer_runs.py", "rag/pipeline.py", "core/composed.py"),
    *(
        "web/multipart.py",
        "web/json_body.py",
        "parsing/sandbox/launch.py",
        "answers/cache/warming.py",
        "answers/verification.py",
    ),
    *(
        "web/server",
        "ingestion/indexing",
        "chat/hardening/patches.py",
        "chat/services.py",
        "chat/hardening/telemetry.py",
    ),
)
CHAINLIT = ROOT / ".chainlit" / "translations" / "en-US.json"
# Of features that are switched off, or ways to sign in that are not Chainlit's here; their words are those of Chainlit's own files.
NOT_SHOWN = frozenset(
    {
        *(
            "apiKeys",
            "alerts",
            "components",
            "chat.favorites",
            "chat.commands",
            "chat.speech",
            "chat.history",
            "chat.settings",
        ),
        *("threadHistory.thread.actions.share", "threadHistory.thread.menu.share", "navigation.user.menu.settingsKey"),
        *("navigation.user.menu.settings", "navigation.user.menu.apiKeys", "auth.provider"),
        *(
            f"auth.login.errors.{name}"
            for name in ("signin", "oauthSignin", "redirectUriMismatch", "oauthCallback", "callback")
        ),
        *(
            f"auth.login.errors.{name}"
            for name in ("oauthCreateAccount", "emailCreateAccount", "emailSignin", "emailVerify")
        ),
        *("auth.login.errors.oauthAccountNotLinked", "auth.login.form.alternativeText"),
    }
)
ENTRY_POINTS = frozenset(
    {"app.py", "bootstrap.py", "cli.py", "cli_keys.py", "server.py", "services.py", "supervise.py", "worker.py"}
)
PAGES = ("admin/", "account/", "shared/")  # doors whose short texts are labels
FOR_DEVELOPERS = frozenset(
    {
        "ValueError",
        "RuntimeError",
        "TypeError",
        "KeyError",
        "AssertionError",
        "OSError",
        "SettingsInvalid",
        "StartupFailed",
    }
)
OF_PROGRAMS = (
    frozenset({"Field", "Query", "Path", "Body", "Header", "APIRouter", "Form", "InFile", "HTTPBearer", "Index"})
    | FOR_DEVELOPERS
)
_SENTENCE = re.compile(r"(?=[A-Z“%])[^\n]{0,300} [^\n]{0,300} [^\n]{0,600}[.!?…]\Z")
_LABEL = re.compile(r"[A-Z][a-z]+(?:[ ,/’'–-]{1,2}[A-Za-z]+){0,8}[.?…]?\Z")
_TRANSLATES = re.compile(r"(?:^|[._])words(?:\(\))?\.text\Z")  # the words of whoever reads
_BRACES = re.compile(r"\{\{?([a-zA-Z_.]{1,40})(?:[!:][^{}]{0,20})?\}\}?")


@dataclass(frozen=True, slots=True, order=True)
class Text:
    """A text for people; ``more`` is its plural, where it has one."""

    english: str
    more: str = ""


def all_texts() -> dict[Text, set[str]]:
    """Every text, and the files in which it is."""
    found: dict[Text, set[str]] = {}
    for file, text in (*of_templates(), *of_browser_code(), *of_python(), *of_chainlit()):
        found.setdefault(text, set()).add(file)
    return found


def of_templates() -> Iterator[tuple[str, Text]]:
    """The texts of ``web/templates/``."""
    for name in sorted(TEMPLATES.list_templates()):
        assert TEMPLATES.loader is not None
        source = TEMPLATES.loader.get_source(TEMPLATES, name)[0]
        for call in TEMPLATES.parse(source).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in ("_", "plural"):
                constants = [
                    arg.value for arg in call.args if isinstance(arg, nodes.Const) and isinstance(arg.value, str)
                ]
                if constants:
                    yield (
                        f"web/templates/{name}",
                        Text(*constants[:2]) if call.node.name == "plural" else Text(constants[0]),
                    )


def of_chainlit() -> Iterator[tuple[str, Text]]:
    """The texts of Chainlit's page, as we have worded them."""
    waiting = [("", json.loads(CHAINLIT.read_text(encoding="utf-8")))]
    while waiting:
        name, texts = waiting.pop()
        for key, text in texts.items():
            if f"{name}{key}" in NOT_SHOWN:
                continue
            if isinstance(text, dict):
                waiting.append((f"{name}{key}.", text))
            elif text.strip():
                yield CHAINLIT.relative_to(ROOT).as_posix(), Text(text)


def of_browser_code() -> Iterator[tuple[str, Text]]:
    """The texts of ``public/``."""
    for path in browser_files():
        for call in calls(path.read_text(encoding="utf-8"), ("t", "around", "plural", "many", "N_")):
            literals = strings(call.arguments)
            if call.name in ("plural", "many") and literals:
                one, more = literals[0], literals[1] if len(literals) > 1 else f"{literals[0]}s"
                start = "%(count)s " if call.name == "many" else ""
                yield str(path.relative_to(ROOT)), Text(start + one, start + more)
            elif literals:
                yield str(path.relative_to(ROOT)), Text(literals[0])


def browser_files() -> list[Path]:
    """The browser code of ours."""
    return sorted(path for path in (ROOT / "public").rglob("*.js") if "katex" not in path.parts)


def python_files() -> list[Path]:
    """The Python code whose texts people see."""
    files = (
        path
        for path in sorted(ROOT.rglob("*.py"))
        if not any(part.startswith(".") for part in path.parts[len(ROOT.parts) :])
    )
    return [path for path in files if not _is_apart(path.relative_to(ROOT).as_posix())]


def _is_apart(name: str) -> bool:
    return name in ENTRY_POINTS or any(name == one or name.startswith(f"{one}/") for one in NOT_FOR_PEOPLE)


def of_python() -> Iterator[tuple[str, Text]]:
    """The texts of the Python code."""
    errors = error_names()
    for path in python_files():
        name = path.relative_to(ROOT).as_posix()
        for text in sorted(_Python(errors, is_page=name.startswith(PAGES)).texts(path.read_text(encoding="utf-8"))):
            yield name, text


def error_names() -> frozenset[str]:
    """Names of the errors with a sentence for the person, whose classes are found by their bases."""
    bases: dict[str, set[str]] = {}
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases.setdefault(node.name, set()).update(ast.unparse(base).split(".")[-1] for base in node.bases)
    known = {"FootnoteError"}
    while found := {name for name, of in bases.items() if of & known} - known:
        known |= found
    return frozenset(known) - FOR_DEVELOPERS


class _Python:
    """Reads one module."""

    def __init__(self, errors: frozenset[str], *, is_page: bool) -> None:
        self._errors = errors
        self._is_page = is_page
        self._found: set[Text] = set()

    def texts(self, source: str) -> set[Text]:
        self._visit(ast.parse(source))
        return self._found

    def _visit(self, node: ast.AST) -> None:
        match node:
            case ast.Expr(value=ast.Constant()):
                return  # a docstring
            case ast.Call():
                self._call(node)
                return
            case ast.Constant(value=str()) | ast.JoinedStr():
                self._take(node, is_marked=False)
                return
        self._all(ast.iter_child_nodes(node))

    def _all(self, children: Iterable[ast.AST]) -> None:
        for child in children:
            self._visit(child)

    def _call(self, node: ast.Call) -> None:
        name = ast.unparse(node.func).split(".")[-1]
        if name in OF_PROGRAMS or name.endswith(("_field", "Field")) or ast.unparse(node.func).startswith("log."):
            return
        if (
            name == "plural"
            and len(node.args) > 2
            and isinstance(node.args[1], ast.Constant)
            and isinstance(node.args[2], ast.Constant)
        ):
            self._found.add(Text(str(node.args[1].value), str(node.args[2].value)))
            return
        if name in ("N_", "_") or name in self._errors or _TRANSLATES.search(ast.unparse(node.func)):
            for argument in node.args[:1]:
                self._take(argument, is_marked=True)
        self._all(
            [*([] if name in ("N_", "_") else node.args), *(keyword.value for keyword in node.keywords), node.func]
        )

    def _take(self, node: ast.AST, *, is_marked: bool) -> None:
        text = with_names(node)
        if (
            text
            and (is_marked or _SENTENCE.match(text) or (self._is_page and _LABEL.match(text)))
            and any(map(str.isalpha, text))
            and not text.startswith("FOOTNOTE_")
        ):
            self._found.add(Text(text))


def with_names(node: ast.AST) -> str:
    """A literal or f-string as a text of the catalogue, its values as ``%(name)s``; empty for anything else."""
    match node:
        case ast.Constant(value=str(text)):
            return _BRACES.sub(lambda found: f"%({found[1].split('.')[-1].lower()})s", text)
        case ast.JoinedStr(values=values):
            names: list[str] = []
            return "".join(_piece(value, names) for value in values)
    return ""


def _piece(value: ast.AST, names: list[str]) -> str:
    if isinstance(value, ast.Constant):
        return _BRACES.sub(lambda found: f"%({found[1].split('.')[-1].lower()})s", str(value.value))
    name = _name_of(value).lower().strip("_") or "value"
    names.append(name)
    return f"%({name}{names.count(name) if names.count(name) > 1 else ''})s"


def _name_of(node: ast.AST) -> str:
    match node:
        case ast.FormattedValue(value=value):
            return _name_of(value)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(args=[first, *_]):
            return _name_of(first)
        case ast.BinOp(left=left):
            return _name_of(left)
        case ast.Subscript(value=value):
            return _name_of(value)
    return "value"
