"""The var folder: its check, its lock, and the installation's secret."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import StartupFailed

_LEAST_FREE_BYTES = 100 * 1024**2


def prepare(var_dir: Path) -> Path:
    """Create the var folder and check that it can be written.

    Returns:
        Its absolute path.

    Raises:
        StartupFailed: it cannot be created or written, or the disk is full.
    """
    folder = var_dir.expanduser().resolve()
    probe = folder / ".probe"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x" * 65536)
        probe.unlink()
    except OSError as error:
        raise StartupFailed(
            f"The folder {folder} cannot be written: {error.strerror}. Set FOOTNOTE_VAR_DIR to another one."
        ) from error
    free = shutil.disk_usage(folder).free
    if free < _LEAST_FREE_BYTES:
        raise StartupFailed(
            f"The disk that holds {folder} is full ({free // 1024**2} MB left, at least {_LEAST_FREE_BYTES // 1024**2} MB are needed)."
        )
    return folder


@contextmanager
def hold(var_dir: Path) -> Iterator[None]:
    """Hold the lock of a var folder until the block ends.

    Raises:
        StartupFailed: another process owns it.
    """
    lock = var_dir / "footnote.lock"
    with lock.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = lock.read_text().strip() or "unknown"
            raise StartupFailed(
                f"Another Footnote (process {owner}) is running on {var_dir}; stop it first, or set FOOTNOTE_VAR_DIR to another folder."
            ) from error
        handle.seek(0)
        handle.truncate()
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def is_held(var_dir: Path) -> bool:
    """True when a running process holds the folder's lock."""
    lock = var_dir / "footnote.lock"
    if not lock.exists():
        return False
    with lock.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def secret_of(var_dir: Path) -> str:
    """The installation's secret, created at the first call, readable only by its owner."""
    path = var_dir / "secret.key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(secrets.token_urlsafe(48))
    return path.read_text().strip()
