"""The examples of docs/api.md: every curl command with what the page shows below it, and the things that its shortened ids stand for."""

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
BLOCK = re.compile(r"```\n(\$ .*?)```", re.DOTALL)
COMMAND = re.compile(r"^\$ ((?:[^\n]*\\\n)*[^\n]*)\n?", re.MULTILINE)
KINDS = (
    "documents|links|jobs|job-status|result|answer-runs|citations|cite|answers|threads|feedback|libraries|members|groups|keys|review-items"
    "|responses|files|vector_stores|shares|shared|exports"
)
PLACE = re.compile(rf"/({KINDS})/(?:resp_|file-|vs_)?[\w-]+…")
IN_BODY = re.compile(r'"(library_id|answer_run_id|continues)":"[\w-]+…"')
KEY = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?')
ERROR = re.compile(r'^\{"status":"error"|^\{"error":|^HTTP/1\.1 [45]|"status":4\d\d', re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """A command, as the page has it, and the text below it."""

    command: str
    shown: str

    @property
    def is_refused(self) -> bool:
        """True when the page shows an error."""
        return bool(ERROR.search(self.shown))

    @property
    def keys(self) -> set[str]:
        """The keys of the outermost object that the page shows, as far as it is JSON."""
        return outer_keys(self.shown.strip()) if self.shown.strip().startswith("{") else set()


def examples() -> Iterator[Example]:
    """Every curl command of the page, in order."""
    for block in BLOCK.findall(PAGE.read_text()):
        pieces = COMMAND.split(block)[1:]
        for command, shown in zip(pieces[::2], pieces[1::2], strict=True):
            if command.startswith("curl "):
                yield Example(command.replace("\\\n", " "), shown)


def outer_keys(text: str) -> set[str]:
    """Keys of an object whose values may be shortened, so that it is no JSON any more."""
    found, depth, at = set(), 0, 0
    while at < len(text):
        if text[at] == '"' and (match := KEY.match(text, at)):
            if match[2] and depth == 1:
                found.add(match[1])
            at = match.end()
            continue
        depth += text[at] in "{["
        depth -= text[at] in "}]"
        at += 1
    return found


def filled(text: str, thing: Callable[[str], str]) -> str:
    """A command with real ids in place of shortened ones; ``thing`` gives the id of a kind of thing."""
    text = PLACE.sub(lambda match: f"/{match[1]}/{thing(match[1])}", text)
    return IN_BODY.sub(lambda match: f'"{match[1]}":"{thing(match[1])}"', text)


def run(command: str, client: httpx.Client, files: Mapping[str, bytes]) -> httpx.Response:
    """Send what curl would send. The client has signed in, so that ``$TOKEN`` is left out."""
    words = iter(shlex.split(command.partition(" | ")[0])[1:])
    headers: dict[str, str] = {}
    form: list[tuple[str, str]] = []
    upload: tuple[str, tuple[str, bytes]] | None = None
    method, body, url = "", "", ""
    for word in words:
        match word:
            case "-H":
                name, _, value = next(words).partition(": ")
                headers |= {} if name == "$TOKEN" else {name: value}
            case "-X":
                method = next(words)
            case "-d":
                body = f"{body}&{next(words)}" if body else next(words)
            case "-F":
                name, _, value = next(words).partition("=")
                if value.startswith("@"):
                    upload = (name, (value[1:], files[value[1:]]))
                else:
                    form.append((name, value))
            case "-o" | "-D" | "-w":
                next(words)
            case _ if word.startswith("$URL"):
                url = word.removeprefix("$URL")
            case _:
                assert word.startswith("-"), word
    sent: dict[str, Any] = {"files": [*((name, (None, value)) for name, value in form), upload]} if upload else {}
    if body:
        sent["content"] = body
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    return client.request(method or ("POST" if sent else "GET"), url, headers=headers, **sent)


def keys_of(response: httpx.Response) -> set[str]:
    """The keys of the object that a response is; none when it is something else."""
    try:
        body: Any = response.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return set()
    return set(body) if isinstance(body, dict) else set()
