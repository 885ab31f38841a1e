"""Puts the HTTP API on a host app: routes, error handlers and middleware.

The host provides ``app.state.services``.
"""

from collections import Counter
from functools import cache

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from starlette.routing import BaseRoute

from api.described import ERRORS
from api.openai import chat as chat_completions
from api.openai import embeddings, models
from api.openai.documents import files, vector_stores
from api.openai.responses import routes as responses
from api.routes import (
    account_exports,
    answer_jobs,
    answer_runs,
    auth,
    chat,
    citations,
    documents,
    exercises,
    exports,
    fallback,
    groups,
    health,
    jobs,
    keys,
    keys_page,
    libraries,
    library_page,
    metrics,
    reference,
    review_items,
    review_page,
    search,
    shared_pages,
    shares,
    sources,
    sso,
    threads,
    usage,
    viewer,
)
from web import errors
from web.address import PossibleAddress
from web.body_limit import BodyLimit
from web.cors import NamedOrigins
from web.headers import SecurityHeaders
from web.hosts import Hosts
from web.limit_headers import LimitHeaders
from web.request_log import RequestLog
from web.shape import OneShape
from web.source import Sources
from web.upload_gate import UploadGate

# For the description alone: who comes in is decided by ``api.deps``.
BEARER = HTTPBearer(auto_error=False, description="A token of POST /api/auth/token, or an API key.")

# The fallback is last: it takes every remaining /api path.
ROUTERS = (
    health.router,
    metrics.router,
    auth.router,
    documents.router,
    sources.router,
    jobs.router,
    chat.router,
    exercises.router,
    citations.router,
    answer_runs.router,
    answer_jobs.router,
    review_items.router,
    usage.router,
    viewer.router,
    search.router,
    threads.router,
    exports.router,
    shares.router,
    shared_pages.router,
    libraries.router,
    groups.router,
    library_page.router,
    keys.router,
    keys_page.router,
    sso.pages,
    sso.router,
    review_page.router,
    models.router,
    chat_completions.router,
    responses.router,
    embeddings.router,
    files.router,
    vector_stores.router,
    reference.router,
    account_exports.router,
    fallback.router,
)

MIDDLEWARE = (
    SecurityHeaders,
    RequestLog,
    Sources,
    Hosts,
    PossibleAddress,
    NamedOrigins,
    LimitHeaders,
    OneShape,
    BodyLimit,
    UploadGate,
)  # the first is the outermost


def include(app: FastAPI) -> None:
    """Add everything under ``/api``, ``/cite``, ``/jobs`` and ``/health`` to the app."""
    errors.register(app)
    app.state.streams = Counter()
    app.router.routes.extend(_routes())
    for middleware in reversed(MIDDLEWARE):
        app.add_middleware(middleware)


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """The routes of all routers, the same for each app of a process: FastAPI works on those that it includes for half a second."""
    together = APIRouter()
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute):
                route.summary = route.summary or _first_sentence(route.description)
        together.include_router(router, responses=ERRORS, tags=[_subject(router)], dependencies=[Depends(BEARER)])
    return tuple(together.routes)


def _subject(router: APIRouter) -> str:
    """Under which heading the description lists a router: ``/api/answer-runs`` is ``Answer runs``."""
    return router.prefix.removeprefix("/api").strip("/").replace("-", " ").capitalize() or "Pages"


def _first_sentence(description: str) -> str:
    return description.partition("\n\n")[0].partition(". ")[0].replace("\n", " ").replace("``", "").rstrip(".")
