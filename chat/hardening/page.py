"""The HTML pages of the chat: Chainlit's template, built once, without anything from other hosts; and "not found"."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from chat.hardening.routes import methods_of
from core.words import N_, TAGS
from web.headers import CHAT, policy
from web.html import accepts, attributes_of, preload_of
from web.language import language_of, remember, words_of
from web.unknown import nothing_here

_TAG = re.compile(r"(?:(?<!\s)\s++)?+<(?:link|script|img|meta)\b[^<>]*+>(?:\s*+</script>)?")
_FOREIGN = re.compile(r"\b(?:href|src|content)\s*=\s*[\"'](?:https?:)?//")
_SCRIPT = re.compile(r"<script\b([^<>]*+)>")
_HAS_SOURCE = re.compile(r"\bsrc=")
_ENGLISH = '<html lang="en"'
_EARLY = """<meta name="color-scheme" content="light dark">
    <link rel="manifest" href="/public/manifest.json">
    <link rel="apple-touch-icon" href="/public/icons/touch-180.png">"""
_NOT_FOUND = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title} – Footnote</title>
<link rel="stylesheet" href="/public/chat/lost.css">
</head>
<body><main>
<h1>{heading}</h1>
<p>{why}</p>
<p><a href="/">{back}</a></p>
</main></body>
</html>
"""
_LOST = {
    "title": N_("Not found"),
    "heading": N_("There is nothing here"),
    "why": N_("The address is wrong, or what it led to was deleted."),
    "back": N_("To your conversations"),
}


def without_foreign_hosts(html: str) -> str:
    """``html`` without tags that load from, or point to, another host."""
    return _TAG.sub(lambda tag: "" if _FOREIGN.search(tag[0]) else tag[0], html)


def script_hashes(html: str) -> list[str]:
    """CSP sources that allow exactly the inline scripts of ``html``."""
    digests = (hashlib.sha256(script.encode()).digest() for script in _inline_scripts(html))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def _inline_scripts(html: str) -> Iterator[str]:
    position = 0
    while (tag := _SCRIPT.search(html, position)) and (end := html.find("</script>", tag.end())) >= 0:
        if not _HAS_SOURCE.search(tag[1]):
            yield html[tag.end() : end]
        position = end


@dataclass(frozen=True, slots=True)
class Page:
    """The page and its Content-Security-Policy. Both depend on the configuration only, so they are built once."""

    html: str
    policy: str

    @classmethod
    def from_template(cls, template: str, told: Mapping[str, object] | None = None) -> "Page":
        """Build the page from Chainlit's rendered template.

        Args:
            told: what the scripts of the page read from its root, by name: ``limits`` stands in ``data-limits``, as JSON.
        """
        attributes = "".join(f' data-{name}="{escape(json.dumps(value))}"' for name, value in (told or {}).items())
        template = template.replace(_ENGLISH, f"{_ENGLISH}{attributes}", 1)
        html = without_foreign_hosts(template).replace("</title>", f"</title>\n    {_EARLY}", 1)
        return cls(html, policy(CHAT, script_hashes(html)))

    def response(self, request: Request) -> Response:
        """The page as a response, in the language of the request."""
        language = language_of(request)
        html = self.html.replace(_ENGLISH, f'<html lang="{TAGS[language]}"{attributes_of(language)}', 1)
        html = html.replace("<head>", f"<head>\n    {preload_of(language)}", 1)
        response = HTMLResponse(html, headers={"content-security-policy": self.policy, "cache-control": "no-cache"})
        response.headers["vary"] = "Accept-Language, Cookie"
        remember(request, response)
        return response


def not_found(scope: Scope) -> Response:
    """404, or 405 where the address takes other methods: a page for people, JSON for programs."""
    response = nothing_here(scope, methods_of(scope["path"]))
    if response.status_code == 404 and accepts(scope, "text/html"):
        words = words_of(HTTPConnection(scope))
        texts = {name: escape(words.text(text)) for name, text in _LOST.items()}
        return HTMLResponse(_NOT_FOUND.format(language=TAGS[words.language], **texts), 404)
    return response
