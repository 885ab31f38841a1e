"""The base of immutable values."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable value that pydantic reads from and writes to JSON."""

    model_config = ConfigDict(frozen=True)
