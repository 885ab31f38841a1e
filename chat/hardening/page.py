"""The HTML page: Chainlit's template, built once, without anything from other hosts."""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import HTMLResponse, Response

from web.headers import CHAT, policy

_TAG = re.compile(r"(?:(?<!\s)\s++)?+<(?:link|script|img|meta)\b[^<>]*+>(?:\s*+</script>)?")
_FOREIGN = re.compile(r"\b(?:href|src|content)\s*=\s*[\"'](?:https?:)?//")
_SCRIPT = re.compile(r"<script\b([^<>]*+)>")
_HAS_SOURCE = re.compile(r"\bsrc=")
_EARLY_THEME = '<meta name="color-scheme" content="light dark">'


def without_foreign_hosts(html: str) -> str:
    """``html`` less every tag that would load from, or point to, another host."""
    return _TAG.sub(lambda tag: "" if _FOREIGN.search(tag[0]) else tag[0], html)


def script_hashes(html: str) -> list[str]:
    """CSP sources that allow exactly the inline scripts standing in ``html``."""
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
    """The page and the policy it needs. Both depend on the configuration only, so they are made once."""

    html: str
    policy: str

    @classmethod
    def from_template(cls, template: str) -> "Page":
        """Take Chainlit's rendered template."""
        html = without_foreign_hosts(template).replace("</title>", f"</title>\n    {_EARLY_THEME}", 1)
        return cls(html, policy(CHAT, script_hashes(html)))

    def response(self) -> Response:
        """The answer to whoever asks for a view."""
        return HTMLResponse(self.html, headers={"content-security-policy": self.policy, "cache-control": "no-cache"})
