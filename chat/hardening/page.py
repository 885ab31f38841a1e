"""The HTML page: Chainlit's template, built once, without anything from other hosts."""

import base64
import hashlib
import re
from dataclasses import dataclass

from starlette.responses import HTMLResponse, Response

from web.headers import CHAT, policy

_FOREIGN_TAG = re.compile(
    r"\s*<(?:link|script|img)\b[^>]*\b(?:href|src)\s*=\s*[\"'](?:https?:)?//[^>]*>(?:\s*</script>)?"
)
_FOREIGN_META = re.compile(r"\s*<meta\b[^>]*\bcontent\s*=\s*[\"'](?:https?:)?//[^>]*>")
_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_EARLY_THEME = '<meta name="color-scheme" content="light dark">'


def without_foreign_hosts(html: str) -> str:
    """``html`` less every tag that would load from, or point to, another host."""
    return _FOREIGN_META.sub("", _FOREIGN_TAG.sub("", html))


def script_hashes(html: str) -> list[str]:
    """CSP sources that allow exactly the inline scripts standing in ``html``."""
    digests = (hashlib.sha256(script.encode()).digest() for script in _INLINE_SCRIPT.findall(html))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


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
