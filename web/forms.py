"""Forms of pages that are rendered on the server: what was typed, as text that can be stored."""

from collections import defaultdict
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from core.errors import Invalid
from core.precondition import Precondition
from core.storable import storable

MOST_BYTES = 2 * 1024**2  # of one field; the whole body is limited by web.body_limit
MOST_FIELDS = 1000
SEEN = "seen"  # the field with the entity tag of what the person saw


class Form:
    """The fields of a form, trimmed.

    Attributes:
        values: field → the last text that was sent for it, empty for one that was not sent; for showing the form again.
    """

    def __init__(self, data: FormData) -> None:
        self._texts = [(name, storable(value)) for name, value in data.multi_items() if isinstance(value, str)]
        self.values = defaultdict(str, {name: text.strip() for name, text in self._texts})

    def text(self, name: str, longest: int = 1000) -> str:
        """A field without the spaces around it; empty when it is missing. Raises Invalid for one that is too long."""
        value = self.values.get(name, "")
        if len(value) > longest:
            raise Invalid(f"That is too long: at most {longest:,} characters.")
        return value

    def secret(self, name: str) -> str:
        """A password, just as it was typed."""
        return next((text for key, text in self._texts if key == name), "")

    def all(self, name: str) -> list[str]:
        """The texts of a field that may be sent several times, such as checkboxes."""
        return [text.strip() for key, text in self._texts if key == name]

    def has(self, name: str) -> bool:
        """True for a checkbox that is ticked."""
        return bool(self.values.get(name))

    @property
    def seen(self) -> Precondition:
        """The condition that the thing is still what the page showed."""
        tag = self.values.get(SEEN)
        return Precondition(frozenset({tag})) if tag else Precondition()


async def read_form(request: Request) -> Form:
    """The form in the body. Raises Invalid when the body is none; files are refused."""
    try:
        async with request.form(max_files=0, max_fields=MOST_FIELDS, max_part_size=MOST_BYTES) as data:
            return Form(data)
    except HTTPException as error:
        raise Invalid("The form could not be read.") from error


FormDep = Annotated[Form, Depends(read_form)]
