"""``/metrics``: the numbers of this process, for Prometheus."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import SecretStr

from core.errors import NotAuthenticated, NotFound

if TYPE_CHECKING:
    from telemetry.exposition import Exposition

router = APIRouter()
NOT_HERE = "There is nothing at this address."
TOKEN_WANTED = "Send the token of FOOTNOTE_TELEMETRY_METRICS_TOKEN."


@dataclass(frozen=True, slots=True)
class _Shown:
    exposition: Exposition
    token: str | None


def open_to(app: FastAPI, exposition: Exposition | None, token: SecretStr | None, *, needs_token: bool = False) -> None:
    """Let an application that includes the router show these numbers, to whoever has the token where one is set.

    Args:
        exposition: None shows nothing.
        needs_token: without a token nothing is shown, because this is a port for everybody.
    """
    is_shown = exposition is not None and (token is not None or not needs_token)
    secret = token.get_secret_value() if token else None
    app.state.metrics = _Shown(exposition, secret) if exposition is not None and is_shown else None


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """The numbers in the text format of Prometheus; 404 where they are not shown."""
    shown: _Shown | None = getattr(request.app.state, "metrics", None)
    if shown is None:
        raise NotFound(NOT_HERE)
    if shown.token is not None:
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {shown.token}".encode()):
            raise NotAuthenticated(TOKEN_WANTED)
    return Response(shown.exposition.text(), media_type=shown.exposition.content_type)
