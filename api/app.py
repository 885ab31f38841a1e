"""The HTTP side as one call: routes, error answers and middleware put on a host app.

The host provides ``app.state``: ``accounts``, ``answers``, ``ledger``, ``reviews``, ``ingestion``, ``database``,
``limiter``, ``settings``, ``readiness``.
"""

from fastapi import FastAPI

from api.middleware import OwnHeaders, RequestLog
from api.routes import (
    answer_runs,
    auth,
    chat,
    citations,
    documents,
    fallback,
    health,
    jobs,
    libraries,
    library_page,
    review_items,
    review_page,
    usage,
    viewer,
)
from web import errors
from web.body_limit import BodyLimit
from web.upload_gate import UploadGate

# The fallback comes last: it takes every /api path that is left.
ROUTERS = (
    health.router,
    auth.router,
    documents.router,
    jobs.router,
    chat.router,
    citations.router,
    answer_runs.router,
    review_items.router,
    usage.router,
    viewer.router,
    libraries.router,
    library_page.router,
    review_page.router,
    fallback.router,
)


def include(app: FastAPI) -> None:
    """Add everything under ``/api``, ``/cite``, ``/jobs`` and ``/health`` to the app."""
    errors.register(app)
    for router in ROUTERS:
        app.include_router(router)
    for middleware in (UploadGate, BodyLimit, OwnHeaders, RequestLog):  # the last one added is the outermost
        app.add_middleware(middleware)
