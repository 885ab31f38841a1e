"""``ETag`` and ``If-Match``: nobody overwrites what they have not seen."""

from typing import Annotated, TypeVar

from fastapi import Depends, Header, Response
from pydantic import BaseModel

from core.precondition import Precondition, tag_of

Value = TypeVar("Value", bound=BaseModel)


def _precondition(if_match: Annotated[str | None, Header(max_length=4000)] = None) -> Precondition:
    return Precondition.of_header(if_match)


IfMatch = Annotated[Precondition, Depends(_precondition)]
"""The condition under which a thing may be changed; 412 when it is no longer so."""


def tagged(response: Response, value: Value) -> Value:
    """The value, with its tag in the response's header."""
    response.headers["ETag"] = tag_of(value)
    return value
