"""Starts embedded servers again that ended by themselves: killed for want of memory, crashed, or out of disk space."""

import asyncio
import time

import structlog

from core.embedded.server import EmbeddedServer
from core.errors import StartupFailed

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.25
STABLE_S = 60.0  # a server that ran this long has not crashed "again"
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0


def pause_s(crashes: int) -> float:
    """Seconds before the next start after this many crashes in a row: 0, 0.5, 1, 2 … 30."""
    return 0.0 if crashes <= 1 else min(FIRST_PAUSE_S * 2.0 ** min(crashes - 2, 10), LONGEST_PAUSE_S)


async def keep(server: EmbeddedServer) -> None:
    """Look after a started server until cancelled. Run it on the main thread's loop; cancel it before the server is stopped."""
    crashes, started_at = 0, time.monotonic()
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        status = server.exit_status
        if status is None:
            continue
        ended_at = time.monotonic()
        crashes = 1 if ended_at - started_at > STABLE_S else crashes + 1
        log.error("embedded.ended", server=server.name, exit_status=status)
        while not await _started(server, pause_s(crashes)):
            crashes += 1
        started_at = time.monotonic()
        log.warning("embedded.restarted", server=server.name, away_s=round(started_at - ended_at, 1), crashes=crashes)


async def _started(server: EmbeddedServer, wait_s: float) -> bool:
    """One try to start it, after a pause; False when it failed."""
    await asyncio.sleep(wait_s)
    try:
        server.launch()
        await asyncio.to_thread(server.wait)
    except (StartupFailed, OSError) as error:
        log.error("embedded.not_restarted", server=server.name, error=str(error), waited_s=wait_s)
        return False
    return True
