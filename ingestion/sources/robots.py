"""What a site lets programs read: ``robots.txt`` as RFC 9309 describes it."""

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from ingestion.sources.addresses import Address, address_of

AGENT = "Footnote"
MOST_BYTES = 500 * 1024  # as the RFC wants at least
MOST_RULES = 5_000
LONGEST_DELAY_S = 30.0
KEPT_S = 3600.0
MOST_SITES = 500
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

Read = Callable[[Address], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a site for this program. ``rules``: patterns of paths, and whether they are allowed. ``delay_s``: between requests."""

    rules: tuple[tuple[str, bool], ...] = ()
    delay_s: float = 0.0

    def allows(self, target: str) -> bool:
        """Whether a path with its query may be read: the longest pattern that matches decides, and of two the one that allows."""
        path = _normal(target)
        fitting = [(len(pattern), is_allowed) for pattern, is_allowed in self.rules if _matches(pattern, path)]
        return max(fitting, default=(0, True))[1]


@dataclass
class _Group:
    agents: set[str] = field(default_factory=set)
    rules: list[tuple[str, bool]] = field(default_factory=list)
    delay_s: float = 0.0
    is_open: bool = True  # further names may follow


def rules_of(text: str, agent: str = AGENT) -> Rules:
    """The rules that a ``robots.txt`` has for a program; those for all (``*``) where it is not named."""
    groups: list[_Group] = []
    count = 0
    for line in text.removeprefix("\ufeff").splitlines():
        name, has_value, value = line.partition("#")[0].partition(":")
        if not has_value:
            continue
        name, value = name.strip().lower(), value.strip()
        if name == "user-agent":
            if not groups or not groups[-1].is_open:
                groups.append(_Group())
            groups[-1].agents.add(value.lower())
        elif groups and name in ("allow", "disallow", "crawl-delay"):
            groups[-1].is_open = False
            count += 1
            if count <= MOST_RULES:
                _take(groups[-1], name, value)
    own = [group for group in groups if agent.lower() in group.agents]
    own = own or [group for group in groups if "*" in group.agents]
    return Rules(
        tuple(rule for group in own for rule in group.rules), max((group.delay_s for group in own), default=0.0)
    )


def _take(group: _Group, name: str, value: str) -> None:
    if name == "crawl-delay":
        group.delay_s = _delay_s(value)
    elif value:  # an empty one forbids nothing
        group.rules.append((_normal(value), name == "allow"))


def _delay_s(value: str) -> float:
    try:
        delay_s = float(value)
    except ValueError:
        return 0.0
    return min(delay_s, LONGEST_DELAY_S) if delay_s > 0 else 0.0  # also for what is no number


def _normal(path: str) -> str:
    """A path whose escapes are comparable: unreserved characters as they are, all others of UTF-8 as ``%XX``."""

    def plain(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _PLAIN else match[0].upper()

    text = _ESCAPED.sub(plain, path)
    return "".join(
        one if " " < one < "\x7f" else "".join(f"%{byte:02X}" for byte in one.encode("utf-8", "replace"))
        for one in text
    )


def _matches(pattern: str, path: str) -> bool:
    """``*`` stands for any characters, ``$`` at the end for the end; each part is looked for once, from left to right."""
    is_whole = pattern.endswith("$")
    first, *parts = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    place = len(first)
    if not parts:
        return not is_whole or place == len(path)
    *middle, last = parts
    for part in middle:
        found = path.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return path.endswith(last) and len(path) - len(last) >= place if is_whole else path.find(last, place) >= 0


class Robots:
    """The rules of sites, kept for ``KEPT_S``.

    Args:
        read: the text at an address; None where there is none. It raises when that cannot be said, and then nothing may be read.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._known: dict[str, tuple[float, Rules]] = {}

    async def of(self, address: Address) -> Rules:
        """The rules of an address's site. Raises what ``read`` raises."""
        until, rules = self._known.get(address.origin, (0.0, Rules()))
        if until > time.monotonic():
            return rules
        text = await self._read(address_of(f"{address.origin}/robots.txt"))
        rules = rules_of(text) if text else Rules()
        self._known.pop(address.origin, None)
        while len(self._known) >= MOST_SITES:
            del self._known[next(iter(self._known))]
        self._known[address.origin] = time.monotonic() + KEPT_S, rules
        return rules
