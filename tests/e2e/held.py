"""A real server, started as ``python -m tests.e2e.held by_python``, whose event loop is held from a moment after its start on."""

import asyncio
import re
import sys
from functools import partial

import server
from accounts.first_admin import FirstAdmin
from core import logging
from core.settings import load_settings
from core.stop_signals import StopSignals

GRACE_S = 5.0
HELD_FROM_S = 1.0
SLOW = re.compile(r"(?:a|aa)+$")


def by_python() -> None:
    """With code that hears of signals."""
    print("held", flush=True)
    while True:
        pass


def by_an_expression() -> None:
    """With C code, which lets no other thread run."""
    print("held", flush=True)
    SLOW.match("a" * 200 + "b")


def _announce(hold: str, url: str, _: FirstAdmin | None) -> None:
    print(url, flush=True)
    asyncio.get_running_loop().call_later(
        HELD_FROM_S, {"by_python": by_python, "by_an_expression": by_an_expression}[hold]
    )


if __name__ == "__main__":
    logging.configure("warning")
    server.StopSignals = partial(StopSignals, GRACE_S)  # type: ignore[attr-defined, assignment]  # not twenty seconds for each test
    asyncio.run(server.serve(load_settings(), partial(_announce, sys.argv[1])))
