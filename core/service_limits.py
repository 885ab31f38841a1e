"""What is left of the rate limits that a request was counted against, for the headers of its response."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServiceLimit:
    """What is left of a quota policy.

    Attributes:
        policy: its name: ``questions``, ``upload``…
        quota: most hits within the window.
        remaining: hits that are left now.
        reset_s: seconds until there is at least one more.
    """

    policy: str
    quota: int
    window_s: int
    remaining: int
    reset_s: float


_counted: ContextVar[dict[str, ServiceLimit] | None] = ContextVar("service_limits", default=None)


def collect() -> dict[str, ServiceLimit]:
    """Collect the limits that this request and the tasks it starts are counted against, by policy, in the dictionary returned."""
    found: dict[str, ServiceLimit] = {}
    _counted.set(found)
    return found


def note(limit: ServiceLimit) -> None:
    """Add what is left of a limit, if the request collects them."""
    found = _counted.get()
    if found is not None:
        found[limit.policy] = limit
