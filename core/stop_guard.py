"""A small process that kills the server when it should stop but its event loop is blocked. See docs/adr/0020.

``python -I -S stop_guard.py PIPE PID GRACE_S`` is started by :mod:`core.stop_signals` and needs only the standard library. It reads
from the pipe the numbers of signals, which the interpreter's own handler writes even while C code holds the GIL, and after the first
signal zeros, which the event loop writes as signs of life. The pipe is closed when the server ends, and then this process ends.
"""

import json
import os
import select
import signal
import sys
import time

STOPS = frozenset({signal.SIGINT, signal.SIGTERM})
DUMP_S = 0.5  # for the traceback


def guard(pipe: int, pid: int, grace_s: float) -> None:
    """Return when the server has ended. Kill it when, after a stop signal, nothing comes through the pipe for ``grace_s`` seconds."""
    deadline: float | None = None
    while True:
        left_s = None if deadline is None else max(0.0, deadline - time.monotonic())
        if not select.select([pipe], [], [], left_s)[0]:
            _end(pid, grace_s)
            return
        signs = os.read(pipe, 4096)
        if not signs:
            return
        if deadline is not None or STOPS.intersection(signs):
            deadline = time.monotonic() + grace_s


def _end(pid: int, grace_s: float) -> None:
    if os.getppid() != pid:
        return
    event = {"event": "stop.forced", "silent_s": grace_s, "logger": "core.stop_guard", "level": "error"}
    sys.stderr.write(f"{json.dumps(event)}\n")
    sys.stderr.flush()
    os.kill(pid, signal.SIGUSR2)  # faulthandler prints the stack of each thread, without the GIL
    time.sleep(DUMP_S)
    os.kill(pid, signal.SIGKILL)  # its own children end with it


if __name__ == "__main__":
    for number in (*STOPS, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # meant for the server, even if the whole process group gets them
    guard(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
