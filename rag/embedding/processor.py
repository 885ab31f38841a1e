"""The CPU features of this machine."""

from pathlib import Path


def has_bf16() -> bool:
    """True when the processor multiplies bfloat16 in hardware; without that, the format only costs time."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
