"""Puts one's own pages on a host app."""

from fastapi import APIRouter, FastAPI

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
    for router in ROUTERS:
        app.include_router(router)
