"""``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header): a request that is sent again does nothing twice.

A route takes ``Once`` and gives it its work; without the header, the work is just done. The key is the person's own and lasts 24 hours:
the same answer again (``Idempotency-Replayed: true``), 409 while the first is running, 422 with another payload. A request that failed is
forgotten, so that it can be sent again.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from accounts.keyed_requests import Answered, KeyedRequests
from api.deps import KeyedRequestsDep
from core.access import Principal
from core.errors import Invalid
from web.deps import CurrentPrincipal

KEY = re.compile(r"\A[\x21-\x7e]{1,255}\Z")
Value = TypeVar("Value", bound=BaseModel)


class Hashed:
    """A stream whose bytes are hashed as they pass."""

    def __init__(self, content: AsyncIterator[bytes]) -> None:
        self._content = content
        self._hash = sha256()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._content:
            self._hash.update(piece)
            yield piece

    async def digest(self) -> str:
        """The hash of the whole stream; what has not been read yet is read now."""
        async for _ in self:
            pass
        return self._hash.hexdigest()


@dataclass(frozen=True, slots=True)
class OnceFor:
    """One request of a person. ``key`` is None without the header."""

    requests: KeyedRequests
    principal: Principal
    key: str | None
    operation: str

    async def of_json(
        self, payload: BaseModel, work: Callable[[], Awaitable[Value | Response]], status_code: int = 200
    ) -> Value | Response:
        """Do the work, or give its answer again.

        Args:
            payload: the body of the request.
            work: gives the answer, or a response: of JSON, in one piece.
            status_code: of an answer that is no response.

        Raises:
            Conflict, Invalid: see :meth:`accounts.keyed_requests.KeyedRequests.run`.
        """
        known = _fingerprint(payload.model_dump_json())

        async def fingerprint() -> str:
            return known

        return await self._run(fingerprint, work, status_code, known)

    async def of_upload(
        self, fields: tuple[str, ...], content: Hashed, work: Callable[[], Awaitable[Value]], status_code: int
    ) -> Value | Response:
        """As :meth:`of_json`, for a file that is still arriving, which ``work`` reads; ``fields``: what else decides what is done."""

        async def fingerprint() -> str:
            return _fingerprint(*fields, await content.digest())

        return await self._run(fingerprint, work, status_code, None)

    async def _run(
        self,
        fingerprint: Callable[[], Awaitable[str]],
        work: Callable[[], Awaitable[Value | Response]],
        status_code: int,
        known: str | None,
    ) -> Value | Response:
        if self.key is None:
            return await work()
        done: list[Value | Response] = []

        async def answered() -> Answered:
            done.append(await work())
            return _answered(done[0], status_code)

        former, is_former = await self.requests.run(
            self.principal, self.key, self.operation, fingerprint, answered, known=known
        )
        return _response(former) if is_former else done[0]


async def once(
    request: Request,
    principal: CurrentPrincipal,
    requests: KeyedRequestsDep,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> OnceFor:
    """The request's key. Raises Invalid for one that is empty, longer than 255 characters, or has other signs than visible ASCII."""
    if idempotency_key is not None and not KEY.match(idempotency_key):
        raise Invalid("An Idempotency-Key has 1 to 255 visible ASCII characters.")
    return OnceFor(requests, principal, idempotency_key, f"{request.method} {request.scope['route'].path}")


Once = Annotated[OnceFor, Depends(once)]


def _fingerprint(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()


def _answered(value: BaseModel | Response, status_code: int) -> Answered:
    if isinstance(value, Response):
        return Answered(value.status_code, bytes(value.body).decode(), value.headers.get("location"))
    return Answered(status_code, value.model_dump_json())


def _response(answered: Answered) -> Response:
    headers = {"Idempotency-Replayed": "true"} | ({"Location": answered.location} if answered.location else {})
    return Response(answered.body, answered.status, headers, "application/json")
