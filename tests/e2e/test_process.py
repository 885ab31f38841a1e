"""The server as a process: starting, refusing to start, stopping, and the command line beside it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import asyncpg
import httpx
import psutil
import pytest

from core.embedded.postgres import EmbeddedPostgres
from tests.documents import HANDBOOK
from tests.e2e import chat
from tests.e2e.conftest import MODELS, PASSWORD, ROOT, Site, running
from tests.stub_llm import running_stub


def _footnote(*arguments: str, text: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    command = [sys.executable, "-m", "cli", *arguments]
    environment = {**os.environ, **MODELS, **environment}
    return subprocess.run(command, cwd=ROOT, env=environment, input=text, capture_output=True, text=True, timeout=120)


def _is_one_sentence(output: str) -> bool:
    return output.startswith("footnote: ") and len(output.strip().splitlines()) == 1


def test_the_first_admins_password_is_random_and_printed_once(servers_dir: Path) -> None:
    with running(servers_dir / "first", FOOTNOTE_ADMIN_PASSWORD="") as site:
        assert site.process is not None
        assert site.process.stdout is not None
        line = site.process.stdout.readline()
        assert "Sign in as admin with the password" in line
        assert site.token("admin", line.split("password ")[1].split()[0])
        site.stop()
        site.start()
        assert "password" not in site.process.stdout.readline()


def test_a_port_in_use_is_one_sentence(spare_site: Site, servers_dir: Path) -> None:
    ended = _footnote(
        "serve", FOOTNOTE_VAR_DIR=str(servers_dir / "other"), FOOTNOTE_PORT=spare_site.url.rsplit(":", 1)[-1]
    )
    assert ended.returncode == 1
    assert _is_one_sentence(ended.stderr)
    assert "cannot be used: Address already in use" in ended.stderr


def test_a_second_server_on_the_same_folder_is_one_sentence(spare_site: Site) -> None:
    ended = _footnote("serve", FOOTNOTE_VAR_DIR=str(spare_site.var_dir), FOOTNOTE_PORT="0")
    assert ended.returncode == 1
    assert _is_one_sentence(ended.stderr)
    assert "Another Footnote" in ended.stderr
    assert httpx.get(f"{spare_site.url}/health/live").status_code == 200  # the first one is untouched


def test_a_broken_setting_is_one_sentence(tmp_path: Path) -> None:
    ended = _footnote("serve", FOOTNOTE_VAR_DIR=str(tmp_path), FOOTNOTE_PORT="eighty")
    assert ended.returncode == 2
    assert _is_one_sentence(ended.stderr)
    assert "FOOTNOTE_PORT" in ended.stderr


def test_a_worker_of_its_own_needs_shared_parts(tmp_path: Path) -> None:
    ended = _footnote("worker", FOOTNOTE_VAR_DIR=str(tmp_path))
    assert ended.returncode == 1
    assert _is_one_sentence(ended.stderr)
    assert "FOOTNOTE_QDRANT_URL" in ended.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_orderly_stop_is_quick_and_leaves_no_process(spare_site: Site, number: signal.Signals) -> None:
    assert spare_site.process is not None
    family = psutil.Process(spare_site.process.pid).children(recursive=True)
    assert {"postgres", "redis-server"} <= {process.name() for process in family}
    assert spare_site.stop(number, timeout_s=20) == 0
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []


@pytest.mark.parametrize("hold", ["by_python", "by_an_expression"])
def test_a_held_server_ends_and_leaves_no_process(servers_dir: Path, hold: str) -> None:
    environment = {**os.environ, **MODELS, "FOOTNOTE_VAR_DIR": str(servers_dir / hold), "FOOTNOTE_PORT": "0"}
    command = [sys.executable, "-m", "tests.e2e.held", hold]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        family = psutil.Process(server.pid).children(recursive=True)
        assert {"postgres", "redis-server"} <= {process.name() for process in family}
        assert server.stdout.readline() == "held\n"
        with pytest.raises(httpx.TimeoutException):
            httpx.get(f"{url}/health/live", timeout=2)
        server.terminate()
        _, errors = server.communicate(timeout=60)
    assert server.returncode == -signal.SIGKILL
    assert "stop.forced" in errors
    assert f"in {hold}\n" in errors  # who held it
    _, alive = psutil.wait_procs(family, timeout=20)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


def test_a_killed_server_leaves_no_process_and_starts_again(spare_site: Site) -> None:
    assert spare_site.process is not None
    family = psutil.Process(spare_site.process.pid).children(recursive=True)
    spare_site.process.kill()
    spare_site.process.wait()
    _, alive = psutil.wait_procs(family, timeout=20)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
    spare_site.start()
    assert spare_site.token()


def test_people_can_be_managed_beside_a_running_server(spare_site: Site) -> None:
    added = _footnote("user", "add", "zoe", FOOTNOTE_VAR_DIR=str(spare_site.var_dir))
    assert added.returncode == 0, added.stderr
    assert spare_site.token("zoe", added.stdout.split("password: ")[1].strip())
    changed = _footnote(
        "user", "password", "zoe", "--password-stdin", text=f"{PASSWORD}!\n", FOOTNOTE_VAR_DIR=str(spare_site.var_dir)
    )
    assert changed.returncode == 0, changed.stderr
    headers = {"Authorization": f"Bearer {spare_site.token('zoe', PASSWORD + '!')}"}
    assert httpx.get(f"{spare_site.url}/api/documents", headers=headers).status_code == 200
    assert _footnote("user", "disable", "zoe", FOOTNOTE_VAR_DIR=str(spare_site.var_dir)).returncode == 0
    assert httpx.get(f"{spare_site.url}/api/documents", headers=headers).status_code == 401
    again = _footnote("user", "add", "zoe", FOOTNOTE_VAR_DIR=str(spare_site.var_dir))
    assert (again.returncode, _is_one_sentence(again.stderr)) == (1, True)


def test_a_folder_is_loaded_beside_a_running_server_and_asked_without_one(spare_site: Site, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "handbook.pdf").write_bytes(HANDBOOK)
    (tmp_path / "notes.md").write_text("# Rooms\n\nThe telescope room is number 314 on the third floor.")
    (tmp_path / "empty.txt").write_text("")
    environment = {"FOOTNOTE_VAR_DIR": str(spare_site.var_dir)}
    loaded = _footnote("ingest", str(tmp_path), **environment)
    assert "2 new, 0 changed, 0 gone, 0 unchanged, 1 failed" in loaded.stdout, loaded.stderr
    assert "empty.txt" in loaded.stdout
    assert loaded.returncode == 1  # one file failed, and a script can tell
    refused = _footnote("ask", "Which number has the telescope room?", **environment)
    assert _is_one_sentence(refused.stderr)
    spare_site.stop()
    again = _footnote("ingest", str(tmp_path), **environment)
    assert "0 new, 0 changed, 0 gone, 2 unchanged, 1 failed" in again.stdout, again.stderr
    answered = _footnote("ask", "Which number has the telescope room?", **environment)
    assert "314" in answered.stdout, answered.stderr
    assert "[1] notes.md" in answered.stdout


async def test_ctrl_c_waits_for_a_running_answer_and_stores_it(servers_dir: Path) -> None:
    with running_stub() as stub, running(servers_dir / "drain", **_llm(stub.base_url, "slow")) as site:
        site.wait_ready()
        await asyncio.to_thread(chat.upload, site, "handbook.pdf", HANDBOOK)
        headers = {"Authorization": f"Bearer {site.token()}"}
        async with httpx.AsyncClient(base_url=site.url, headers=headers, timeout=60) as client:
            question = {"question": "How many days of annual leave are there?"}
            asking = asyncio.create_task(client.post("/api/chat", json=question))
            while not await _stored_runs(site, "running"):
                await asyncio.sleep(0.05)
            assert await asyncio.to_thread(site.stop) == 0
            await asyncio.gather(asking, return_exceptions=True)
        site.start()
        (run,) = await _stored_runs(site)
        assert run["state"] in ("done", "stopped")


async def _stored_runs(site: Site, state: str | None = None) -> list[asyncpg.Record]:
    sockets = EmbeddedPostgres.sockets_of(site.var_dir)
    connection = await asyncpg.connect(user="postgres", database="postgres", host=str(sockets))
    try:
        rows: list[asyncpg.Record] = await connection.fetch("SELECT state, answer FROM answer_runs")
    finally:
        await connection.close()
    return [row for row in rows if state is None or row["state"] == state]


def _llm(url: str, model: str) -> dict[str, str]:
    return {"FOOTNOTE_LLM_BASE_URL": url, "FOOTNOTE_LLM_MODEL": model, "FOOTNOTE_LLM_API_KEY": "none"}


def test_what_is_stored_is_closed_to_other_accounts(spare_site: Site) -> None:
    stored = ["blobs", "postgres", "qdrant", "logs", "uploads", "chainlit", "secret.key", "footnote.lock"]
    assert [name for name in stored if (spare_site.var_dir / name).stat().st_mode & 0o066] == []


def test_a_free_port_is_taken_when_zero_is_asked_for(spare_site: Site) -> None:
    port = int(spare_site.url.rsplit(":", 1)[-1])
    assert port > 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("FOOTNOTE_DATABASE_URL", "postgresql+asyncpg://u:hush@127.0.0.1:9/x", "PostgreSQL cannot be reached"),
        ("FOOTNOTE_DATABASE_URL", "postgresql+asyncpg://u:hush@127.0.0.1:port/x", "cannot be read as an address"),
        ("FOOTNOTE_REDIS_URL", "redis://127.0.0.1:9/0", "Redis cannot be reached"),
    ],
)
def test_a_server_that_is_not_there_is_one_sentence(servers_dir: Path, variable: str, value: str, said: str) -> None:
    environment = {
        "FOOTNOTE_VAR_DIR": str(servers_dir / "nowhere"),
        "FOOTNOTE_PORT": "0",
        "FOOTNOTE_SECRET_KEY": "x" * 32,
    }
    ended = _footnote("serve", **environment, **{variable: value})
    assert ended.returncode == 1
    assert _is_one_sentence(ended.stderr)
    assert said in ended.stderr
    assert "hush" not in ended.stderr
