"""Security headers: one set, and where pages differ."""

from types import SimpleNamespace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from web.headers import ALWAYS, PAGES, SecurityHeaders, headers_of


@pytest.mark.parametrize(
    ("path", "frame_ancestors", "frames", "cache"),
    [
        ("/", "'none'", "DENY", "no-store"),
        ("/thread/x", "'none'", "DENY", "no-store"),
        ("/project/settings", "'none'", "DENY", "no-store"),
        ("/nowhere", "'none'", "DENY", "no-store"),
        ("/assets/a-1234.js", "'none'", "DENY", "public, max-age=31536000, immutable"),
        ("/public/custom.js", "'none'", "DENY", "no-cache"),
        ("/favicon", "'none'", "DENY", "no-cache"),
        ("/library", "'none'", "DENY", "no-store"),
        ("/reviews", "'none'", "DENY", "no-store"),
        ("/health/live", "'none'", "DENY", "no-store"),
        ("/api/documents", "'self'", "SAMEORIGIN", "no-store"),
        ("/cite/x/1", "'self'", "SAMEORIGIN", "no-store"),
        ("/jobs/x", "'self'", "SAMEORIGIN", "no-store"),
        ("/answers/x", "'self'", "SAMEORIGIN", "no-store"),
    ],
)
def test_where_pages_differ(path: str, frame_ancestors: str, frames: str, cache: str) -> None:
    headers = headers_of(path, 200, is_secure=False)
    assert headers["Content-Security-Policy"].endswith(f"frame-ancestors {frame_ancestors}") or (
        f"frame-ancestors {frame_ancestors};" in headers["Content-Security-Policy"]
    )
    assert (headers["X-Frame-Options"], headers["Cache-Control"]) == (frames, cache)
    assert ALWAYS.items() <= headers.items()


def test_an_error_is_never_kept_by_a_browser() -> None:
    """A name that is missing today would be missing for a year."""
    assert headers_of("/assets/a-1234.js", 404, is_secure=False)["Cache-Control"] == "no-store"


def test_tls_only_is_said_where_it_is_so() -> None:
    assert "Strict-Transport-Security" not in headers_of("/", 200, is_secure=False)
    for path in ("/", "/api/documents", "/library"):
        assert headers_of(path, 200, is_secure=True)["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("pages", PAGES)
def test_no_policy_names_another_host_or_lets_text_run(pages: object) -> None:
    policy = pages.policy  # type: ignore[attr-defined]
    assert "http" not in policy
    assert "*" not in policy
    assert "unsafe-eval" not in policy
    assert "default-src 'none'; script-src 'self'; " in policy


async def test_a_route_keeps_the_policy_that_it_sets_itself() -> None:
    async def file(_: Request) -> Response:
        return Response(headers={"Content-Security-Policy": "sandbox", "Cache-Control": "private"})

    app = Starlette(routes=[Route("/api/file", file)])
    app.state.services = SimpleNamespace(settings=SimpleNamespace(cookies_are_secure=True))
    app.add_middleware(SecurityHeaders)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        headers = (await client.get("/api/file")).headers
    assert headers.get_list("content-security-policy") == ["sandbox"]
    assert headers.get_list("cache-control") == ["private"]
    assert headers["strict-transport-security"]
    assert headers["x-frame-options"] == "SAMEORIGIN"
