"""Server-rendered pages: Jinja templates of ``web/templates/``, filled on the server, usable without a script.

Every text for people is written as ``_("…")``, with values as ``_("… %(name)s …", name=value)``, or as
``plural(number, "%(count)s page", "%(count)s pages")``; it is shown in the language of the request (``web/language.py``). Templates escape
what they are given; nothing is marked as safe.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from core.access import Principal
from core.kinds import kind_of
from core.places import place_of
from core.words import TAGS, Catalogue, catalogue
from web import formats
from web.devices import device_name
from web.html import asset, words_address
from web.language import remember, words_of


class Cited(Protocol):
    """A passage of a document."""

    page: int | None
    locator: str | None


_current: ContextVar[Catalogue] = ContextVar("words")  # of the page that is rendered: macros know no request


def _words() -> Catalogue:
    return _current.get(None) or catalogue("en")


MOST_NOTICE = 200  # characters of a notice in an address
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@pass_context
def _address(context: Context, **changed: object) -> str:
    """The address of this page with other parameters; None leaves one out, and the cursor is left out unless it is given."""
    url = context["request"].url
    kept = dict(parse_qsl(url.query)) | {"cursor": None, "notice": None} | changed
    query = urlencode({name: value for name, value in kept.items() if value is not None})
    return f"{url.path}?{query}" if query else str(url.path)


def _text(english: str, **values: object) -> str:
    """A text in the language of the page; without values it may also be a complete sentence with them, such as that of an error."""
    return _words().text(english, **values) if values else _words().told(english)


def _plural(count: float, one: str, more: str, **values: object) -> str:
    """A text for so many; ``%(count)s`` is the number as it is written in the language."""
    words = _words()
    return words.plural(count, one, more, **({"count": formats.number(count, words)} | values))


def _format(write: Callable[[Any, Catalogue], str]) -> Callable[[Any], str]:
    return lambda value: write(value, _words())


def _place(cited: Cited) -> str:
    """Where the cited text stands in its document, as :func:`core.places.place_of` says it in the reader's language."""
    return place_of(cited.page, cited.locator, _words())


TEMPLATES.globals.update(asset=asset, address=_address, _=_text, plural=_plural, place=_place)
TEMPLATES.filters.update(
    device=device_name,
    number=_format(formats.number),
    day=_format(formats.day),
    moment=_format(formats.moment),
    size=_format(formats.size),
    seconds=_format(formats.seconds),
    score=_format(formats.score),
    percent=_format(formats.percent),
    dollars=_format(formats.dollars),
    kind=kind_of,
)


def page(
    request: Request, principal: Principal | None, template: str, *, status_code: int = 200, **context: Any
) -> HTMLResponse:
    """A page from a template, with ``request`` and ``me`` (the principal; None on a public page) beside what is given.

    ``?theme=light|dark`` overrides the theme of the system, ``?lang=`` the language of the browser. ``?notice=…`` is shown once at the
    top of the page; ``problem`` says what was wrong with a form.
    """
    theme, notice = (request.query_params.get(name, "") for name in ("theme", "notice"))
    words = words_of(request)
    given = {
        "request": request,
        "me": principal,
        "theme": theme if theme in ("light", "dark") else None,
        "notice": notice[:MOST_NOTICE],
        "problem": None,
        "language": TAGS[words.language],
        "words_address": words_address(words.language),
    }
    token = _current.set(words)
    try:
        response = HTMLResponse(TEMPLATES.get_template(template).render(given | context), status_code)
    finally:
        _current.reset(token)
    remember(request, response)
    return response


def back_to(path: str, notice: str = "", parameters: Mapping[str, str] | None = None) -> RedirectResponse:
    """After a form was handled: see ``path`` with a notice (303, so that a reload does not send the form again)."""
    query = urlencode({**(parameters or {}), **({"notice": notice} if notice else {})})
    return RedirectResponse(f"{path}?{query}" if query else path, status_code=303)
