"""What the description of the HTTP API says of responses: errors, which have one shape, and what is not JSON."""

from typing import Any

from pydantic import BaseModel

from web.errors import SENTENCES, UNKNOWN


class ErrorBody(BaseModel):
    """An error.

    Attributes:
        status: always ``error``.
        message: a sentence for the person.
        fallback_used: another model, or none, was tried in place of the first.
        retry_after: seconds after which another try makes sense.
        reference: id under which the details are in the log.
    """

    status: str
    message: str
    fallback_used: bool
    retry_after: int | None
    reference: str


MORE = {
    409: "Not possible in the present state.",
    500: UNKNOWN,
    503: "A part does not answer, or Footnote is starting. Try again later.",
    507: "There is no room left on the disk.",
}


def referred(model: type[BaseModel]) -> dict[str, Any]:
    """The content of a response, by a reference to a model that one route is given.

    FastAPI builds a validator for each status of each route that has the model itself: a second of work before the first request.
    """
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}


ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"content": referred(ErrorBody), "description": sentence}
    for status, sentence in sorted({**SENTENCES, **MORE}.items())
}
ERROR_MODEL: dict[int | str, dict[str, Any]] = {503: {"model": ErrorBody, "description": MORE[503]}}


def of_kind(*media_types: str, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route whose answer is not JSON; the route has a ``response_class`` besides."""
    return {status: {"description": "", "content": {media_type: {} for media_type in media_types}}}


EVENTS = of_kind("text/event-stream")
