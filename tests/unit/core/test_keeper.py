"""A server that ends is started again; one that ends again and again, with pauses that grow to half a minute."""

import asyncio
import subprocess
from pathlib import Path

import pytest

from core.embedded import keeper
from core.embedded.process import spawn, stop
from core.embedded.server import EmbeddedServer


class Sleeper(EmbeddedServer):
    """A real child process that does nothing."""

    name = "Sleeper"
    url = ""

    def __init__(self, log: Path, command: str = "sleep 60") -> None:
        super().__init__(log)
        self.command = command
        self.launches = 0

    def start(self) -> None:
        self.launch()
        self.wait()

    def launch(self) -> None:
        self.launches += 1
        self._process = spawn(["sh", "-c", self.command], log=self.log)

    def stop(self) -> None:
        if self._process is not None:
            stop(self._process)

    def _is_ready(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        assert isinstance(self._process, subprocess.Popen)
        self._process.kill()
        self._process.wait()


def test_the_first_crash_has_no_pause_and_later_ones_have_at_most_half_a_minute() -> None:
    assert [keeper.pause_s(crashes) for crashes in (1, 2, 3, 4, 8, 9, 50)] == [0, 0.5, 1, 2, 30, 30, 30]


async def test_a_killed_server_runs_again(tmp_path: Path) -> None:
    server = Sleeper(tmp_path / "log")
    server.start()
    task = asyncio.create_task(keeper.keep(server))
    try:
        for _ in range(2):
            server.kill()
            assert server.exit_status == -9
            async with asyncio.timeout(5):
                while server.exit_status is not None:
                    await asyncio.sleep(0.02)
        assert server.launches == 3
    finally:
        task.cancel()
        server.stop()


async def test_a_server_that_never_starts_is_tried_with_growing_pauses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "FIRST_PAUSE_S", 0.1)
    server = Sleeper(tmp_path / "log")
    server.start()
    server.command = "exit 1"
    task = asyncio.create_task(keeper.keep(server))
    try:
        server.kill()
        await asyncio.sleep(2.5)
        assert 3 <= server.launches <= 7
        server.command = "sleep 60"
        async with asyncio.timeout(8):
            while server.exit_status is not None:
                await asyncio.sleep(0.05)
    finally:
        task.cancel()
        server.stop()
