"""Same-origin checks: cookies travel with requests that other sites cause, so the cause is looked at as well."""

from collections.abc import Mapping
from urllib.parse import urlsplit


def origin_of(url: str) -> str:
    """``scheme://host[:port]`` of a URL, lower case, without a default port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower().removesuffix(":443" if parts.scheme == "https" else ":80")


def is_same_origin(origin: str | None, host: str | None, public_url: str | None) -> bool:
    """True when ``origin`` is this server: the host the request was sent to, or the public URL that a proxy stands for."""
    if not origin or origin == "null":
        return False
    if public_url and origin_of(origin) == origin_of(public_url):
        return True
    scheme = urlsplit(origin).scheme
    return scheme in ("http", "https") and bool(host) and origin_of(origin) == origin_of(f"{scheme}://{host}")


def is_own_request(headers: Mapping[str, str], public_url: str | None) -> bool:
    """True when a state-changing request was caused by a page of this server.

    Browsers say so by ``Origin`` or, where they leave it out, by ``Sec-Fetch-Site``; a request that says neither is not a page's.
    """
    origin = headers.get("origin")
    if origin is not None:
        return is_same_origin(origin, headers.get("host"), public_url)
    return headers.get("sec-fetch-site") == "same-origin"
