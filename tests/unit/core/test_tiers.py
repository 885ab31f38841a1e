"""Tiers as they are written in the settings."""

import pytest

from core.settings import LimitSettings
from core.tiers import Tier, tiers_of


def test_tiers_are_read() -> None:
    found = tiers_of("standard=30/min,200000/day; plus = 120/min , 0 ;")
    assert found == {"standard": Tier(30, 200_000), "plus": Tier(120, 0)}


@pytest.mark.parametrize(
    "wrong", ["plus", "plus=120", "plus=120/min", "=1/min,1/day", "plus=-1/min,0/day", "a=1/min,1/day;a=2/min,2/day"]
)
def test_what_is_no_tier_is_named(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"is no tier|is there twice"):
        tiers_of(wrong)


def test_without_tiers_everybody_has_the_plain_limits() -> None:
    limits = LimitSettings(questions_per_minute=7, tokens_per_day=900)
    assert limits.tier("standard") == limits.tier("plus") == Tier(7, 900)
    assert limits.tier_names == ["standard"]


def test_a_tier_that_is_gone_is_the_standard_one() -> None:
    limits = LimitSettings(tiers="standard=30/min,1000/day;plus=120/min,0/day")
    assert limits.tier("plus") == Tier(120, 0)
    assert limits.tier("gold") == Tier(30, 1000)
    assert limits.tier_names == ["plus", "standard"]
