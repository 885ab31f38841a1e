"""What is typed becomes a query that PostgreSQL can read."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.search import query_of


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("expense report", "'expense':* & 'report':*"),
        ("Crème", "'Creme':*"),
        ("foo-bar_baz", "'foo':* & 'bar':* & 'baz':*"),
        ("東京 tower", "'東' <-> '京':* & 'tower':*"),
        ("it's \\ 'x' | y & !z:*", "'it':* & 's':* & 'x':* & 'y':* & 'z':*"),
        ("พักร้อน", "'พ' <-> 'ก' <-> 'ร' <-> 'อ' <-> 'น':*"),  # marks above letters are left out
        ("  ", ""),
        ("?!…", ""),
    ],
)
def test_queries(typed: str, query: str) -> None:
    assert query_of(typed) == query


@given(st.text(st.characters()))
def test_nothing_that_is_typed_gets_out_of_its_quotes(typed: str) -> None:
    query = query_of(typed)
    query.encode("utf-8")
    assert re.fullmatch(r"('[^'\\\x00]+'(:\*)?( (&|<->) )?)*", query)
