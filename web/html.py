"""HTML pages: an empty frame that a script of ``public/`` fills, or a sentence when something is wrong."""

from functools import lru_cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import Headers
from starlette.types import Scope

from core.words import TAGS, Language
from web.language import remember, words_of

PUBLIC = Path(__file__).resolve().parents[1] / "public"
NO_SCRIPT = "This page needs JavaScript."
Theme = Literal["light", "dark"]

FRAME = """<!doctype html>
<html lang="{language}"{attributes}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="/favicon">
{preload}
<script src="{theme}"></script>
<link rel="stylesheet" href="{base}">
<link rel="stylesheet" href="{style}">
{script}
</head>
<body>
{body}
<noscript><p class="notice">{noscript}</p></noscript>
</body>
</html>
"""


@lru_cache
def asset(name: str) -> str:
    """Address of a file in ``public/``, with a hash of its content so that browsers fetch new versions."""
    digest = sha256((PUBLIC / name).read_bytes()).hexdigest()[:10]
    return f"/public/{name}?v={digest}"


def words_address(language: Language) -> str | None:
    """Address of the catalogue for the browser code; None for English, which needs none."""
    return None if language == "en" else asset(f"words/{language}.json")


def attributes_of(language: Language) -> str:
    """What browser code reads of the language (``public/lib/words.js``), as attributes of ``<html>`` behind ``lang``."""
    address = words_address(language)
    return f' data-words="{address}"' if address else ""


def preload_of(language: Language) -> str:
    """A tag that fetches the catalogue while the scripts are fetched; empty for English."""
    address = words_address(language)
    return f'<link rel="preload" href="{address}" as="fetch" crossorigin>' if address else ""


def frame(
    request: Request,
    title: str,
    body: str,
    *,
    script: str | None = None,
    style: str = "viewer/viewer.css",
    status_code: int = 200,
) -> HTMLResponse:
    """A page with the theme of the chat, in the language of the request.

    ``?theme=light|dark`` overrides the theme, ``?lang=`` the language; ``?embed=1`` leaves out what the side panel already shows.

    Args:
        title: a text of the catalogue, or one that is not ours.
    """
    words = words_of(request)
    theme = request.query_params.get("theme")
    attributes = f' data-theme="{theme}"' if theme in ("light", "dark") else ""
    if request.query_params.get("embed") == "1":
        attributes += " data-embed"
    content = FRAME.format(
        language=TAGS[words.language],
        attributes=attributes_of(words.language) + attributes,
        preload=preload_of(words.language),
        noscript=escape(words.text(NO_SCRIPT)),
        title=escape(words.told(title)),
        theme=asset("lib/theme.js"),
        base=asset("lib/base.css"),
        style=asset(style),
        script=f'<script type="module" src="{asset(script)}"></script>' if script else "",
        body=body,
    )
    response = HTMLResponse(content, status_code)
    remember(request, response)
    return response


def accepts(scope: Scope, kind: str) -> bool:
    """Whether a request names this media type. Browsers name ``text/html`` where a page is opened; scripts and programs do not."""
    accepted = Headers(scope=scope).get("accept", "") if scope["type"] == "http" else ""
    return any(part.split(";")[0].strip().lower() == kind for part in accepted.split(","))


def sentence_page(request: Request, status_code: int, message: str, reference: str | None = None) -> HTMLResponse:
    """A page that says what is wrong, with a link to the sign-in page for 401, else to the chat.

    Args:
        reference: under which the log tells more, for an error that is not the person's.
    """
    words = words_of(request)
    sign_in = f'<p><a href="{escape(_sign_in_address(request))}" target="_top">{escape(words.text("Sign in"))}</a></p>'
    back = f'<p class="leave"><a href="/" target="_top">{escape(words.text("Back to the chat"))}</a></p>'
    said = f'<h1 class="sentence">{escape(words.told(message))}</h1>'
    if reference:
        said += f'<p class="faint">{escape(words.text("Reference %(reference)s", reference=reference))}</p>'
    body = f'<main class="notice">{said}{sign_in if status_code == 401 else back}</main>'
    script = "lib/fragment.js" if status_code == 401 else None
    return frame(request, "Footnote", body, script=script, status_code=status_code)


def _sign_in_address(request: Request) -> str:
    """The sign-in page, which leads back to where this request went (``public/chat/place.js``); from the side panel, to the chat."""
    if request.method != "GET" or request.query_params.get("embed") == "1":
        return "/login"
    query = f"?{request.url.query}" if request.url.query else ""
    return f"/login?{urlencode({'next': request.url.path + query})}"
