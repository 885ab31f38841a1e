"""The base of immutable values."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Immutable value with JSON in and out."""

    model_config = ConfigDict(frozen=True)
