"""The base class of every group of settings, and the mark of settings that belong in ``footnote.toml``."""

from collections.abc import Iterator
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import NoDecode

T = TypeVar("T")

_MARK = "footnote.toml"
InFile = Annotated[T, _MARK]
"""``hnsw_m: InFile[int]``: listed in ``footnote.example.toml`` instead of ``.env.example``. Either place may set it."""


class Checked(BaseModel):
    """What holds for values wherever they stand in the tree."""

    @model_validator(mode="before")
    @classmethod
    def _null_is_the_default(cls, data: Any) -> Any:
        """A variable that says ``null`` undoes what ``footnote.toml`` says."""
        return {name: value for name, value in data.items() if value is not None} if isinstance(data, dict) else data

    @field_validator("*", mode="before")
    @classmethod
    def _a_flag_is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        """TOML and JSON know the difference; pydantic would take true for 1."""
        if isinstance(value, bool) and bool not in types_in(cls.model_fields[str(info.field_name)].annotation):
            raise ValueError("it should not be true or false")
        return value


class Section(Checked):
    """A named group of settings; unknown names are refused so that a typing slip cannot go unnoticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def is_in_file(field: FieldInfo) -> bool:
    """True for a setting whose place is ``footnote.toml`` rather than the environment."""
    return _MARK in field.metadata


def is_structure(field: FieldInfo) -> bool:
    """True for a setting that is a table or a list of tables; as a variable it is JSON."""
    return isinstance(field.default, dict | tuple) and NoDecode not in field.metadata


def types_in(annotation: Any) -> Iterator[type]:
    """The classes that an annotation is made of: ``tuple[ModelSettings, ...] | None`` → tuple, ModelSettings, NoneType."""
    if isinstance(annotation, type):
        yield annotation
    for inner in get_args(annotation):
        yield from types_in(inner)
