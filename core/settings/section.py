"""What every group of settings is."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A named group of settings; unknown names are refused so that a typing slip cannot go unnoticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
