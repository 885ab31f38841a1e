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
    check_password("tea+cake", "alice")
    check_password("x" * 1024, "alice")
    for bad in ("", "tea+cak", "x" * 1025):
        with pytest.raises(Invalid, match="at least 8"):
            check_password(bad, "alice")


@pytest.mark.parametrize(
    "password",
    [
        *(
            "password",
            "PassWord",
            " password ",
            "ｐａｓｓｗｏｒｄ",
            "12345678",
            "Password2026!",
            "qwertyuiop",
            "iloveyou1",
        ),
        *("Footnote1!", "charlotte", "Charlotte99"),
    ],
)
def test_what_everybody_would_try_first_is_no_password(password: str) -> None:
    with pytest.raises(Invalid, match="first that are tried"):
        check_password(password, "charlotte")


@pytest.mark.parametrize("password", ["correct horse", "password of mine", "my footnotes", "7 geese 12 swans"])
def test_words_of_ones_own_are_a_password(password: str) -> None:
    check_password(password, "alice")
