"""The base classes of settings, and the mark of settings that belong in ``footnote.toml``."""

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
    """Validation that applies everywhere in the tree."""

    @model_validator(mode="before")
    @classmethod
    def _null_is_the_default(cls, data: Any) -> Any:
        """A variable with the value ``null`` resets a setting of ``footnote.toml`` to its default."""
        return {name: value for name, value in data.items() if value is not None} if isinstance(data, dict) else data

    @field_validator("*", mode="before")
    @classmethod
    def _a_flag_is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        """TOML and JSON distinguish them; pydantic would accept true as 1."""
        if isinstance(value, bool) and bool not in types_in(cls.model_fields[str(info.field_name)].annotation):
            raise ValueError("it should not be true or false")
        return value


class Section(Checked):
    """A named group of settings; unknown names are refused, so that typing errors are noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def is_in_file(field: FieldInfo) -> bool:
    """True for a setting whose place is ``footnote.toml`` rather than the environment."""
    return _MARK in field.metadata


def is_structure(field: FieldInfo) -> bool:
    """True for a setting that is a table or a list of tables; as a variable it is JSON."""
    return isinstance(field.default, dict | tuple) and NoDecode not in field.metadata


def types_in(annotation: Any) -> Iterator[type]:
    """The classes in an annotation: ``tuple[ModelSettings, ...] | None`` → tuple, ModelSettings, NoneType."""
    if isinstance(annotation, type):
        yield annotation
    for inner in get_args(annotation):
        yield from types_in(inner)
