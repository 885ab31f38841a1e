"""Pages that are rendered on the server, as a browser without a script uses them."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tests.http.conftest import BASE, House

_SEEN = re.compile(r'name="seen" value="([^"]*)"')
_TAG = re.compile(r"<[^>]*+>")


@asynccontextmanager
async def browser(house: House, username: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A browser on our own pages, signed in by its cookie; None: nobody."""
    headers = {"Origin": BASE, "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
    async with house.visitor(**headers) as client:
        if username is not None:
            client.cookies.set("access_token", await house.token(username, "browser"))
        client.follow_redirects = True
        yield client


def seen_in(page: httpx.Response) -> str:
    """The tag of what the page showed, as its form sends it back."""
    found = _SEEN.search(page.text)
    assert found, page.text
    return html.unescape(found[1])


def words_of(page: httpx.Response) -> str:
    """What a person reads of a page, with single spaces."""
    return " ".join(html.unescape(_TAG.sub(" ", page.text)).split())
