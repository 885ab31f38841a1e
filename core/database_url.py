"""The address of the database, with what stands before it: whoever opens the database needs to know both."""

from typing import Literal

from sqlalchemy import URL, make_url

Pooler = Literal["direct", "transaction"]
_PARAMETER = "pooler"


def with_pooler(url: str, pooler: Pooler) -> str:
    """The address with a parameter of ours that names the pooler.

    Raises:
        ArgumentError, ValueError: it cannot be read as an address.
    """
    query = {} if pooler == "direct" else {_PARAMETER: pooler}
    return make_url(url).update_query_dict(query).render_as_string(hide_password=False)


def without_pooler(url: str) -> tuple[URL, bool]:
    """The address as drivers know it, and whether a pooler in transaction mode stands before it. Raises as :func:`with_pooler`."""
    address = make_url(url)
    return address.difference_update_query([_PARAMETER]), address.query.get(_PARAMETER) == "transaction"
