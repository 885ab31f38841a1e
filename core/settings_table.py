"""The settings as people read them: rows for README's table and lines for ``.env.example``, straight from the tree."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic.fields import FieldInfo

from core.settings import Section, Settings, variable_name


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: its default as text ("" when there is none) and what it does."""

    variable: str
    default: str
    description: str


def all_settings() -> Iterator[Setting]:
    """Every setting in the order of the tree."""
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, Section):
            for inner, inner_field in type(field.default).model_fields.items():
                yield _setting((name, inner), inner_field)
        else:
            yield _setting((name,), field)


def _setting(location: tuple[str, ...], field: FieldInfo) -> Setting:
    return Setting(variable_name(location), _text(field.default), field.description or "")


def _text(default: Any) -> str:
    if default is None:
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)


def markdown_table() -> str:
    """README's configuration table."""
    rows = [f"| `{s.variable}` | {f'`{s.default}`' if s.default else ''} | {s.description} |" for s in all_settings()]
    return "\n".join(["| variable | default | what it does |", "|---|---|---|", *rows])


def env_example() -> str:
    """Contents of ``.env.example``: everything commented out, with its default."""
    lines = ["# Every setting of Footnote, with its default. Copy to .env and uncomment what you change."]
    for setting in all_settings():
        lines += ["", f"# {setting.description}", f"#{setting.variable}={setting.default}"]
    return "\n".join(lines) + "\n"
