"""Hardens Chainlit's app and mounts it."""

import logging
from dataclasses import asdict
from pathlib import Path

import chainlit.data
import chainlit.server
from chainlit.auth import ensure_jwt_secret
from chainlit.config import config, load_module
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router

from chat import help as help_page
from chat import welcome
from chat.hardening import patches, sockets
from chat.hardening.endpoints import ask_again, ask_literally, delete_feedback, go_on, put_feedback
from chat.hardening.guard import Guard
from chat.hardening.page import Page
from chat.hardening.upload import receive_file
from chat.help import KEYS, Limits
from services import Services
from web import errors

_DOC_PATHS = ("/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json")


def mount(app: FastAPI, services: Services, target: Path) -> None:
    """Load ``app.py`` into Chainlit and mount it at ``/`` behind the guard."""
    patches.apply()
    sockets.harden(chainlit.server.sio)
    _reset_data_layer()
    config.run.module_name = str(target)
    load_module(str(target))
    ensure_jwt_secret()
    _without_docs(chainlit.server.app)
    errors.register(chainlit.server.app)
    authenticate = services.accounts.authenticate
    app.mount(
        "/",
        Guard(
            _in_front(chainlit.server.app, Limits.of(services.settings)),
            lambda token: authenticate(token, kind="browser"),
            services.settings,
        ),
    )


def _reset_data_layer() -> None:
    """Make Chainlit ask ``app.py`` for the data layer again: it caches the first one."""
    chainlit.data._data_layer = None
    chainlit.data._data_layer_initialized = False


def _without_docs(chainlit_app: FastAPI) -> None:
    chainlit_app.router.routes[:] = [
        route for route in chainlit_app.router.routes if getattr(route, "path", "") not in _DOC_PATHS
    ]


def _in_front(chainlit_app: FastAPI, limits: Limits) -> Router:
    """Chainlit with our routes in front of some of its own. The host app's handlers answer exceptions of our routes."""
    page = Page.from_template(chainlit.server.get_html_template(""), {"limits": asdict(limits), "keys": KEYS})

    async def serve_page(request: Request) -> Response:
        return page.response(request)

    routes = [
        *(Route(path, serve_page, methods=["GET", "HEAD"]) for path in ("/", "/login", "/thread/{thread_id}")),
        Route("/project/file", receive_file, methods=["POST"]),
        Route("/project/settings", help_page.settings, methods=["GET"]),
        Route("/project/translations", welcome.texts, methods=["GET"]),
        Route("/feedback", put_feedback, methods=["PUT"]),
        Route("/feedback", delete_feedback, methods=["DELETE"]),
        Route("/answers/{answer_run_id}/again", ask_again, methods=["POST"]),
        Route("/answers/{answer_run_id}/continue", go_on, methods=["POST"]),
        Route("/answers/{answer_run_id}/literal", ask_literally, methods=["POST"]),
        Mount("/", chainlit_app),
    ]
    return Router(routes)


class _ExpectedWarnings(logging.Filter):
    """Drops two warnings that Chainlit repeats at every page load, about files that do not exist on purpose."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        return not text.startswith(("Translated markdown file", "Translation file"))


logging.getLogger("chainlit").addFilter(_ExpectedWarnings())
