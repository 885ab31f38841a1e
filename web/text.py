"""Fields of requests whose text is stored: JSON can carry characters that PostgreSQL cannot."""

from typing import Annotated

from pydantic import AfterValidator

from core.storable import storable

StorableText = Annotated[str, AfterValidator(storable)]
