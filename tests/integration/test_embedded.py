"""The embedded servers: start, stop, survive their owner, refuse a second one."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from arq.connections import ArqRedis
from redis.exceptions import ResponseError

from core import instance
from core.embedded.postgres import EmbeddedPostgres
from core.embedded.process import socket_folder
from core.embedded.redis import _binary
from core.errors import StartupFailed

_OWNER = """
import sys, time
from pathlib import Path
from core.parts import open_parts
from core.settings import Settings
with open_parts(Settings(_env_file=None, var_dir=Path(sys.argv[1]))) as parts:
    print("up", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def owner(servers_dir: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process that owns embedded servers in a folder."""
    folder = servers_dir / "owned"
    with subprocess.Popen([sys.executable, "-c", _OWNER, str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield process, folder
        process.kill()


def _servers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def test_servers_know_no_secrets_of_their_owner(servers_dir: Path) -> None:
    folder = servers_dir / "secret"
    secrets = {
        "FOOTNOTE_LLM_API_KEY": "sk-one",
        "AWS_SECRET_ACCESS_KEY": "sk-two",
        "HTTPS_PROXY": "http://u:sk-three@127.0.0.1",
    }
    command = [sys.executable, "-c", _OWNER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | secrets) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        found = [value for server in _servers_of(process) for value in server.environ().values()]
        process.terminate()
    assert found
    assert not [value for value in found if "sk-" in value]


async def test_redis_does_only_what_footnote_asks_of_it(redis: ArqRedis) -> None:
    for command in (
        "CONFIG GET *",
        "DEBUG SLEEP 0",
        "MODULE LIST",
        "REPLICAOF NO ONE",
        "SLAVEOF NO ONE",
        "MONITOR",
        "SAVE",
        "SHUTDOWN",
    ):
        with pytest.raises(ResponseError, match="unknown command"):
            await redis.execute_command(*command.split())
    assert await redis.execute_command("PING")


@pytest.mark.parametrize("older", [True, False])
def test_of_two_redis_servers_the_newer_one_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, older: bool) -> None:
    program = tmp_path / "valkey-server"
    program.write_text(f"#!/bin/sh\necho 'Valkey server v={'5.0.1' if older else '99.1.2'} sha=0'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    assert (_binary() == str(program)) is not older


def _all_gone(servers: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(servers, timeout=60)
    return not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def test_killing_the_owner_leaves_no_orphan(owner: tuple[subprocess.Popen[str], Path]) -> None:
    process, _ = owner
    servers = _servers_of(process)
    assert len(servers) >= 2
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert _all_gone(servers)


def test_an_orderly_end_leaves_no_orphan(owner: tuple[subprocess.Popen[str], Path]) -> None:
    process, _ = owner
    servers = _servers_of(process)
    process.send_signal(signal.SIGINT)
    process.wait(60)
    assert _all_gone(servers)


def test_a_second_owner_is_refused_in_a_sentence(owner: tuple[subprocess.Popen[str], Path]) -> None:
    process, folder = owner
    assert instance.is_held(folder)
    with pytest.raises(StartupFailed, match=f"Another Footnote \\(process {process.pid}\\)"), instance.hold(folder):
        pass


async def test_data_survives_the_death_of_its_owner(owner: tuple[subprocess.Popen[str], Path]) -> None:
    process, folder = owner
    sockets = EmbeddedPostgres.sockets_of(folder)
    connection = await asyncpg.connect(user="postgres", database="postgres", host=str(sockets))
    await connection.execute("CREATE TABLE IF NOT EXISTS kept (n int); INSERT INTO kept VALUES (7)")
    connection.terminate()
    process.send_signal(signal.SIGKILL)
    process.wait()
    again = EmbeddedPostgres(folder)
    again.start()  # at once, while the first server may still be on its way down
    try:
        connection = await asyncpg.connect(user="postgres", database="postgres", host=str(sockets))
        assert await connection.fetchval("SELECT count(*) FROM kept") >= 1
        await connection.close()
    finally:
        again.stop()


def test_nobody_else_reaches_the_sockets_or_the_secret(servers_dir: Path) -> None:
    folder = servers_dir / "private"
    folder.mkdir()
    instance.secret_of(folder)
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600
    assert instance.secret_of(folder) == instance.secret_of(folder)
    assert stat.S_IMODE(EmbeddedPostgres.sockets_of(folder).stat().st_mode) == 0o700


def test_a_long_path_gets_a_short_private_socket_folder(tmp_path: Path) -> None:
    folder = socket_folder(tmp_path / ("long" * 40))
    try:
        assert len(str(folder)) < 60
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    finally:
        folder.rmdir()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartupFailed, match="cannot be written"):
        instance.prepare(tmp_path / "file" / "var")


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 5 * 1024**2

    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage)
    with pytest.raises(StartupFailed, match="is full"):
        instance.prepare(tmp_path)


@pytest.mark.skipif(os.getuid() != 0, reason="only root runs PostgreSQL as another user")
def test_as_root_the_data_belongs_to_an_ordinary_user(postgres: EmbeddedPostgres) -> None:
    assert postgres.data_dir.stat().st_uid != 0
    assert time.time() - postgres.data_dir.stat().st_ctime < 3600
