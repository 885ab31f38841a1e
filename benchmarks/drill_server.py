"""Drills `footnote serve` with all it embeds: killed during an ingestion, and started again."""

import asyncio
import json
import time
from pathlib import Path
from uuid import UUID

import httpx

from benchmarks.drill import FILE, GIVE_UP_S, PAGES, Outcome, chunks_of
from benchmarks.installation import Web, free_port, wait_for
from core.embedded.postgres import EmbeddedPostgres
from db.session import Database

NAME = "kill -9 of the whole server, all embedded"
PASSWORD = "a password for the drill"


def run(folder: Path) -> Outcome:
    """Runs the fault and returns its outcome. The seconds count from the restart of the server."""
    port = str(free_port())
    environment = {"FOOTNOTE_VAR_DIR": str(folder), "FOOTNOTE_PORT": port, "FOOTNOTE_ADMIN_PASSWORD": PASSWORD}
    server = Web(["cli", "serve"], folder / "server.log", environment, url=f"http://127.0.0.1:{port}")
    server.start()
    try:
        server.wait("/health/ready")
        return _struck(server, folder)
    finally:
        server.stop()


def _struck(server: Web, folder: Path) -> Outcome:
    with httpx.Client(base_url=server.url, timeout=60) as client:
        token = client.post("/api/auth/token", data={"username": "admin", "password": PASSWORD}).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        uploaded = client.post("/api/documents", files={"file": ("drill.pdf", FILE)}).raise_for_status().json()
        job = f"/api/jobs/{uploaded['job']['job_id']}"
        wait_for(lambda: client.get(job).json()["chunks_done"] > PAGES // 5, GIVE_UP_S)
        struck = client.get(job).json()
        server.kill()
        server.start()
        since = time.monotonic()
        server.wait("/health/live")
        wait_for(lambda: client.get(job).json()["state"] in ("finished", "failed"), GIVE_UP_S)
        seconds = time.monotonic() - since
        state = client.get(job).json()["state"]
    rows = asyncio.run(_rows(folder, UUID(uploaded["document"]["id"])))
    server.stop()
    indexed = asyncio.run(_indexed(folder))
    # every page is there, and the chunk indexes have no gap
    is_whole = {row[2] for row in rows} == set(range(1, PAGES + 1)) and [row[0] for row in rows] == list(
        range(len(rows))
    )
    struck_at = f"{struck['stage']}, {struck['percent']} %"
    return Outcome(NAME, struck_at, state, len(rows), indexed, len(rows), is_whole, seconds)


async def _rows(folder: Path, document_id: UUID) -> list[tuple[object, ...]]:
    database = Database(EmbeddedPostgres(folder).url)
    try:
        return await chunks_of(database, document_id)
    finally:
        await database.close()


async def _indexed(folder: Path) -> int:
    """The number of points in the index of a stopped server."""
    from rag.index.edge import EdgeIndex

    count = 0
    for description in await asyncio.to_thread(lambda: list(folder.glob("qdrant/**/index.json"))):
        index = EdgeIndex(description.parent)
        await index.open(json.loads(description.read_text())["dimension"])
        count += await index.count()
        await index.close()
    return count
