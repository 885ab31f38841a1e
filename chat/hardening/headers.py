"""Headers of everything that Chainlit serves: what the page may load, who may frame it, what may be cached."""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping

_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_HSTS = "max-age=31536000"
_YEAR = "public, max-age=31536000, immutable"


def script_hashes(html: str) -> list[str]:
    """CSP sources that allow exactly the inline scripts standing in ``html``."""
    digests = (hashlib.sha256(script.encode()).digest() for script in _INLINE_SCRIPT.findall(html))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def content_security_policy(scripts: Iterable[str] = ()) -> str:
    """Nothing from other hosts, no eval, no inline script but the hashed ones, framed by nobody.

    Inline styles are allowed: Chainlit's components set them; they run nothing.
    """
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src", "'self'", *scripts)),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "media-src 'self' blob:",
            "worker-src 'self' blob:",
            "frame-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "object-src 'none'",
            "frame-ancestors 'none'",
        )
    )


_PLAIN_POLICY = content_security_policy()


def _cache_control(path: str) -> str:
    if path.startswith("/assets/"):
        return _YEAR  # their names carry a hash of their content
    if path.startswith("/public/") or path in ("/favicon", "/logo"):
        return "no-cache"
    return "no-store"


def complete(headers: Mapping[str, str], path: str, *, is_secure: bool) -> dict[str, str]:
    """The headers to add to a response that already has ``headers`` (lower-case names)."""
    wanted = {**_ALWAYS, "content-security-policy": _PLAIN_POLICY, "cache-control": _cache_control(path)}
    if is_secure:
        wanted["strict-transport-security"] = _HSTS
    return {name: value for name, value in wanted.items() if name not in headers}
