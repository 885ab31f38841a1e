"""The HTML page: Chainlit's template, built once, without anything from other hosts."""

import re
from dataclasses import dataclass

from starlette.responses import HTMLResponse, Response

from chat.hardening.headers import content_security_policy, script_hashes

_FOREIGN_TAG = re.compile(
    r"\s*<(?:link|script|img)\b[^>]*\b(?:href|src)\s*=\s*[\"'](?:https?:)?//[^>]*>(?:\s*</script>)?"
)
_FOREIGN_META = re.compile(r"\s*<meta\b[^>]*\bcontent\s*=\s*[\"'](?:https?:)?//[^>]*>")
_EARLY_THEME = '<meta name="color-scheme" content="light dark">'


def without_foreign_hosts(html: str) -> str:
    """``html`` less every tag that would load from, or point to, another host."""
    return _FOREIGN_META.sub("", _FOREIGN_TAG.sub("", html))


@dataclass(frozen=True, slots=True)
class Page:
    """The page and the policy it needs. Both depend on the configuration only, so they are made once."""

    html: str
    policy: str

    @classmethod
    def from_template(cls, template: str) -> "Page":
        """Take Chainlit's rendered template."""
        html = without_foreign_hosts(template).replace("</title>", f"</title>\n    {_EARLY_THEME}", 1)
        return cls(html, content_security_policy(script_hashes(html)))

    def response(self) -> Response:
        """The answer to whoever asks for a view."""
        return HTMLResponse(self.html, headers={"content-security-policy": self.policy, "cache-control": "no-cache"})
