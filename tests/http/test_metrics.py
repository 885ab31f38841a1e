"""``/metrics`` of web and worker, over real services."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr, ValidationError

import worker
from api.routes import metrics
from core.settings import Settings, TelemetrySettings
from db import model_usage
from db.base import now
from observation import counted
from tests.databases import statements
from tests.http.conftest import LEAVE, House, asked, upload
from tests.http.test_worker_health import free_port, with_port

TOKEN = "a token for Prometheus"
MOST_SERIES = 500

Numbers = dict[tuple[str, ...], float]


@asynccontextmanager
async def counting(house: House, **more: object) -> AsyncIterator[None]:
    """The house with its numbers shown."""
    shown = TelemetrySettings(metrics_token=SecretStr(TOKEN))
    settings = house.settings.model_copy(update={"metrics": True, "telemetry": shown, **more})
    async with counted(replace(house.services, settings=settings), lambda: 2) as exposition:
        metrics.open_to(house.app, exposition, shown.metrics_token, needs_token=True)
        yield


async def read(house: House) -> Numbers:
    """What Prometheus gets."""
    async with house.visitor(Authorization=f"Bearer {TOKEN}") as prometheus:
        answer = await prometheus.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return parsed(answer.text)


def parsed(text: str) -> Numbers:
    """Name, and the values of the labels in the order of their names → number."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def until(house: House, *key: str) -> Numbers:
    """The numbers once this one is there: what servers say is asked for in the background."""
    for _ in range(600):
        found = await read(house)
        if key in found:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"there is no {key} in {sorted(found)}")


async def test_questions_and_files_are_counted(house: House) -> None:
    await house.make_user("alice")
    async with counting(house), house.signed_in("alice") as client:
        before = await read(house)
        await house.bring("alice")
        assert (await asked(client, LEAVE)).status_code == 200
        assert (await client.get("/api/threads/nothing")).status_code in (404, 422)
        found = await until(house, "footnote_jobs", "queued")
    assert found["footnote_answers_total", "no", "done"] == 1
    assert found["footnote_first_token_seconds_count",] == found["footnote_answer_seconds_count",] == 1
    assert found["footnote_answer_stage_seconds_count", "search"] >= 1
    assert found["footnote_http_requests_total", "api", "2xx"] >= 1
    assert found["footnote_http_requests_total", "api", "4xx"] == 1
    assert found["footnote_ingestion_jobs_total", "finished"] == 1
    stages = {key[1] for key in found if key[0] == "footnote_ingestion_stage_seconds_count"}
    assert stages == {"parsing", "chunking", "embedding", "indexing"}
    assert found["footnote_sockets_open",] == 2
    assert found["footnote_answers_running",] == 0
    assert found["footnote_database_connections", "most"] == house.database.most_connections
    assert found["footnote_database_waiting",] == 0
    assert found["footnote_event_loop_lag_seconds",] >= 0
    assert before["footnote_answers_total", "no", "done"] == before["footnote_http_requests_total", "api", "5xx"] == 0
    assert len(found) <= MOST_SERIES


async def test_what_the_servers_know(house: House) -> None:
    owner = await house.make_user("alice")
    async with house.signed_in("alice") as client:
        assert (await upload(client)).status_code == 202
    async with house.database.transaction() as session:
        spent = {"answers": 1, "input_tokens": 700, "output_tokens": 200, "cost_usd": 0}
        await model_usage.add(session, owner.user_id, now().date(), "gpt", **spent)  # type: ignore[arg-type]
    limits = house.settings.limit.model_copy(update={"tokens_per_day": 1000})
    async with counting(house, limit=limits):
        found = await until(house, "footnote_queue_depth", "ingestion")
    assert found["footnote_queue_depth", "ingestion"] == found["footnote_jobs", "queued"] == 1
    assert 0 < found["footnote_queue_oldest_seconds", "ingestion"] < 60
    assert found["footnote_queue_depth", "answers"] == found["footnote_queue_depth", "maintenance"] == 0
    assert found["footnote_part_up", "postgres"] == found["footnote_part_up", "redis"] == 1
    assert found["footnote_quota_used_ratio", "standard"] == 0.9
    assert [key for key in found if key[0] == "footnote_schema_info"] != []
    assert found["footnote_shared_age_seconds",] < 60


async def test_nobody_and_nothing_of_theirs_is_named(house: House) -> None:
    alice = await house.make_user("alice")
    async with counting(house), house.signed_in("alice") as client:
        document = await house.bring("alice")
        await asked(client, LEAVE)
        await until(house, "footnote_jobs", "queued")
        async with house.visitor(Authorization=f"Bearer {TOKEN}") as prometheus:
            text = (await prometheus.get("/metrics")).text
    for secret in ("alice", "annual leave", "handbook", str(alice.user_id), str(document.id)):
        assert secret not in text
    assert re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", text) is None


async def test_a_scrape_asks_no_server(house: House) -> None:
    await house.make_user("alice")
    async with counting(house), house.signed_in("alice") as client:
        await house.bring("alice")
        await asked(client, LEAVE)
        await until(house, "footnote_jobs", "queued")
        asked_at = await read(house)
        asked_of_postgres = []
        for _ in range(10):
            with statements() as these:
                found = await read(house)
            asked_of_postgres.append(len(these))
    assert min(asked_of_postgres) == 0  # the look for all that is due may fall into one of them
    assert found["footnote_shared_age_seconds",] > asked_at["footnote_shared_age_seconds",]


@pytest.mark.parametrize("sent", [None, "Bearer wrong", f"Basic {TOKEN}", "Bearer "])
async def test_without_its_token_nobody_reads_them(house: House, sent: str | None) -> None:
    async with counting(house), house.visitor(**({"Authorization": sent} if sent else {})) as stranger:
        assert (await stranger.get("/metrics")).status_code == 401


async def test_switched_off_there_is_nothing(house: House) -> None:
    async with counted(house.services) as exposition:
        assert exposition is None
        metrics.open_to(house.app, exposition, SecretStr(TOKEN), needs_token=True)
        async with house.visitor(Authorization=f"Bearer {TOKEN}") as prometheus:
            assert (await prometheus.get("/metrics")).status_code == 404


async def test_a_worker_shows_its_own_at_its_port(house: House) -> None:
    port, settings = free_port(), house.settings.model_copy(update={"metrics": True})
    services = replace(house.services, settings=settings)
    async with (
        counted(services) as exposition,
        worker.health(with_port(settings, port), services, exposition),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert parsed(answer.text)["footnote_sockets_open",] == 0


async def test_who_waits_for_a_connection_is_counted(house: House) -> None:
    database, most = house.database, house.database.most_connections
    async with counting(house):
        taken = [await database.engine.connect() for _ in range(most)]
        late = asyncio.create_task(_connect_and_close(house))
        try:
            for _ in range(100):
                found = await read(house)
                if found["footnote_database_waiting",]:
                    break
                await asyncio.sleep(0.02)
        finally:
            for connection in taken:
                await connection.close()
            await late
        after = await read(house)
    assert (found["footnote_database_waiting",], found["footnote_database_connections", "in_use"]) == (1, most)
    assert after["footnote_database_waiting",] == 0


async def _connect_and_close(house: House) -> None:
    async with house.database.engine.connect():
        pass


def test_they_are_not_shown_to_everybody() -> None:
    with pytest.raises(ValidationError, match="FOOTNOTE_TELEMETRY_METRICS_PORT"):
        Settings(_env_file=None, metrics=True)
