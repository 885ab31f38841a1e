"""Sign-in and sign-out through Chainlit's page."""

from chainlit.user import User
from starlette.requests import Request

from chat.errors import told
from chat.login import current_attempt
from chat.services import services
from core.errors import NotAuthenticated
from core.tokens import session_id_of
from web.credentials import cookie_token


async def sign_in(username: str, password: str) -> User | None:
    """Chainlit's password callback: the user for the cookie, or None; the current attempt then has the reason.

    The cookie names a row of sign-ins, and every request checks that row.
    """
    attempt = current_attempt.get()
    try:
        signed_in = await services().shared.accounts.sign_in(
            username, password, kind="browser", address=attempt.address if attempt else "unknown"
        )
    except Exception as error:  # Chainlit takes any exception for a wrong password
        if attempt:
            attempt.error = told(error, "sign_in.failed")
        return None
    principal = signed_in.principal
    metadata = {"session_id": str(principal.session_id), "kind": "browser", "role": principal.role.value}
    return User(identifier=principal.username, display_name=principal.username, metadata=metadata)


async def sign_out(request: Request) -> None:
    """End the sign-in of this cookie everywhere, open pages included."""
    token = cookie_token(request)
    if token is None:
        return
    try:
        session_id = session_id_of(token, services().shared.parts.secret)
    except NotAuthenticated:
        return
    await services().shared.accounts.sign_out(session_id)
