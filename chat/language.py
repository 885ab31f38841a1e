"""The language of a page of the chat: that of the connection, as of any other request (``web/language.py``)."""

from http.cookies import CookieError, SimpleCookie

from chainlit.context import context
from chainlit.session import WebsocketSession

from core.words import Catalogue, catalogue
from web.language import COOKIE, known, preferred


def words() -> Catalogue:
    """The texts for the page that the present event came from; English outside of one."""
    session = context.session
    return words_of(session) if isinstance(session, WebsocketSession) else catalogue("en")


def words_of(session: WebsocketSession) -> Catalogue:
    """The texts for a page."""
    environ = session.environ
    chosen = known(_cookie(environ.get("HTTP_COOKIE", "")))
    return catalogue(chosen or preferred(environ.get("HTTP_ACCEPT_LANGUAGE", "")))


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
