"""A server killed while it reads a file, and started again; and what a worker says to queues that are none."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from core.embedded.postgres import EmbeddedPostgres
from tests.e2e.conftest import ROOT, Site

PARAGRAPHS = 300
TEXT = "\n\n".join(
    f"Paragraph {number}. " + f"On day {number} the observatory saw {number * 7} terns. " * 14
    for number in range(PARAGRAPHS)
)

pytestmark = pytest.mark.long


def _job(client: httpx.Client, job_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"/api/jobs/{job_id}").raise_for_status().json()
    return answer


async def _indexes(site: Site, document_id: str) -> list[int]:
    """The positions of a document's chunks, in order."""
    sockets = EmbeddedPostgres.sockets_of(site.var_dir)
    connection = await asyncpg.connect(user="postgres", database="postgres", host=str(sockets))
    try:
        rows = await connection.fetch('SELECT "index" FROM chunks WHERE document_id = $1 ORDER BY 1', document_id)
    finally:
        await connection.close()
    return [row["index"] for row in rows]


def test_a_killed_server_finishes_its_job_when_it_is_started_again(spare_site: Site) -> None:
    spare_site.wait_ready()
    with spare_site.client() as client:
        brought = client.post("/api/documents", files={"file": ("days.txt", TEXT.encode())}).json()
        job_id, document_id = brought["job"]["job_id"], brought["document"]["id"]
        while not (struck := _job(client, job_id))["chunks_done"]:
            time.sleep(0.05)
        assert struck["state"] == "started"
        assert spare_site.process is not None
        spare_site.process.kill()
        spare_site.process.wait()
        spare_site.start()
        while _job(client, job_id)["state"] in ("queued", "started"):
            time.sleep(0.2)
        done = _job(client, job_id)
    assert done["state"] == "finished", done
    assert done["chunks_total"] >= PARAGRAPHS // 2
    assert asyncio.run(_indexes(spare_site, document_id)) == list(range(done["chunks_total"]))


def test_a_queue_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "cli", "worker", "--queues", "ingestion,nothing"],
        cwd=ROOT,
        env={**os.environ, "FOOTNOTE_VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 2
    assert ended.stderr == "footnote: There is no queue 'nothing'; choose from ingestion, answers, maintenance.\n"
