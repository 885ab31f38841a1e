"""A process that is asked to stop ends: in order when its loop runs, and all the same when something holds it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[3]
GRACE_S = 2.0
SCRIPT = """
import asyncio, itertools, re, sys, time
from core.stop_signals import StopSignals

def by_python():
    while True:
        pass

def by_an_expression():
    re.match(r"(a|aa)+$", "a" * 200 + "b")

def by_c_that_hears_no_signals():
    sum(itertools.repeat(0))

def by_waiting():
    time.sleep(600)

async def main():
    with StopSignals(grace_s=float(sys.argv[2])) as stop:
        print("ready", flush=True)
        try:
            if sys.argv[1] in globals():
                globals()[sys.argv[1]]()
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            assert stop.is_stopping
            await asyncio.sleep(float(sys.argv[3]))
    print("in order", flush=True)

asyncio.run(main())
"""


@contextmanager
def _process(hold: str, closing_s: float = 0.0) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", SCRIPT, hold, str(GRACE_S), str(closing_s)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": "."},
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("hold", ["by_python", "by_an_expression", "by_c_that_hears_no_signals", "by_waiting"])
def test_a_held_loop_is_ended_after_the_grace(hold: str, number: signal.Signals) -> None:
    with _process(hold) as process:
        family = psutil.Process(process.pid).children()
        time.sleep(0.5)
        asked = time.monotonic()
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
        assert time.monotonic() - asked >= GRACE_S
    assert output == ""
    event = json.loads(next(line for line in errors.splitlines() if line.startswith("{")))
    assert (event["event"], event["silent_s"]) == ("stop.forced", GRACE_S)
    assert f"in {hold}\n" in errors  # who held it
    assert psutil.wait_procs(family, timeout=10)[1] == []


def test_a_loop_that_runs_may_close_for_longer_than_the_grace() -> None:
    with _process("nothing", closing_s=3 * GRACE_S) as process:
        family = psutil.Process(process.pid).children()
        assert len(family) == 1
        process.send_signal(signal.SIGTERM)
        time.sleep(GRACE_S)
        process.send_signal(signal.SIGTERM)  # said again, as some do, it does not cut the closing short
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert output.endswith("in order\n")
    assert "stop.forced" not in errors
    assert psutil.wait_procs(family, timeout=10)[1] == []


def test_the_guard_ends_with_a_process_that_is_killed() -> None:
    with _process("nothing") as process:
        family = psutil.Process(process.pid).children()
        process.kill()
        process.wait()
    assert psutil.wait_procs(family, timeout=10)[1] == []


def test_the_guard_outlives_a_signal_to_the_whole_group() -> None:
    """As systemd sends it to all processes of a service."""
    with _process("by_python") as process:
        (guard,) = psutil.Process(process.pid).children()
        time.sleep(0.5)
        guard.terminate()
        process.terminate()
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
