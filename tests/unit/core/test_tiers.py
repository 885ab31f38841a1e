"""Tiers of the settings: who may ask how much."""

import pytest
from pydantic import ValidationError

from core.settings import LimitSettings, Tier


def tier(questions_per_minute: int, tokens_per_day: int) -> Tier:
    """With both limits."""
    return Tier(questions_per_minute=questions_per_minute, tokens_per_day=tokens_per_day)


def test_without_tiers_everybody_has_the_plain_limits() -> None:
    limits = LimitSettings(questions_per_minute=7, tokens_per_day=900)
    assert limits.tier("standard") == limits.tier("plus") == tier(7, 900)
    assert limits.tier_names == ["standard"]


def test_a_tier_that_is_gone_is_the_standard_one() -> None:
    limits = LimitSettings(tiers={"standard": tier(30, 1000), "plus": tier(120, 0)})
    assert limits.tier("plus") == tier(120, 0)
    assert limits.tier("gold") == tier(30, 1000)
    assert limits.tier_names == ["plus", "standard"]


@pytest.mark.parametrize("name", ["Plus", "", "1st", "plus tax", "p" * 33, "plüs", "plus\n"])
def test_what_is_no_name_of_a_tier_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="is no name of a tier"):
        LimitSettings(tiers={name: tier(1, 1)})


def test_a_tier_has_both_limits() -> None:
    with pytest.raises(ValidationError, match="tokens_per_day"):
        LimitSettings(tiers={"plus": {"questions_per_minute": 1}})
