"""A parser that was taken over can do nothing but what parsers do."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.embedded.postgres import EmbeddedPostgres
from core.errors import DocumentUnreadable, StartupFailed
from core.settings import ParserSettings
from parsing.isolation import landlock, paths, system_calls
from parsing.isolation.probe import ATTEMPTS
from parsing.sandbox import launch
from parsing.sandbox.sandbox import Sandbox
from parsing.sniff.mime import TEXT


def missing_here() -> str:
    """Why full isolation is impossible on this machine; empty: it is possible."""
    if sys.platform != "linux":
        return "Linux only"
    try:
        landlock.abi()
    except OSError:
        return "this kernel has no Landlock"
    if not system_calls.is_available():
        return "libseccomp is missing: python scripts/packages.py"
    unshare = shutil.which("unshare")
    has_namespaces = bool(unshare) and subprocess.call([str(unshare), "--mount", "--pid", "--fork", "true"]) == 0
    if os.getuid() == 0 and not has_namespaces and not paths.are_readable_by_others():
        return "root, whose code no other user may read, where no namespaces are allowed"
    return ""


pytestmark = pytest.mark.skipif(bool(missing_here()), reason=missing_here())

TAKEN_OVER = """
from parsing.sandbox import child
from tests.integration.ingestion import taken_over

preload = child.preload


def preload_and_install():
    preload()
    taken_over.install({var_dir!r}, {sockets!r}, {port}, {pid})


child.preload = preload_and_install
"""


@pytest.fixture
def var_dir(tmp_path: Path) -> Path:
    """A folder like a server's, which anybody may read: no file mode helps."""
    for name in ("blobs", "uploads"):
        (tmp_path / "var" / name).mkdir(parents=True)
        (tmp_path / "var" / name).chmod(0o777)
    (tmp_path / "var" / "blobs" / "one").write_text("A private sentence.")
    (tmp_path / "var" / "secret.key").write_text("the signing key")
    for path in (tmp_path, *tmp_path.parents[:3]):
        path.chmod(path.stat().st_mode | 0o055)
    return tmp_path / "var"


@pytest.fixture
async def taken_over(
    var_dir: Path, postgres: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Sandbox]:
    """A sandbox whose parsers attack."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sockets = [str(next(postgres.socket_dir.glob(".s.PGSQL.*[0-9]")))]
        program = TAKEN_OVER.format(
            var_dir=str(var_dir), sockets=sockets, port=listener.getsockname()[1], pid=os.getpid()
        )
        (tmp_path / "sitecustomize.py").write_text(program)
        environment = launch.ENVIRONMENT | {"PYTHONPATH": f"{launch.ROOT}:{tmp_path}"}
        monkeypatch.setattr(launch, "ENVIRONMENT", environment)
        sandbox = Sandbox(ParserSettings())
        yield sandbox
        await sandbox.close()


async def outcomes(sandbox: Sandbox, path: Path) -> dict[str, str]:
    with pytest.raises(DocumentUnreadable) as raised:
        async for _ in sandbox.parse(path, TEXT):
            pass
    found: dict[str, str] = json.loads(raised.value.message)
    return found


async def test_a_parser_that_was_taken_over_reaches_nothing(taken_over: Sandbox, var_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "input").write_text("A line of text.")
    found = await outcomes(taken_over, tmp_path / "input")
    assert len(found) > 40
    assert {name: outcome for name, outcome in found.items() if not outcome.startswith("failed")} == {}
    assert (var_dir / "blobs" / "one").read_text() == "A private sentence."
    assert (tmp_path / "input").read_text() == "A line of text."
    assert list((var_dir / "uploads").iterdir()) == []
    assert taken_over.isolation is not None
    assert taken_over.isolation.degree == "full"


async def test_isolation_is_full_under_the_servers_own_umask() -> None:
    sandbox, before = Sandbox(ParserSettings()), os.umask(0o077)
    try:
        await sandbox.start()
    finally:
        os.umask(before)
    assert sandbox.isolation is not None
    assert sandbox.isolation.can_still == ()
    await sandbox.close()


async def test_what_isolation_closes_is_open_without_it() -> None:
    sandbox = Sandbox(ParserSettings(isolation="off"))
    await sandbox.start()
    assert sandbox.isolation is not None
    assert sandbox.isolation.degree == "none"
    assert set(sandbox.isolation.can_still) == set(ATTEMPTS)
    await sandbox.close()


async def test_strict_refuses_to_start_where_something_is_open(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "from parsing.isolation import system_calls\nsystem_calls.is_available = lambda: False\n"
    )
    environment = launch.ENVIRONMENT | {"PYTHONPATH": f"{launch.ROOT}:{tmp_path}"}
    monkeypatch.setattr(launch, "ENVIRONMENT", environment)
    sandbox = Sandbox(ParserSettings(isolation="strict"))
    with pytest.raises(StartupFailed, match="open network connections"):
        await sandbox.start()
    lenient = Sandbox(ParserSettings())
    await lenient.start()
    assert lenient.isolation is not None
    assert lenient.isolation.degree == "partial"
    await lenient.close()
