"""Chainlit's app, hardened and mounted."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import chainlit.data
import chainlit.server
from chainlit.auth import ensure_jwt_secret
from chainlit.config import config, load_module
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, Router

from chat import welcome
from chat.hardening import patches, sockets
from chat.hardening.again import ask_again
from chat.hardening.feedback import delete_feedback, put_feedback
from chat.hardening.guard import Guard
from chat.hardening.page import Page
from chat.hardening.upload import receive_file
from web import errors

if TYPE_CHECKING:
    from chat.services import ChatServices

_DOC_PATHS = ("/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json")


def mount(app: FastAPI, services: "ChatServices", target: Path) -> None:
    """Load ``app.py`` into Chainlit and mount it at ``/`` behind the guard."""
    patches.apply()
    sockets.harden(chainlit.server.sio)
    _use_our_data_layer()
    config.run.module_name = str(target)
    load_module(str(target))
    ensure_jwt_secret()
    _without_docs(chainlit.server.app)
    errors.register(chainlit.server.app)
    authenticate = services.accounts.authenticate
    app.mount(
        "/", Guard(_in_front(chainlit.server.app), lambda token: authenticate(token, kind="browser"), services.settings)
    )


def _use_our_data_layer() -> None:
    """Have Chainlit ask ``app.py`` for the data layer again: it keeps the first one it gets."""
    chainlit.data._data_layer = None
    chainlit.data._data_layer_initialized = False


def _without_docs(theirs: FastAPI) -> None:
    theirs.router.routes[:] = [route for route in theirs.router.routes if getattr(route, "path", "") not in _DOC_PATHS]


def _in_front(theirs: FastAPI) -> Router:
    """Chainlit, with our routes in place of some of its own. What these raise, the host app's handlers answer."""
    page = Page.from_template(chainlit.server.get_html_template(""))

    async def serve_page(request: Request) -> Response:
        del request
        return page.response()

    ours = [
        *(Route(path, serve_page, methods=["GET", "HEAD"]) for path in ("/", "/login", "/thread/{thread_id}")),
        Route("/project/file", receive_file, methods=["POST"]),
        Route("/project/translations", welcome.texts, methods=["GET"]),
        Route("/feedback", put_feedback, methods=["PUT"]),
        Route("/feedback", delete_feedback, methods=["DELETE"]),
        Route("/answers/{answer_run_id}/again", ask_again, methods=["POST"]),
        Mount("/", theirs),
    ]
    return Router(ours)


class _Known(logging.Filter):
    """Drops two warnings that Chainlit repeats at every page load about files that are not meant to exist."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        return not text.startswith(("Translated markdown file", "Translation file"))


logging.getLogger("chainlit").addFilter(_Known())
