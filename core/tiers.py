"""Tiers: how much the people of each may ask of this installation."""

import re
from dataclasses import dataclass

STANDARD = "standard"  # whoever was given no other
_TIER = re.compile(r"\s*([a-z][a-z0-9_-]{0,31})\s*=\s*(\d{1,9})/min\s*,\s*(\d{1,15})(?:/day)?\s*")


@dataclass(frozen=True, slots=True)
class Tier:
    """What one person of a tier may do; 0 is no limit."""

    questions_per_minute: int
    tokens_per_day: int


def tiers_of(text: str) -> dict[str, Tier]:
    """``standard=30/min,200000/day; plus=120/min,0/day`` → tiers by name.

    Raises:
        ValueError: it is not of that form, or names a tier twice.
    """
    tiers: dict[str, Tier] = {}
    for part in filter(str.strip, text.split(";")):
        match = _TIER.fullmatch(part)
        if match is None:
            raise ValueError(f"“{part.strip()}” is no tier; write it as plus=120/min,500000/day (0: no limit)")
        if match[1] in tiers:
            raise ValueError(f"the tier “{match[1]}” is there twice")
        tiers[match[1]] = Tier(int(match[2]), int(match[3]))
    return tiers
