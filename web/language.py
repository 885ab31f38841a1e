"""The language of a page: ``?lang=``, else the cookie that remembers one, else what the browser asks for, else English."""

from collections.abc import Iterator

from starlette.requests import HTTPConnection
from starlette.responses import Response

from core.words import LANGUAGES, Catalogue, Language, catalogue

COOKIE = "footnote_language"
A_YEAR_S = 365 * 24 * 3600
MOST_ACCEPTED = 20  # languages of a browser that are looked at


def language_of(request: HTTPConnection) -> Language:
    """The language of an answer to this request."""
    chosen = known(request.query_params.get("lang", "")) or known(request.cookies.get(COOKIE, ""))
    return chosen or preferred(request.headers.get("accept-language", ""))


def words_of(request: HTTPConnection) -> Catalogue:
    """The texts in the language of a request."""
    return catalogue(language_of(request))


def remember(request: HTTPConnection, response: Response) -> None:
    """Keep the language of ``?lang=`` for the pages that follow."""
    if chosen := known(request.query_params.get("lang", "")):
        response.set_cookie(COOKIE, chosen, max_age=A_YEAR_S, samesite="lax", secure=request.url.scheme == "https")


def preferred(accepted: str) -> Language:
    """The first language of an ``Accept-Language`` that we have, by its weights; English without one."""
    return next((language for tag in _by_weight(accepted) if (language := known(tag))), "en")


def known(tag: str) -> Language | None:
    """The language of a tag such as ``de-CH``; None for one that we do not have."""
    base = tag.strip().lower().partition("-")[0]
    return next((language for language in LANGUAGES if language == base), None)


def _by_weight(accepted: str) -> Iterator[str]:
    weighted = []
    for part in accepted.split(",")[:MOST_ACCEPTED]:
        tag, _, weight = part.partition(";")
        try:
            weighted.append((-float(weight.strip().removeprefix("q=") or 1), tag))
        except ValueError:
            continue  # not a weight: as if it were not named
    return (tag for weight, tag in sorted(weighted, key=lambda pair: pair[0]) if weight < 0)
