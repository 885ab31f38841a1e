"""The files that a parser needs besides the one it reads: code, shared libraries, fonts, language data. None of it is secret."""

import os
import stat
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]
_INSTALLED = sysconfig.get_paths()
CODE = (
    # not the folder above: it may hold the server's data
    *(str(ROOT / package) for package in ("parsing", "core")),
    *sorted({_INSTALLED[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}),
    os.path.dirname(os.__file__),
)
READABLE = (
    *CODE, "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/etc/localtime",
    "/usr/share/fonts", "/usr/share/zoneinfo",
    "/usr/share/tessdata", "/usr/share/tesseract-ocr", "/usr/local/share/tessdata",
    "/sys/devices/system/cpu", "/proc/cpuinfo", "/proc/meminfo", "/dev/null", "/dev/urandom",
)  # fmt: skip


def are_readable_by_others() -> bool:
    """Whether a user who owns nothing reaches the code: it may lie in somebody's home."""
    return all(_is_reachable(Path(path).resolve()) for path in CODE)


def _is_reachable(path: Path) -> bool:
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))
