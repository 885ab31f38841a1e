"""Text from outside as the database can take it: without NUL characters and halves of surrogate pairs, which JSON can carry."""

from typing import Annotated

from pydantic import AfterValidator


def storable(text: str) -> str:
    """The text without characters that PostgreSQL and UTF-8 refuse."""
    return text.replace("\x00", "").encode(errors="ignore").decode()


StorableText = Annotated[str, AfterValidator(storable)]
