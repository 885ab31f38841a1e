"""Routes of ours on Chainlit's app: thumbs with comments, and the buttons "Answer anew" and "Continue".

Chainlit's own feedback routes answer every error with its text; these answer with what a person may read.
"""

from uuid import UUID

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chat import handlers
from chat.messages import canonical_uuid
from chat.services import services
from core.errors import Invalid, NotFound
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
    """Delete feedback. The data layer checks whose it is."""
    feedback_id = (await json_object(request)).get("feedbackId")
    if not isinstance(feedback_id, str):
        raise Invalid("This is no feedback.")
    await services().data_layer.delete_feedback(feedback_id)
    return JSONResponse({"success": True})


async def ask_again(request: Request) -> Response:
    """Begin a new answer to the question of an answer; 202, and the conversation shows it as it is written.

    The page chooses nothing but which of the person's answers it is.
    """
    await handlers.answer_again(_run_of(request))
    return JSONResponse({"success": True}, status_code=202)


async def ask_literally(request: Request) -> Response:
    """Begin an answer to the question as it was written, without the conversation before it; otherwise as :func:`ask_again`."""
    await handlers.answer_again(_run_of(request), alone=True)
    return JSONResponse({"success": True}, status_code=202)


async def go_on(request: Request) -> Response:
    """Begin to continue an answer that was cut off; otherwise as :func:`ask_again`."""
    await handlers.go_on(_run_of(request))
    return JSONResponse({"success": True}, status_code=202)


def _run_of(request: Request) -> UUID:
    run_id = canonical_uuid(request.path_params["answer_run_id"])
    if run_id is None:
        raise NotFound("There is no such answer.")
    return UUID(run_id)
