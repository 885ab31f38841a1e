"""The type of request texts that are stored, without characters that JSON allows and PostgreSQL does not."""

from typing import Annotated

from pydantic import AfterValidator

from core.storable import storable

StorableText = Annotated[str, AfterValidator(storable)]
