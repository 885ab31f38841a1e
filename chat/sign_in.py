"""Signing in and out through Chainlit's page."""

from chainlit.user import User
from starlette.requests import Request

from chat.login import current_attempt
from chat.services import services
from core.errors import FootnoteError, NotAuthenticated
from core.tokens import session_id_of
from web.tokens import token_of


async def sign_in(username: str, password: str) -> User | None:
    """Chainlit's password callback: the user whose cookie is made, or None. Why not stands in the present attempt.

    The cookie names a row of sign-ins; the row is what counts at every request.
    """
    attempt = current_attempt.get()
    try:
        signed_in = await services().accounts.sign_in(
            username, password, kind="browser", address=attempt.address if attempt else "unknown"
        )
    except FootnoteError as error:
        if attempt:
            attempt.error = error
        return None
    principal = signed_in.principal
    metadata = {"session_id": str(principal.session_id), "kind": "browser", "role": principal.role.value}
    return User(identifier=principal.username, display_name=principal.username, metadata=metadata)


async def sign_out(request: Request) -> None:
    """End the sign-in of this cookie everywhere; its open pages too."""
    token = token_of(request.cookies)
    if token is None:
        return
    try:
        session_id = session_id_of(token, services().secret)
    except NotAuthenticated:
        return
    await services().accounts.sign_out(session_id)
