"""A request's body as a JSON object."""

from typing import Any

from starlette.requests import Request

from core.errors import Invalid


async def json_object(request: Request) -> dict[str, Any]:
    """The body. Raises Invalid when it is not JSON, or not an object."""
    try:
        body = await request.json()
    except (ValueError, RecursionError) as error:
        raise Invalid("The body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise Invalid("The body is no JSON object.")
    return body
