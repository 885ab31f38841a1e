"""Puts one's own pages on a host app."""

from functools import cache

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from account.routes import data, invite, openings, password, profile, shares, sign_ins, use

ROUTERS: tuple[APIRouter, ...] = (
    profile.router,
    password.router,
    sign_ins.router,
    use.router,
    shares.router,
    openings.router,
    data.router,
    data.receipts,
    invite.router,
)


def include(app: FastAPI) -> None:
    """Add the pages under ``/account``, ``/invite`` and ``/erased`` to the app, whose error handlers and middleware ``api.app`` has set."""
    app.router.routes.extend(_routes())


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """The same for each app of a process, see ``api.app``."""
    together = APIRouter()
    for router in ROUTERS:
        together.include_router(router)
    return tuple(together.routes)
