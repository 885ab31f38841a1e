"""Whether this process can answer questions now: what ``/health/ready`` says, and the UI shows while models load."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import structlog

log = structlog.get_logger(__name__)

Status = Literal["ready", "degraded", "starting", "unavailable"]
PartState = Literal["ready", "loading", "failed", "unreachable"]

BOUND_S = 0.7  # a part that has not answered by then counts as unreachable: probes usually wait for a second
GIVEN_UP_S = 10.0  # so long it is left to itself; until then it is not asked a second time
FRESH_S = 1.0
MODELS_FAILED = "The models could not be loaded, so no question can be answered; the log says why (models.failed)."


@dataclass(frozen=True, slots=True)
class Check:
    """A part that is asked whether it answers.

    Attributes:
        name: of the part, as ``/health/ready`` has it.
        ask: raises when the part does not answer.
        without: what it means when it does not, as a sentence.
        is_needed: without this part no question can be answered.
        is_opened_by_models: it is there once the models are loaded; it counts as loading until then.
        every_s: for so long a good answer holds.
    """

    name: str
    ask: Callable[[], Awaitable[object]]
    without: str
    is_needed: bool = False
    is_opened_by_models: bool = False
    every_s: float = FRESH_S


@dataclass(frozen=True, slots=True)
class Report:
    """How things stand.

    Attributes:
        status: ``ready``; ``degraded``: questions are answered, something else does not work; ``starting``, ``unavailable``: they are not.
        parts: state of each part, ``models`` among them.
        reasons: part → what it means that it is not ready, as a sentence.
        notice: what the operator should do, if anything.
        queues: queue → ``attended`` while a worker listens to it, else ``unattended``; empty when nobody can tell.
    """

    status: Status
    parts: Mapping[str, PartState]
    reasons: Mapping[str, str] = field(default_factory=dict)
    notice: str | None = None
    queues: Mapping[str, str] = field(default_factory=dict)

    @property
    def can_answer(self) -> bool:
        """True when a question asked now would be answered."""
        return self.status in ("ready", "degraded")

    def as_json(self) -> dict[str, Any]:
        """Without what is empty."""
        more = {"reasons": dict(self.reasons), "notice": self.notice, "queues": dict(self.queues)}
        return {"status": self.status, "parts": dict(self.parts)} | {name: one for name, one in more.items() if one}


class Readiness:
    """State of the models, and live checks of the other parts. Any number may ask at once: each part is asked by one of them.

    Args:
        checks: of the parts.
        notice: what the operator should do, in a sentence, if anything.
        queues: which queues are attended, see :class:`Report`; that makes nothing degraded.
    """

    def __init__(
        self,
        checks: Sequence[Check] = (),
        notice: Callable[[], str | None] = lambda: None,
        queues: Callable[[], Awaitable[Mapping[str, str]]] | None = None,
    ) -> None:
        self._parts = [_Part(check) for check in checks]
        self._notice = notice
        self._queues = _Part(Check("queues", queues, "")) if queues else None
        self._models: PartState = "loading"
        self._reason = ""
        self._said: Status = "starting"

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
        self._models, self._reason = "ready", ""

    def waits(self, reason: str) -> None:
        """The models are waiting for another server; ``reason`` is a sentence for everybody."""
        self._models, self._reason = "loading", reason

    def fail(self) -> None:
        """The models could not be loaded, and will not be."""
        self._models, self._reason = "failed", MODELS_FAILED

    async def __call__(self) -> Report:
        """Ask all parts at the same time; returns within ``BOUND_S`` seconds."""
        asked = [part for part in self._parts if self.is_ready or not part.check.is_opened_by_models]
        await _answered([*asked, *([self._queues] if self._queues else [])])
        states: dict[str, PartState] = {
            part.check.name: part.state if part in asked else "loading" for part in self._parts
        }
        reasons = {part.check.name: part.check.without for part in asked if part.state != "ready"}
        if self._reason:
            reasons["models"] = self._reason
        report = Report(
            self._status(asked),
            states | {"models": self._models},
            reasons,
            self._notice(),
            (self._queues.answer if self._queues else None) or {},
        )
        self._log(report)
        return report

    def _status(self, asked: "Sequence[_Part]") -> Status:
        away = [part.check for part in asked if part.state != "ready"]
        if self._models == "failed" or any(check.is_needed for check in away):
            return "unavailable"
        if self._models == "loading":
            return "starting"
        return "degraded" if away else "ready"

    def _log(self, report: Report) -> None:
        if report.status != self._said:
            level = log.info if report.status in ("ready", "starting") else log.warning
            level("readiness.changed", status=report.status, before=self._said, reasons=dict(report.reasons))
            self._said = report.status


class _Part:
    """One part, asked by one task at a time: one that is frozen gathers no crowd."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self.answer: Any = None
        self.task: asyncio.Task[None] | None = None
        self.asked_at = 0.0
        self._is_there = False

    @property
    def state(self) -> PartState:
        """``ready`` when it has answered."""
        return "ready" if self._is_there and self.task is not None and self.task.done() else "unreachable"

    def ask(self, now: float) -> "asyncio.Task[None]":
        """Ask, unless somebody is asking or has lately."""
        holds_s = self.check.every_s if self._is_there else FRESH_S
        if self.task is None or (self.task.done() and now - self.asked_at >= holds_s):
            self.asked_at = now
            self.task = asyncio.create_task(self._ask(), name=f"readiness of {self.check.name}")
        return self.task

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(GIVEN_UP_S):
                self.answer = await self.check.ask()
            self._is_there = True
        except Exception as error:
            log.debug("readiness.unreachable", part=self.check.name, error=repr(error))
            self.answer, self._is_there = None, False


async def _answered(parts: Sequence[_Part]) -> None:
    """Wait until all parts have answered or had their time. One that somebody else asked before that time is not waited for again."""
    now = asyncio.get_running_loop().time()
    tasks = [part.ask(now) for part in parts]
    left_s = {task: part.asked_at + BOUND_S - now for task, part in zip(tasks, parts, strict=True)}
    if awaited := [task for task in tasks if left_s[task] > 0]:
        await asyncio.wait(awaited, timeout=max(left_s[task] for task in awaited))
