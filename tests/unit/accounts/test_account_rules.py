"""What a name and a password must look like."""

import pytest

from accounts.rules import check_password, clean_username
from core.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("alice", "alice"),
        ("  Alice ", "alice"),
        ("A.B+c@Example.ORG", "a.b+c@example.org"),
        ("Müller", "müller"),
        ("ｆｕｌｌwidth", "fullwidth"),
        ("李雷", "李雷"),
    ],
)
def test_a_name_is_stored_in_one_form(typed: str, stored: str) -> None:
    assert clean_username(typed) == stored


@pytest.mark.parametrize("typed", ["", "   ", "a b", "a/b", "a\x00b", "a\nb", "<b>", "x" * 65, "\ud800", "../etc"])
def test_a_name_that_cannot_be_taken(typed: str) -> None:
    with pytest.raises(Invalid):
        clean_username(typed)


def test_a_password_has_eight_characters_or_more() -> None:
    check_password("12345678")
    check_password("x" * 1024)
    for bad in ("", "1234567", "x" * 1025):
        with pytest.raises(Invalid):
            check_password(bad)
