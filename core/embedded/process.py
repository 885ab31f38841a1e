"""Starts servers as child processes, in separate sessions so that Ctrl-C does not reach them, and ends them with this process."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

from core import environment
from core.errors import StartupFailed

_PR_SET_PDEATHSIG = 1
_SOCKET_PATH_LIMIT = 100  # sun_path holds 104 bytes on macOS, 108 on Linux
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def _die_with_parent(parent: int) -> Callable[[], None]:
    def prepare() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:  # the parent died between fork and prctl
            os._exit(1)

    return prepare


def spawn(command: Sequence[str | Path], *, log: Path, user: int | None = None) -> subprocess.Popen[bytes]:
    """Start a server, without Footnote's settings and keys in its environment.

    Call it from the main thread: Linux ties "die with parent" to the thread that forked.

    Args:
        command: the program and its arguments.
        log: file to which its output is appended.
        user: uid to run as, with that user's primary group; None: the user of this process.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment.for_servers(),
            preexec_fn=_die_with_parent(os.getpid()),
            user=user,
            group=_group_of(user),
            extra_groups=[] if user is not None else None,
        )


def _group_of(user: int | None) -> int | None:
    if user is None:
        return None
    import pwd

    return pwd.getpwuid(user).pw_gid


def stop(process: subprocess.Popen[bytes], *, signal_number: int = signal.SIGTERM, timeout_s: float = 10.0) -> None:
    """Stop a server with a signal, and kill it when it has not ended after ``timeout_s``."""
    if process.poll() is not None:
        return
    process.send_signal(signal_number)
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], *, what: str, log: Path, timeout_s: float = 30.0
) -> None:
    """Poll until a server answers.

    Raises:
        StartupFailed: it ended or did not answer in time; the message has the last line of its log.
    """
    deadline = time.monotonic() + timeout_s
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            stop(process)
            raise StartupFailed(f"{what} did not start: {_last_line(log)}")
        time.sleep(0.01)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    reasons = [line for line in lines if "FATAL" in line or "No space" in line] or lines
    return reasons[-1] if reasons else "it said nothing."


def socket_folder(var_dir: Path) -> Path:
    """A private folder for unix sockets: ``run`` in the var folder, or one in ``/tmp`` when that path is too long for a socket."""
    folder = var_dir / "run"
    if len(str(folder)) + len("/.s.PGSQL.5432") > _SOCKET_PATH_LIMIT:
        name = sha256(str(var_dir).encode()).hexdigest()[:12]
        folder = Path("/tmp") / f"footnote-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise StartupFailed(f"The folder {folder} belongs to somebody else; set FOOTNOTE_VAR_DIR to a shorter path.")
    return folder


def answers(path: Path) -> bool:
    """True when a server listens on a unix socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
