"""Routes for people."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from core.errors import FootnoteError, NotAuthenticated
from web.errors import SENTENCES, render
from web.html import sentence_page

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(APIRoute):
    """A route for people: errors become a page, not JSON."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def handle_for_people(request: Request) -> Response:
            try:
                return await handle(request)
            except NotAuthenticated:
                return sentence_page(request, 401, "You are not signed in, or your sign-in has ended.")
            except FootnoteError as error:
                return sentence_page(request, render(error).status_code, error.message)
            except RequestValidationError:
                return sentence_page(request, 404, SENTENCES[404])

        return handle_for_people
