"""Passwords: argon2id, never readable, and an unknown name costs the same as a wrong password."""

import time
from collections.abc import Iterator

import pytest
from argon2 import Type, extract_parameters

from core.passwords import _dummy_hash, hash_password, is_password


@pytest.fixture(autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Here they cost what they cost, nobody's too."""
    _dummy_hash.cache_clear()
    yield
    _dummy_hash.cache_clear()


def test_a_guess_is_expensive() -> None:
    spent = extract_parameters(hash_password("correct horse"))
    assert spent.type is Type.ID
    assert spent.memory_cost * spent.time_cost >= 19 * 1024 * 2  # KiB times passes: the least that OWASP advises


def test_only_the_password_fits_its_hash() -> None:
    stored = hash_password("correct horse")
    assert stored.startswith("$argon2id$")
    assert "correct" not in stored
    assert is_password(stored, "correct horse")
    assert not is_password(stored, "correct Horse")
    assert not is_password(stored, "")


def test_two_hashes_of_one_password_differ() -> None:
    assert hash_password("correct horse") != hash_password("correct horse")


def test_one_letter_typed_in_two_ways_is_one_letter() -> None:
    assert is_password(hash_password("Zu\u0308rich-see"), "Z\u00fcrich-see")


def test_any_string_can_be_a_password_or_be_refused_quietly() -> None:
    for password in ("пароль пароль", "🐎🔋📎🔋", "nul\x00inside", "\ud800 lone"):
        assert is_password(hash_password(password), password)
    assert not is_password("not a hash", "x")


def test_nobody_has_a_password_and_it_takes_as_long_to_say_so() -> None:
    assert not is_password(None, "nobody has this password")
    stored = hash_password("correct horse")
    spent = {}
    for case in (stored, None):
        start = time.process_time()
        for _ in range(3):
            is_password(case, "wrong")
        spent[case] = time.process_time() - start
    assert spent[None] > 0.5 * spent[stored]
