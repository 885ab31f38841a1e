"""What a parser would try that a hostile file has taken over. Runs inside a real child process, in place of the parsers."""

import ctypes
import fcntl
import glob
import json
import os
import resource
import socket
import subprocess
from collections.abc import Callable
from typing import Any


def install(var_dir: str, sockets: list[str], port: int, server_pid: int) -> None:
    """Have children try everything on any file, and say as their text what came of it."""
    from core.errors import DocumentUnreadable
    from parsing import registry

    def parse(*_: object) -> Any:
        raise DocumentUnreadable(json.dumps(_outcomes(var_dir, sockets, port, server_pid)))

    registry.parse = parse  # type: ignore[assignment]


def _outcomes(var_dir: str, sockets: list[str], port: int, server_pid: int) -> dict[str, str]:
    attempts = _files(var_dir) | _connections(sockets, port) | _processes(server_pid) | _privileges()
    return {name: _outcome(attempt) for name, attempt in attempts.items()}


def _outcome(attempt: Callable[[], object]) -> str:
    try:
        return f"could: {attempt()}"[:200]
    except Exception as error:
        return f"failed: {error!r}"[:200]


def _files(var_dir: str) -> dict[str, Callable[[], object]]:
    return {
        "list stored files": lambda: glob.glob(f"{var_dir}/blobs/*")[0],
        "read a stored file": lambda: open(f"{var_dir}/blobs/one").read(),
        "read the signing key": lambda: open(f"{var_dir}/secret.key").read(),
        "read passwords of the machine": lambda: open("/etc/passwd").read(),
        "read the environment file": lambda: open(f"{os.getcwd()}/.env").read(),
        "create a file": lambda: open(f"{var_dir}/uploads/evil", "wb"),
        "create a file in /tmp": lambda: open("/tmp/evil", "wb"),
        "create a folder": lambda: os.mkdir(f"{var_dir}/uploads/evil"),
        "make a link": lambda: os.symlink("/etc/passwd", f"{var_dir}/uploads/link"),
        "truncate a file": lambda: os.truncate(f"{var_dir}/blobs/one", 0),
        "delete a file": lambda: os.unlink(f"{var_dir}/blobs/one"),
        "write its own input": lambda: next(os.pwrite(descriptor, b"evil", 0) for descriptor in _inputs()),
        "write more than it may": _write_much,
        "change its root": lambda: os.chroot("/"),
        "mount": lambda: _libc("mount", b"none", b"/", b"tmpfs", 0, None),
    }


def _inputs() -> list[int]:
    """Descriptors of regular files."""
    return [descriptor for descriptor in range(3, 20) if _is_file(descriptor)]


def _is_file(descriptor: int) -> bool:
    try:
        return os.fstat(descriptor).st_size > 0
    except OSError:
        return False


def _write_much() -> int:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    with open("/dev/shm/evil", "wb") as file:
        return file.write(b"x")


def _connections(sockets: list[str], port: int) -> dict[str, Callable[[], object]]:
    reach = {f"connect to {path}": lambda path=path: _unix(path) for path in sockets}
    return reach | {
        "connect to a port": lambda: socket.create_connection(("127.0.0.1", port), 3),
        "send a datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", port)),
        "listen": lambda: socket.create_server(("0.0.0.0", 0)),
        "make a pair of sockets": socket.socketpair,
        "talk to the kernel": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    }


def _unix(path: str) -> str:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
    return path


def _processes(server_pid: int) -> dict[str, Callable[[], object]]:
    return {
        "read the server's environment": lambda: open(f"/proc/{server_pid}/environ").read(),
        "read the environment of the first process": lambda: open("/proc/1/environ").read(),
        "read the memory of the server": lambda: open(f"/proc/{server_pid}/mem", "rb"),
        "read the memory of its parent": lambda: open(f"/proc/{os.getppid()}/mem", "rb"),
        "read the memory of its parent by a call": lambda: _libc("process_vm_readv", os.getppid(), None, 0, None, 0, 0),
        "see processes": lambda: os.listdir("/proc"),
        "signal the server": lambda: os.kill(server_pid, 0),
        "signal its parent": lambda: os.kill(os.getppid(), 0),
        "signal everything": lambda: os.kill(-1, 0),
        "attach to the server": lambda: _libc("ptrace", 16, server_pid, None, None),
        "attach to its parent": lambda: _libc("ptrace", 16, os.getppid(), None, None),
        "limit another process": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CPU),
        "run a shell": lambda: subprocess.run(["/bin/sh", "-c", "id"], check=False),
        "become a program": lambda: os.execv("/bin/true", ["true"]),
        "fork": _fork,
    }


def _fork() -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return pid


def _privileges() -> dict[str, Callable[[], object]]:
    return {
        "become root": lambda: os.setuid(0),
        "be root": _be_root,
        "come first": lambda: os.setpriority(os.PRIO_PROCESS, 0, -20),
        "enter new namespaces": lambda: _libc("unshare", 0x10000000),
        "trace the kernel": lambda: _libc("syscall", 298, None, 0, -1, -1, 0),
        "use io_uring": lambda: _libc("syscall", 425, 1, None),
        "load a program into the kernel": lambda: _libc("syscall", 321, 0, None, 0),
        "use the kernel's keys": lambda: _libc("syscall", 250, 0, -3, 0),
        "make memory into a file": lambda: os.memfd_create("evil"),
        "type for a terminal": lambda: fcntl.ioctl(0, 0x5412, b"x"),
    }


def _be_root() -> str:
    if os.getuid():
        raise PermissionError("somebody else")
    return "root"


def _libc(name: str, *arguments: object) -> int:
    result = int(getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments))
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return result
