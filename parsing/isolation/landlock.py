"""Landlock (Linux 5.13): which files a process may read, and that it may reach nothing else. See ``landlock(7)``."""

import ctypes
import os
from collections.abc import Iterable

from parsing.isolation import kernel

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on all architectures
RULE_PATH_BENEATH = 1
WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE = 1 << 1, 1 << 2, 1 << 3, 1 << 14
NULL = "/dev/null"  # tesseract writes what it has to say there, and ends when it may not
FILE_RIGHTS_BY_ABI = {1: 13, 2: 14, 3: 15, 5: 16}  # how many rights over files this version and later know
NET_ABI, NET_RIGHTS = 4, 0b11  # bind and connect TCP
SCOPE_ABI, SCOPES = 6, 0b11  # abstract unix sockets and signals of processes outside


class _RulesetAttr(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("rights", ctypes.c_uint64), ("parent_fd", ctypes.c_int32)]


def abi() -> int:
    """The kernel's version of Landlock. Raises OSError where there is none."""
    return kernel.call("syscall", CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))


def read_only(paths: Iterable[str]) -> int:
    """A set of rules, as a file descriptor: files below these paths may be read; nothing else may be done with any file.

    Paths that do not exist are left out.

    Raises:
        OSError: the kernel has no Landlock.
    """
    version = abi()
    attributes = _RulesetAttr(
        files=(1 << max(count for since, count in FILE_RIGHTS_BY_ABI.items() if since <= version)) - 1,
        net=NET_RIGHTS if version >= NET_ABI else 0,
        scoped=SCOPES if version >= SCOPE_ABI else 0,
    )
    size = 24 if version >= SCOPE_ABI else 16 if version >= NET_ABI else 8
    ruleset = kernel.call(
        "syscall", CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), ctypes.c_uint32(0)
    )
    for path in paths:
        _allow(ruleset, path, READ_FILE | READ_DIR if os.path.isdir(path) else READ_FILE)
    _allow(ruleset, NULL, READ_FILE | WRITE_FILE | (TRUNCATE & attributes.files))
    return ruleset


def restrict_self(ruleset: int) -> None:
    """Put this process under the rules, for ever; needs ``no_new_privs``."""
    kernel.call("syscall", RESTRICT_SELF, ruleset, ctypes.c_uint32(0))


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rule = _PathBeneath(rights=rights, parent_fd=parent)
        kernel.call("syscall", ADD_RULE, ruleset, RULE_PATH_BENEATH, ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(parent)
