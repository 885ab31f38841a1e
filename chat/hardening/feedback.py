"""Thumbs and comments. Chainlit's own routes answer every error with its text; these tell what may be told."""

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chat.services import services
from core.errors import Invalid
from web.json_body import json_object

_MOST_COMMENT_CHARS = 4000


async def put_feedback(request: Request) -> Response:
    """Store feedback of the signed-in person. The data layer checks whose answer it is."""
    from chainlit.types import Feedback

    body = await json_object(request)
    try:
        feedback = Feedback(**body["feedback"])
    except (KeyError, TypeError, ValidationError) as error:
        raise Invalid("This is no feedback.") from error
    if feedback.value not in (0, 1) or len(feedback.comment or "") > _MOST_COMMENT_CHARS:
        raise Invalid(f"Feedback is a thumb up or down and a comment of at most {_MOST_COMMENT_CHARS} characters.")
    feedback_id = await services().data_layer.upsert_feedback(feedback)
    return JSONResponse({"success": True, "feedbackId": feedback_id})


async def delete_feedback(request: Request) -> Response:
    """Take feedback back. The data layer checks whose it is."""
    feedback_id = (await json_object(request)).get("feedbackId")
    if not isinstance(feedback_id, str):
        raise Invalid("This is no feedback.")
    await services().data_layer.delete_feedback(feedback_id)
    return JSONResponse({"success": True})
