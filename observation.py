"""What is counted and traced while a process works, and which of its objects are read for ``/metrics``."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Literal

from core.closing import cancelled
from core.retry import forever
from core.settings import Settings
from core.settings.people import STANDARD, LimitSettings
from core.telemetry import series, spans
from core.telemetry.series import JOB_STATES, PARTS, QUEUES, Label, Series
from db.monitoring import Waiting
from ingestion.jobs.queue import QueueName
from rag.models.breaker import Breaker, BreakerState
from services import Services
from telemetry.gauges import Gauge, Numbers, alone
from telemetry.lag import LoopLag
from telemetry.shared import SharedNumbers

if TYPE_CHECKING:
    from telemetry.exposition import Exposition

_AGAIN_S, _END_S = 1.0, 2.0
_OPENNESS: dict[BreakerState, float] = {"closed": 0, "half-open": 1, "open": 2}
_MOST_SERVERS = 16


@contextmanager
def traced(settings: Settings, role: Literal["web", "worker"]) -> Iterator[None]:
    """While the block runs: trace, where the settings name a collector. What is left is sent at its end."""
    if not settings.telemetry.otlp_endpoint:
        yield
        return
    from telemetry import http_clients  # loaded only where they are used
    from telemetry.tracing import OtlpTracer

    tracer = OtlpTracer(settings.telemetry, role)
    spans.trace_by(tracer)
    try:
        with http_clients.watched():
            yield
    finally:
        spans.trace_by(None)
        tracer.close()


@asynccontextmanager
async def counted(services: Services, sockets: Callable[[], int] = lambda: 0) -> AsyncIterator["Exposition | None"]:
    """While the block runs: count, where the settings want it.

    Args:
        sockets: returns the number of open sockets.
    """
    if not services.settings.metrics:
        yield None
        return
    from telemetry.exposition import Exposition  # loaded only where it is used

    maintenance = QueueName.MAINTENANCE
    shared = SharedNumbers(services.database, services.redis, services.readiness, (maintenance.value, maintenance.key))
    lag = LoopLag()
    exposition = Exposition([*_of_process(services, sockets, lag), *_of_installation(services, shared)])
    series.record(exposition)
    tasks = [
        asyncio.create_task(forever("metrics.not_asked", shared.keep_up, _AGAIN_S), name="numbers of the installation"),
        asyncio.create_task(lag.watch(), name="lag of the event loop"),
    ]
    try:
        yield exposition
    finally:
        series.record(None)
        for task in tasks:
            await cancelled(task.get_name(), task, _END_S)


def _of_process(services: Services, sockets: Callable[[], int], lag: LoopLag) -> list[Gauge]:
    """What this process knows by itself."""
    answers = services.answers

    def pool() -> Numbers:
        use = services.database.pool
        return {("in_use",): use.in_use, ("idle",): use.idle, ("most",): use.most}

    return [
        Gauge(Series("answers_running", "Answers that this process writes now."), alone(lambda: len(answers.running))),
        Gauge(Series("sockets_open", "Pages of the chat that are connected to this process."), alone(sockets)),
        Gauge(
            Series("database_connections", "Connections of the pool.", (Label("use", ("in_use", "idle", "most")),)),
            pool,
        ),
        Gauge(
            Series("database_waiting", "Callers that wait for a connection of the pool."),
            alone(lambda: services.database.pool.waiting),
        ),
        Gauge(
            Series("event_loop_lag_seconds", "How late the event loop was at worst in the last half minute."),
            alone(lambda: lag.worst_s),
        ),
        Gauge(
            Series("event_loop_holds", "How often the event loop was held since the start."),
            alone(lambda: services.readiness.loop_holds.count),
        ),
        Gauge(
            Series(
                "breaker_state",
                "Circuit breaker: 0 closed, 1 half-open, 2 open.",
                (Label("server", most=_MOST_SERVERS),),
            ),
            lambda: _breakers(services),
        ),
    ]


def _of_installation(services: Services, shared: SharedNumbers) -> list[Gauge]:
    """What the servers said last; every process says the same, so take one of them."""
    queue, tiers = Label("queue", QUEUES), Label("tier", most=8)

    def parts() -> Numbers:
        report = shared.report
        return {} if report is None else {(name,): float(state == "ready") for name, state in report.parts.items()}

    def waiting(of: Callable[[Waiting], float]) -> Callable[[], Numbers]:
        return lambda: {(name,): of(waiting) for name, waiting in shared.present.queues.items()}

    return [
        Gauge(
            Series("ready", "1 while this process can answer questions."),
            alone(lambda: float(shared.report is not None and shared.report.can_answer)),
        ),
        Gauge(Series("part_up", "1 while a part answers this process.", (Label("part", PARTS),)), parts),
        Gauge(Series("queue_depth", "What waits in a queue.", (queue,)), waiting(lambda one: one.depth)),
        Gauge(
            Series("queue_oldest_seconds", "For how long the oldest in a queue could have been begun.", (queue,)),
            waiting(lambda one: one.oldest_s),
        ),
        Gauge(
            Series("jobs", "Files by state; those that ended, of the last hour.", (Label("state", JOB_STATES),)),
            lambda: {(state,): number for state, number in shared.present.jobs.items()},
        ),
        Gauge(
            Series(
                "quota_used_ratio", "Share of the day's tokens that one person of a tier has used at most.", (tiers,)
            ),
            lambda: _quotas(services.settings.limit, shared.present.most_tokens),
        ),
        Gauge(
            Series("schema_info", "1, with the revision of the database's schema.", (Label("revision", most=1),)),
            lambda: {(shared.present.revision,): 1.0} if shared.present.revision else {},
        ),
        Gauge(
            Series("shared_age_seconds", "How long ago PostgreSQL was asked for the numbers that it knows."),
            alone(lambda: shared.age_s),
        ),
    ]


def _breakers(services: Services) -> Numbers:
    """The worst state of the breakers of each server."""
    breakers: list[tuple[str, Breaker]] = list(services.live.breakers.items())
    if services.reranking is not None:
        breakers.append(("rerank", services.reranking.breaker))
    if services.models is not None:
        breakers += [
            (replica.server, replica.breaker) for model in services.models.models for replica in model.replicas
        ]
    states: dict[tuple[str, ...], float] = {}
    for server, breaker in breakers:
        states[(server,)] = max(states.get((server,), 0.0), _OPENNESS[breaker.state])
    return states


def _quotas(settings: LimitSettings, most_tokens: Mapping[str, int]) -> Numbers:
    """Of the tiers that have a limit."""
    limits = {name: settings.tier(name).tokens_per_day for name in sorted({STANDARD, *settings.tiers})}
    return {(name,): most_tokens.get(name, 0) / limit for name, limit in limits.items() if limit}
