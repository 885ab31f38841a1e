"""Whether this process can do its work now: what ``/health/ready`` says and the UI shows while models load."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

_CHECK_TIMEOUT_S = 2.0


class Readiness:
    """State of the models, and live checks of the servers.

    Args:
        checks: name of a part → an await that raises when the part does not answer.
        notice: what the operator should do, in a sentence, if anything.
        queues: name of a queue → ``attended`` while a worker listens to it, else ``unattended``; that makes nothing degraded.
    """

    def __init__(
        self,
        checks: Mapping[str, Callable[[], Awaitable[object]]],
        notice: Callable[[], str | None] = lambda: None,
        queues: Callable[[], Awaitable[Mapping[str, str]]] | None = None,
    ) -> None:
        self._checks = checks
        self._notice = notice
        self._queues = queues
        self._models: Literal["loading", "ready", "failed"] = "loading"
        self._reason: str | None = None

    @property
    def is_ready(self) -> bool:
        """True once the models are loaded and the index is open."""
        return self._models == "ready"

    @property
    def is_loading(self) -> bool:
        """True while the models are not in memory yet."""
        return self._models == "loading"

    def models_ready(self) -> None:
        """The models are loaded."""
        self._models = "ready"

    def fail(self, reason: str) -> None:
        """The models could not be loaded; ``reason`` is for the operator."""
        self._models, self._reason = "failed", reason

    async def __call__(self) -> dict[str, Any]:
        """``{"status": "ready" | "starting" | "degraded", "parts": {name: "ready" | "loading" | "failed" | "unreachable"}}``.

        With ``"notice"`` when there is one, and ``"queues"`` when they can be asked about.
        """
        states = await asyncio.gather(*(_state(check) for check in self._checks.values()))
        parts: dict[str, str] = dict(zip(self._checks, states, strict=True)) | {"models": self._models}
        is_broken = "unreachable" in parts.values() or self._models == "failed"
        status = "degraded" if is_broken else "ready" if self.is_ready else "starting"
        more = {"notice": self._notice(), "queues": await self._attended()}
        return {"status": status, "parts": parts} | {name: value for name, value in more.items() if value}

    async def _attended(self) -> dict[str, str]:
        try:
            async with asyncio.timeout(_CHECK_TIMEOUT_S):
                return dict(await self._queues()) if self._queues else {}
        except Exception:
            return {}


async def _state(check: Callable[[], Awaitable[object]]) -> str:
    try:
        async with asyncio.timeout(_CHECK_TIMEOUT_S):
            await check()
    except Exception:
        return "unreachable"
    return "ready"
