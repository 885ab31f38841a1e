"""What isolation is worth on this machine: a child gives up its rights and then tries what a parser that was taken over would try."""

import os
import socket
from collections.abc import Callable

from parsing.isolation import kernel
from parsing.isolation.rights import Rights


def missing(rights: Rights | None) -> list[str]:
    """What a child can still do, in words for the operator; empty: nothing but open its file. Forks, and takes some milliseconds."""
    if rights is None:
        return list(ATTEMPTS)
    reader, writer = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        _try_all(rights, writer, parent)
    os.close(writer)
    with open(reader) as report:
        refused = set(report.read().splitlines())
    os.waitpid(child, 0)
    return [name for name in ATTEMPTS if name not in refused]


def _try_all(rights: Rights, report: int, parent: int) -> None:
    try:
        rights.become_nobody()
        rights.give_up()
        for name, attempt in ATTEMPTS.items():
            try:
                attempt(parent)
            except OSError:
                os.write(report, f"{name}\n".encode())
    finally:
        os._exit(0)


def _reads_files(_: int) -> None:
    os.close(os.open("/etc/passwd", os.O_RDONLY))


def _writes_files(_: int) -> None:
    os.close(os.open("/tmp", os.O_WRONLY | os.O_TMPFILE, 0o600))


def _opens_connections(_: int) -> None:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()


def _opens_unix_sockets(_: int) -> None:
    socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).close()


def _sees_processes(parent: int) -> None:
    os.close(os.open(f"/proc/{parent}/environ", os.O_RDONLY))


def _signals_processes(parent: int) -> None:
    os.kill(parent, 0)


def _attaches_to_processes(parent: int) -> None:
    kernel.call("ptrace", kernel.PTRACE_ATTACH, parent, None, None)


def _has_privileges(_: int) -> None:
    if os.geteuid() != 0:
        os.setpriority(os.PRIO_PROCESS, 0, -20)


def _starts_processes(_: int) -> None:
    if os.fork() == 0:
        os._exit(0)


def _starts_programs(_: int) -> None:
    os.execv("/bin/true", ["true"])


ATTEMPTS: dict[str, Callable[[int], None]] = {
    "read other files": _reads_files,
    "write files": _writes_files,
    "open network connections": _opens_connections,
    "open unix sockets": _opens_unix_sockets,
    "read the memory and environment of other processes": _sees_processes,
    "signal other processes": _signals_processes,
    "attach to other processes": _attaches_to_processes,
    "use privileges": _has_privileges,
    "start processes": _starts_processes,
    "start programs": _starts_programs,
}  # the last replaces the child where it is allowed
