"""A small process that ends the server when it was asked to stop and its event loop does not run any more. See docs/adr/0020.

``python -I -S stop_guard.py PIPE PID GRACE_S`` is started by :mod:`core.stop_signals` and needs nothing but the standard library.
What comes through the pipe are the numbers of signals, written by the interpreter's own handler even while C code holds the interpreter,
and zeros, written by the event loop from then on. The pipe ends with the server, and this process with the pipe.
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
    """Return when the server has ended; end it when it was asked to stop and its loop gave no sign for so long."""
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
    os.kill(
        pid, signal.SIGUSR2
    )  # faulthandler prints where each thread is; no lock of the interpreter is needed for that
    time.sleep(DUMP_S)
    os.kill(pid, signal.SIGKILL)  # its own children end with it


if __name__ == "__main__":
    for number in (*STOPS, signal.SIGHUP):
        signal.signal(
            number, signal.SIG_IGN
        )  # they are for the server, also where a whole group of processes gets them
    guard(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
