"""Whether this process can answer questions now: for ``/health/ready``, and for the UI while models load."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import structlog

from core.loop_watchdog import LoopHolds

log = structlog.get_logger(__name__)

Status = Literal["ready", "degraded", "starting", "stopping", "unavailable"]
PartState = Literal["ready", "loading", "failed", "unreachable"]

BOUND_S = 0.6  # a part that has not answered by then is unreachable; probes usually wait for one second, and a busy machine adds to it
GIVEN_UP_S = 10.0  # a check is cancelled after this time; until then the part is not checked again
FRESH_S = 1.0
STOPPING = "This process is about to end."
MODELS_FAILED = "The models could not be loaded, so no question can be answered; the log says why (models.failed)."


@dataclass(frozen=True, slots=True)
class Check:
    """A health check of a part.

    Attributes:
        name: of the part in ``/health/ready``.
        ask: raises when the part does not answer.
        without: the effect of an unreachable part, as a sentence.
        is_needed: without this part no question can be answered.
        is_opened_by_models: it is opened with the models, and counts as loading until then.
        every_s: seconds for which a good answer is valid.
    """

    name: str
    ask: Callable[[], Awaitable[object]]
    without: str
    is_needed: bool = False
    is_opened_by_models: bool = False
    every_s: float = FRESH_S


@dataclass(frozen=True, slots=True)
class Report:
    """The readiness of this process.

    Attributes:
        status: ``ready``; ``degraded``: questions are answered, something else does not work; ``starting``, ``stopping``,
            ``unavailable``: they are not.
        parts: state of each part, including ``models``.
        reasons: part that is not ready → the effect, as a sentence.
        notice: what the operator should do, if anything.
        queues: queue → ``attended`` while a worker listens to it, else ``unattended``; empty when unknown.
        isolation: of the processes that open files, ``full``, ``partial`` or ``none``; None before the first has started.
        loop: how often the event loop was held, and the longest time in seconds; empty while it never was.
    """

    status: Status
    parts: Mapping[str, PartState]
    reasons: Mapping[str, str] = field(default_factory=dict)
    notice: str | None = None
    queues: Mapping[str, str] = field(default_factory=dict)
    isolation: str | None = None
    loop: Mapping[str, float] = field(default_factory=dict)

    @property
    def can_answer(self) -> bool:
        """True when questions are answered."""
        return self.status in ("ready", "degraded")

    def as_json(self) -> dict[str, Any]:
        """The report as JSON, without empty fields."""
        more = {
            "reasons": dict(self.reasons),
            "notice": self.notice,
            "queues": dict(self.queues),
            "isolation": self.isolation,
            "loop": dict(self.loop),
        }
        return {"status": self.status, "parts": dict(self.parts)} | {name: one for name, one in more.items() if one}


class Readiness:
    """State of the models, and live checks of the other parts. Concurrent callers share one check of each part.

    Args:
        checks: of the parts.
        notice: returns what the operator should do, in a sentence, if anything.
        queues: returns which queues are attended, see :class:`Report`; it does not affect the status.
        troubles: returns what does not work although every part answers: name → the effect, as a sentence.
    """

    def __init__(
        self,
        checks: Sequence[Check] = (),
        notice: Callable[[], str | None] = lambda: None,
        queues: Callable[[], Awaitable[Mapping[str, str]]] | None = None,
        isolation: Callable[[], str | None] = lambda: None,
        troubles: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._parts = [_Part(check) for check in checks]
        self._notice = notice
        self._isolation = isolation
        self.loop_holds = LoopHolds()  # counted by the watchdog, when there is one
        self._troubles = troubles
        self._queues = _Part(Check("queues", queues, "")) if queues else None
        self._models: PartState = "loading"
        self._reason = ""
        self._is_stopping = False
        self._last_status: Status = "starting"

    @property
    def is_ready(self) -> bool:
        """True once the models are loaded and the index is open."""
        return self._models == "ready"

    @property
    def is_loading(self) -> bool:
        """True while the models are not in memory yet."""
        return self._models == "loading"

    def models_ready(self) -> None:
        """Report that the models are loaded."""
        self._models, self._reason = "ready", ""

    def waits(self, reason: str) -> None:
        """Report that the models wait for another server; ``reason`` is a sentence for users."""
        self._models, self._reason = "loading", reason

    def fail(self) -> None:
        """Report that the models could not be loaded; this is final."""
        self._models, self._reason = "failed", MODELS_FAILED

    def stop(self) -> None:
        """Report that this process is about to end; this is final."""
        self._is_stopping = True

    async def __call__(self) -> Report:
        """Check all parts concurrently; returns within ``BOUND_S`` seconds."""
        checked = [part for part in self._parts if self.is_ready or not part.check.is_opened_by_models]
        await _wait_for([*checked, *([self._queues] if self._queues else [])])
        states: dict[str, PartState] = {
            part.check.name: part.state if part in checked else "loading" for part in self._parts
        }
        reasons = {part.check.name: part.check.without for part in checked if part.state != "ready"}
        if self._reason:
            reasons["models"] = self._reason
        if self._is_stopping:
            reasons["process"] = STOPPING
        troubles = self._troubles()
        reasons |= {name: sentence for name, sentence in troubles.items() if name not in reasons}
        report = Report(
            self._status(checked, bool(troubles)),
            states | {"models": self._models},
            reasons,
            self._notice(),
            (self._queues.answer if self._queues else None) or {},
            self._isolation(),
            self.loop_holds.as_json(),
        )
        self._log(report)
        return report

    def _status(self, checked: "Sequence[_Part]", has_troubles: bool) -> Status:
        if self._is_stopping:
            return "stopping"
        unreachable = [part.check for part in checked if part.state != "ready"]
        if self._models == "failed" or any(check.is_needed for check in unreachable):
            return "unavailable"
        if self._models == "loading":
            return "starting"
        return "degraded" if unreachable or has_troubles else "ready"

    def _log(self, report: Report) -> None:
        if report.status != self._last_status:
            level = log.info if report.status in ("ready", "starting", "stopping") else log.warning
            level("readiness.changed", status=report.status, before=self._last_status, reasons=dict(report.reasons))
            self._last_status = report.status


class _Part:
    """One part, checked by one task at a time, so that checks of a frozen part do not pile up."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self.answer: Any = None
        self.task: asyncio.Task[None] | None = None
        self.checked_at = 0.0
        self._has_answered = False

    @property
    def state(self) -> PartState:
        """``ready`` when it has answered the last check."""
        return "ready" if self._has_answered and self.task is not None and self.task.done() else "unreachable"

    def ask(self, now: float) -> "asyncio.Task[None]":
        """Start a check, or return the running or a recent one."""
        holds_s = self.check.every_s if self._has_answered else FRESH_S
        if self.task is None or (self.task.done() and now - self.checked_at >= holds_s):
            self.checked_at = now
            self.task = asyncio.create_task(self._ask(), name=f"readiness of {self.check.name}")
        return self.task

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(GIVEN_UP_S):
                self.answer = await self.check.ask()
            self._has_answered = True
        except Exception as error:
            log.debug("readiness.unreachable", part=self.check.name, error=repr(error))
            self.answer, self._has_answered = None, False


async def _wait_for(parts: Sequence[_Part]) -> None:
    """Wait until all parts have answered or ``BOUND_S`` has passed since the start of their checks."""
    now = asyncio.get_running_loop().time()
    tasks = [part.ask(now) for part in parts]
    left_s = {task: part.checked_at + BOUND_S - now for task, part in zip(tasks, parts, strict=True)}
    if awaited := [task for task in tasks if left_s[task] > 0]:
        await asyncio.wait(awaited, timeout=max(left_s[task] for task in awaited))
