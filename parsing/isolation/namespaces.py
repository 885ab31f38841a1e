"""Namespaces: a process tree without a network that sees no file and no process but its own, where the kernel allows it.

See ``namespaces(7)``.
"""

import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path

from parsing.isolation import kernel, paths

NEW = {
    "mount": 0x00020000,
    "cgroup": 0x02000000,
    "uts": 0x04000000,
    "ipc": 0x08000000,
    "net": 0x40000000,
    "pid": 0x20000000,
}
NEW_USER = 0x10000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
ROOT = b"/tmp"  # becomes the new root folder; there is one on every machine


def enter() -> tuple[str, ...]:
    """Go on in new namespaces; returns their names, none where they are not allowed.

    Must be called before the process has threads. With a pid namespace the caller goes on in a child, which is its process 1 and ends
    with the process that was there before; that one waits, and exits with the child's code.
    """
    names = _unshared()
    if "pid" in names:
        _become_first()
        _leave_files()
    return names


def _unshared() -> tuple[str, ...]:
    """All of them at once, or those that can be had one by one (root without all of its capabilities)."""
    if not _succeeds(_unshare_all):
        return tuple(name for name, flag in NEW.items() if os.getuid() == 0 and _is_unshared(flag))
    is_root = os.getuid() == 0
    _unshare_all()
    return tuple(NEW) if is_root else ("user", *NEW)


def _unshare_all() -> None:
    user, group = os.getuid(), os.getgid()
    kernel.call("unshare", sum(NEW.values()) | (NEW_USER if user else 0))
    if user:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _succeeds(step: Callable[[], None]) -> bool:
    """Whether a step that cannot be taken back works, tried in a child."""
    child = os.fork()
    if child == 0:
        try:
            step()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _is_unshared(flag: int) -> bool:
    try:
        kernel.call("unshare", flag)
    except OSError:
        return False
    return True


def _become_first() -> None:
    parent = os.getpid()
    child = os.fork()
    if child:
        _wait_for(child)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() not in (0, parent):  # 0: the parent is outside, and still there
        os._exit(1)


def _wait_for(child: int) -> None:
    """Hold nothing open, and end as the child ends."""
    os.closerange(3, 256)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, status = os.waitpid(child, 0)
    os._exit(abs(os.waitstatus_to_exitcode(status)))


def _leave_files() -> None:
    """Go on with a root folder that holds only ``paths.READABLE``, and a /proc of this namespace, where the kernel allows it."""
    root = Path(os.fsdecode(ROOT))
    os.umask(0o022)  # the server's lets nobody else in, and children are somebody else
    opened = [(path, os.open(path, os.O_PATH)) for path in map(Path, paths.READABLE) if _is_shown(path)]
    try:
        kernel.call("mount", None, b"/", None, MS_REC | MS_PRIVATE, None)
        kernel.call("mount", b"tmpfs", ROOT, b"tmpfs", MS_NOSUID | MS_NODEV, b"mode=755,size=1m")
        for path, descriptor in opened:
            _show(descriptor, root / path.relative_to("/"))
        (root / "proc").mkdir()
        kernel.call("mount", b"proc", ROOT + b"/proc", b"proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, None)
    except OSError:
        return
    finally:
        for _, descriptor in opened:
            os.close(descriptor)
    os.chroot(root)
    os.chdir("/")


def _is_shown(path: Path) -> bool:
    return path.exists() and path.parts[1] != "proc"


def _show(descriptor: int, below: Path) -> None:
    """Have a file or folder of the machine below the new root too. By descriptor: the new root may lie over its path."""
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        below.mkdir(parents=True, exist_ok=True)
    else:
        below.parent.mkdir(parents=True, exist_ok=True)
        below.touch()
    kernel.call("mount", b"/proc/self/fd/%d" % descriptor, os.fsencode(below), None, MS_BIND | MS_REC, None)
