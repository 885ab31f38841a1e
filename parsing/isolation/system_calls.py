"""The system calls that a parser may make, as a seccomp filter built by libseccomp. All others fail with EPERM.

There is no socket, no exec, no fork, no ptrace, no signal to others among them; which files ``openat`` may open is Landlock's to say.
"""

import errno
import os

CLONE_THREAD = 0x00010000
FCNTL = (0, 1, 2, 3, 4, 1030)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC; none that sends signals
PR_SET_NAME, PR_SET_VMA = 15, 0x53564D41
ALLOWED = (
    "read", "readv", "pread64", "preadv", "preadv2", "write", "writev", "close", "close_range", "lseek", "dup",
    "pipe2", "openat", "open", "stat", "fstat", "lstat", "newfstatat", "statx", "access", "faccessat",
    "faccessat2", "readlink", "readlinkat", "getdents64", "getcwd", "mmap", "munmap", "mremap", "mprotect",
    "madvise", "brk", "membarrier", "futex", "futex_waitv", "set_robust_list", "get_robust_list", "rseq",
    "set_tid_address", "exit", "exit_group", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
    "restart_syscall", "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getrandom",
    "uname", "sysinfo", "getcpu", "sched_yield", "sched_getaffinity", "clock_gettime", "clock_getres",
    "clock_nanosleep", "nanosleep", "gettimeofday", "time", "times", "getrusage", "poll", "ppoll", "select",
    "pselect6", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "eventfd2",
)  # fmt: skip


def is_available() -> bool:
    """Whether libseccomp is installed."""
    try:
        import pyseccomp  # noqa: F401
    except (ImportError, RuntimeError):  # it looks for the library when it is imported
        return False
    return True


def restrict_self() -> None:
    """Put this process under the filter, for ever; needs ``no_new_privs``. Takes about a millisecond.

    Raises:
        OSError: the kernel has no seccomp filters.
    """
    import pyseccomp as seccomp

    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    for name in ALLOWED:
        _allow(rules, name)
    _allow(rules, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, CLONE_THREAD, CLONE_THREAD))
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")  # its flags cannot be seen; the C library then uses clone
    _allow(rules, "tgkill", seccomp.Arg(0, seccomp.EQ, os.getpid()))  # abort()
    _allow(rules, "sendto", seccomp.Arg(4, seccomp.EQ, 0))  # on the connected socket to the server alone
    _allow(rules, "recvfrom", seccomp.Arg(4, seccomp.EQ, 0))
    for name in ("prlimit64", "getpriority", "setpriority"):
        _allow(rules, name, seccomp.Arg(1 if name != "prlimit64" else 0, seccomp.EQ, 0))  # this process
    for name in ("getrlimit", "setrlimit"):
        _allow(rules, name)
    for command in FCNTL:
        _allow(rules, "fcntl", seccomp.Arg(1, seccomp.EQ, command))
    for option in (PR_SET_NAME, PR_SET_VMA):
        _allow(rules, "prctl", seccomp.Arg(0, seccomp.EQ, option))
    rules.load()


def _allow(rules: object, name: str, *arguments: object) -> None:
    import pyseccomp as seccomp

    try:
        seccomp.SyscallFilter.add_rule(rules, seccomp.ALLOW, name, *arguments)
    except (OSError, ValueError):  # this architecture has no call of that name
        if name in ("read", "write", "openat", "mmap", "exit_group"):
            raise
