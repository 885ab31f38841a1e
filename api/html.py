"""The few HTML pages made here: an empty frame that ``public/viewer.js`` fills, and a sentence when there is nothing to fill it with."""

from collections.abc import Callable, Coroutine
from functools import lru_cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any, Literal

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute

from core.errors import FootnoteError, NotAuthenticated
from web.errors import SENTENCES, render

PUBLIC = Path(__file__).resolve().parents[1] / "public"
Theme = Literal["light", "dark"]
Handler = Callable[[Request], Coroutine[Any, Any, Response]]

FRAME = """<!doctype html>
<html lang="en"{attributes}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="/favicon">
<script src="{theme}"></script>
<link rel="stylesheet" href="{style}">
{script}
</head>
<body>
{body}
<noscript><p class="notice">This page needs JavaScript.</p></noscript>
</body>
</html>
"""


@lru_cache
def asset(name: str) -> str:
    """Address of a file in ``public/``, with a mark of its content so that a new version is fetched."""
    mark = sha256((PUBLIC / name).read_bytes()).hexdigest()[:10]
    return f"/public/{name}?v={mark}"


def frame(
    request: Request,
    title: str,
    body: str,
    *,
    script: str | None = None,
    style: str = "viewer.css",
    status_code: int = 200,
) -> HTMLResponse:
    """A page. It looks as the chat is set to look.

    ``?theme=light|dark`` overrides that; ``?embed=1`` leaves out what the side panel already shows.
    """
    theme = request.query_params.get("theme")
    attributes = f' data-theme="{theme}"' if theme in ("light", "dark") else ""
    if request.query_params.get("embed") == "1":
        attributes += " data-embed"
    content = FRAME.format(
        attributes=attributes,
        title=escape(title),
        theme=asset("theme.js"),
        style=asset(style),
        script=f'<script type="module" src="{asset(script)}"></script>' if script else "",
        body=body,
    )
    return HTMLResponse(content, status_code)


def sentence_page(request: Request, status_code: int, message: str) -> HTMLResponse:
    """A page that says what is wrong, with a way to sign in when that is what is missing, else back."""
    sign_in = '<p><a href="/login" target="_top">Sign in</a></p>'
    link = sign_in if status_code == 401 else '<p class="leave"><a href="/" target="_top">Back to the chat</a></p>'
    return frame(
        request, "Footnote", f'<div class="notice"><p>{escape(message)}</p>{link}</div>', status_code=status_code
    )


class PageRoute(APIRoute):
    """A route for people: what goes wrong becomes a page, not JSON."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def handle_for_people(request: Request) -> Response:
            try:
                return await handle(request)
            except NotAuthenticated:
                return sentence_page(request, 401, "You are not signed in, or your sign-in has ended.")
            except FootnoteError as error:
                return sentence_page(request, render(error).status_code, error.message)
            except RequestValidationError:
                return sentence_page(request, 404, SENTENCES[404])

        return handle_for_people
