"""Tokens: only what we signed, by our algorithm, with an end, names a sign-in."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest

from core.errors import NotAuthenticated
from core.tokens import session_id_of, sign_session

SECRET = "one secret of at least thirty-two characters"
SOON = datetime.now(UTC) + timedelta(days=30)  # counted from the start of the whole run


def _claims(**changes: Any) -> dict[str, Any]:
    claims = {"identifier": "alice", "metadata": {"session_id": str(uuid4()), "kind": "browser"}, "exp": SOON}
    return {name: value for name, value in (claims | changes).items() if value is not None}


def test_a_signed_token_names_its_sign_in() -> None:
    session_id = uuid4()
    token = sign_session(SECRET, session_id=session_id, username="alice", kind="api", expires_at=SOON)
    assert session_id_of(token, SECRET) == session_id


def test_the_claims_are_those_of_chainlits_cookie() -> None:
    token = sign_session(SECRET, session_id=uuid4(), username="alice", kind="browser", expires_at=SOON)
    claims = jwt.decode(token, SECRET, algorithms=["HS256"])
    assert set(claims) == {"identifier", "display_name", "metadata", "iat", "exp"}
    assert claims["identifier"] == "alice"
    assert claims["metadata"]["kind"] == "browser"


def test_chainlits_own_cookie_is_read_by_the_same_function(tmp_path: Path) -> None:
    session_id = uuid4()
    program = (
        "from chainlit.auth.jwt import create_jwt; from chainlit.user import User;"
        f"print(create_jwt(User(identifier='alice', metadata={{'session_id': '{session_id}', 'kind': 'browser'}})))"
    )
    environment = os.environ | {"CHAINLIT_AUTH_SECRET": SECRET, "CHAINLIT_APP_ROOT": str(tmp_path)}
    # In a process of its own: Chainlit reads its settings where it is first imported.
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert session_id_of(done.stdout.split()[-1], SECRET) == session_id


@pytest.mark.parametrize("ahead_s", [1, 30, 86_400])
def test_a_clock_that_goes_back_signs_nobody_out(ahead_s: int) -> None:
    made_at = datetime.now(UTC) + timedelta(seconds=ahead_s)
    claims = _claims(iat=made_at, nbf=made_at, exp=made_at + timedelta(hours=1))
    assert str(session_id_of(jwt.encode(claims, SECRET, algorithm="HS256"), SECRET)) == claims["metadata"]["session_id"]


@pytest.mark.parametrize(
    "token",
    [
        "",
        "no token",
        "ünïcode.ünïcode.ünïcode",
        "\ud800.a.b",
        jwt.encode(_claims(), "another secret, thirty-two characters long", algorithm="HS256"),
        jwt.encode(_claims(), SECRET * 2, algorithm="HS512"),
        jwt.encode(_claims(), SECRET * 2, algorithm="HS256"),
        jwt.encode(_claims(), "", algorithm="none"),
        jwt.encode(_claims(exp=datetime.now(UTC) - timedelta(seconds=1)), SECRET, algorithm="HS256"),
        jwt.encode(_claims(exp=None), SECRET, algorithm="HS256"),
        jwt.encode(_claims(metadata=None), SECRET, algorithm="HS256"),
        jwt.encode(_claims(metadata="x"), SECRET, algorithm="HS256"),
        jwt.encode(_claims(metadata={}), SECRET, algorithm="HS256"),
        jwt.encode(_claims(metadata={"session_id": "1 OR 1=1"}), SECRET, algorithm="HS256"),
        jwt.encode(_claims(metadata={"session_id": 7}), SECRET, algorithm="HS256"),
    ],
)
def test_anything_else_is_no_sign_in(token: str) -> None:
    with pytest.raises(NotAuthenticated) as caught:
        session_id_of(token, SECRET)
    assert caught.value.message == "Please sign in again."


def test_a_changed_letter_spoils_the_token() -> None:
    token = sign_session(SECRET, session_id=uuid4(), username="alice", kind="api", expires_at=SOON)
    head, body, signature = token.split(".")
    other = sign_session(SECRET, session_id=uuid4(), username="alice", kind="api", expires_at=SOON).split(".")[1]
    for forged in (f"{head}.{other}.{signature}", f"{head}.{body}.{signature[::-1]}", f"{head}.{body}."):
        with pytest.raises(NotAuthenticated):
            session_id_of(forged, SECRET)
