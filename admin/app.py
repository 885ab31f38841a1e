"""Puts the console on a host app."""

from functools import cache

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from admin import audit, conversations, dashboard, jobs, reviews, rights_page
from admin.cases import routes as cases
from admin.cases import run_routes as case_runs
from admin.routes import groups, keys, libraries, people, people_import, person

ROUTERS: tuple[APIRouter, ...] = (
    people.router,
    people_import.router,
    person.router,
    libraries.router,
    groups.router,
    keys.router,
    audit.router,
    reviews.router,
    case_runs.router,
    cases.router,
    dashboard.router,
    jobs.router,
    rights_page.router,
    conversations.router,
)  # the first match counts


def include(app: FastAPI) -> None:
    """Add the pages under ``/admin`` to the app, whose error handlers and middleware ``api.app`` has set."""
    app.router.routes.extend(_routes())


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """The same for each app of a process, see ``api.app``."""
    together = APIRouter()
    for router in ROUTERS:
        together.include_router(router)
    return tuple(together.routes)
