"""File descriptors of this process: each connection takes one."""

import resource

import structlog

log = structlog.get_logger(__name__)

WANTED = 65_536
RESERVED = 400  # of few descriptors: for files, PostgreSQL, Redis, the index, and connections that are accepted before they are counted
MOST_CONNECTIONS = 10_000


def raise_limit() -> int:
    """Raise the limit of this process as far as the system allows, to ``WANTED`` at most; returns what it is now.

    systemd, Debian and Ubuntu start programs with 1,024, and let them have far more when they ask.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return WANTED
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    if wanted > soft:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        except (OSError, ValueError) as error:  # macOS says that there is no limit, and has one
            log.warning("descriptors.not_raised", limit=soft, error=str(error))
    return soft


def connections_for(descriptors: int) -> int:
    """How many connections may be open at a time, so that enough descriptors are left for everything else."""
    return max(16, min(MOST_CONNECTIONS, descriptors - max(RESERVED, descriptors // 4)))
