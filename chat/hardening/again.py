"""The button "Answer anew" under an answer that was given before. All that a page may say is which answer of its reader's it is."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from chat import turns
from chat.messages import canonical_uuid
from core.errors import NotFound


async def ask_again(request: Request) -> Response:
    """Begin a new answer to the question of an answer; 202, and the conversation shows it as it comes."""
    run_id = canonical_uuid(request.path_params["answer_run_id"])
    if run_id is None:
        raise NotFound("There is no such answer.")
    await turns.answer_again(UUID(run_id))
    return JSONResponse({"success": True}, status_code=202)
