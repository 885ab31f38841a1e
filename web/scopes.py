"""Which scope of an API key opens which address.

A key opens nothing that is not listed here, and ``test_every_route_says_what_opens_it`` fails on a route that is not. What a person signs
in for (cookie, access token) opens everything that the person may see or do; a key is checked by :func:`require` in addition.
"""

from dataclasses import dataclass

from starlette.types import Scope as RequestScope

from core.access import Principal, Scope, require_scope

READING = frozenset({"GET", "HEAD"})
_READ, _ASK, _UPLOAD, _ADMIN = ((scope,) for scope in (Scope.READ, Scope.ASK, Scope.UPLOAD, Scope.ADMIN))
_ANSWERS = (*_READ, *_ASK)
_ANY = tuple(Scope)
_NONE: tuple[Scope, ...] = ()  # for people who have signed in, never for a key


@dataclass(frozen=True, slots=True)
class Opens:
    """Addresses at and below ``path``, and the scopes of which a key needs one; ``*`` stands for any one part of the address.

    Attributes:
        reading: for GET and HEAD.
        changing: for every other method.
        is_public: nobody is asked who they are.
    """

    path: str
    reading: tuple[Scope, ...] = _NONE
    changing: tuple[Scope, ...] = _NONE
    is_public: bool = False

    def matches(self, parts: list[str]) -> bool:
        """True when an address, in its parts, is at or below ``path``."""
        own = self.path.strip("/").split("/")
        return len(parts) >= len(own) and all(mine in ("*", theirs) for mine, theirs in zip(own, parts, strict=False))


OPENS = (  # the first match counts
    Opens("/health", is_public=True),
    Opens("/metrics", is_public=True),  # it asks for a token of its own
    Opens("/api/openapi.json", is_public=True),
    Opens("/api/auth/token", is_public=True),
    Opens("/api/auth/revoke", is_public=True),
    Opens("/api/auth/me", reading=_ANY),
    Opens("/api/auth"),
    Opens("/api/sso/logout"),
    Opens("/api/sso", is_public=True),
    Opens("/sso", is_public=True),
    Opens("/api/keys"),
    Opens("/keys"),
    Opens("/api/docs", is_public=True),
    Opens("/api/documents", reading=_READ, changing=_UPLOAD),
    Opens("/api/links", reading=_READ, changing=_UPLOAD),
    Opens("/api/jobs", reading=(*_READ, *_UPLOAD), changing=_UPLOAD),
    Opens("/api/libraries/*/members", reading=_READ),
    Opens("/api/libraries", reading=_READ, changing=_UPLOAD),
    Opens("/api/groups", reading=_READ, changing=_ADMIN),
    Opens("/api/search", changing=_READ),
    Opens("/api/threads/*/shares"),
    Opens("/api/threads", reading=_ANSWERS, changing=_ASK),
    Opens("/api/feedback", changing=_ASK),
    Opens("/api/chat", changing=_ASK),
    Opens("/api/citations", reading=_ANSWERS),
    Opens("/api/answer-runs", reading=_ANSWERS, changing=_ASK),
    Opens("/api/review-items", reading=_ADMIN, changing=_ADMIN),
    Opens("/api/usage/all", reading=_ADMIN),
    Opens("/api/usage", reading=_ANSWERS),
    Opens("/chat", changing=_ASK),
    Opens("/api/job-status", reading=_ANSWERS, changing=_ASK),
    Opens("/job-status", reading=_ANSWERS, changing=_ASK),
    Opens("/api/result", reading=_ANSWERS),
    Opens("/result", reading=_ANSWERS),
    Opens("/v1/models", reading=_ANY),
    Opens("/v1/chat", changing=_ASK),
    Opens("/v1/responses", reading=_ANSWERS, changing=_ASK),
    Opens("/v1/embeddings", changing=(*_READ, *_ASK)),
    Opens("/v1/files", reading=_READ, changing=_UPLOAD),
    Opens("/v1/vector_stores/*/search", changing=_READ),
    Opens("/v1/vector_stores", reading=_READ, changing=_UPLOAD),
    Opens("/cite", reading=_ANSWERS),
    Opens("/answers", reading=_ANSWERS),
    Opens("/jobs", reading=_READ),
    Opens("/library", reading=_READ),
    Opens("/reviews", reading=_ADMIN),
    Opens("/admin"),
    Opens("/account"),
    Opens("/invite", is_public=True),
    Opens("/api/account"),
    Opens("/erased", is_public=True),
    Opens("/shared"),
)


def opening(path: str) -> Opens | None:
    """The row of an address; None when it has none."""
    parts = path.strip("/").split("/")
    return next((row for row in OPENS if row.matches(parts)), None)


def require(principal: Principal, request: RequestScope) -> None:
    """Raise NotPermitted when the principal's API key does not open this address with this method."""
    row = opening(request["path"])
    any_of = _NONE if row is None else row.reading if request["method"] in READING else row.changing
    require_scope(principal, *any_of)
