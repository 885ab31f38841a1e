"""Generates README's table of settings, ``.env.example`` and ``footnote.example.toml`` from the settings tree."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from textwrap import fill
from typing import Any

from pydantic.fields import FieldInfo

from core.settings import Section, Settings, variable_name
from core.settings.section import is_in_file, types_in

ENV_HEADER = """\
# What is usually set by variables, with its default. Copy to .env and uncomment what you change.
# The rest is in footnote.example.toml; each of those is a variable too: hnsw_m in [qdrant] is FOOTNOTE_QDRANT_HNSW_M.
"""
FILE_HEADER = """\
# What is better written in a file than in variables, with its default. Copy to footnote.toml in the folder that Footnote is
# started in, or name another place with FOOTNOTE_CONFIG, and uncomment what you change.
# Variables override it key by key: FOOTNOTE_QDRANT_SHARDS=2 comes before shards in [qdrant], FOOTNOTE_QDRANT_SHARDS=null
# brings back the default. The settings of .env.example may stand here too: FOOTNOTE_LLM_MODEL as model in [llm], FOOTNOTE_PORT
# as port above the first table. Keys and passwords are better kept in variables.
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Attributes:
        location: its place in the tree, e.g. ``("llm", "base_url")``.
    """

    location: tuple[str, ...]
    field: FieldInfo

    @property
    def variable(self) -> str:
        """``FOOTNOTE_LLM_BASE_URL``."""
        return variable_name(self.location)

    @property
    def key(self) -> str:
        """``llm.base_url``."""
        return ".".join(self.location)

    @property
    def description(self) -> str:
        """What it does; empty when there is no description."""
        return self.field.description or ""

    @property
    def default(self) -> str:
        """The default as the text of a variable; empty when there is none."""
        default = self.field.default
        return json.dumps(default) if isinstance(default, bool) else "" if default in (None, (), {}) else str(default)

    @property
    def is_in_file(self) -> bool:
        """True when its place is ``footnote.toml`` rather than the environment."""
        return is_in_file(self.field)


def all_settings() -> Iterator[Setting]:
    """Every setting in the order of the tree."""
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, Section):
            for inner, inner_field in type(field.default).model_fields.items():
                yield Setting((name, inner), inner_field)
        else:
            yield Setting((name,), field)


def markdown_table() -> str:
    """README's table of the settings that are set by variables."""
    settings = [setting for setting in all_settings() if not setting.is_in_file]
    rows = [f"| `{s.variable}` | {f'`{s.default}`' if s.default else ''} | {s.description} |" for s in settings]
    return "\n".join(["| variable | default | what it does |", "|---|---|---|", *rows])


def env_example() -> str:
    """Contents of ``.env.example``: all variables commented out, with their defaults."""
    settings = [setting for setting in all_settings() if not setting.is_in_file]
    return ENV_HEADER + "".join(f"\n# {s.description}\n#{s.variable}={s.default}\n" for s in settings)


def toml_example() -> str:
    """Contents of ``footnote.example.toml``: tables of keys that are commented out, with their defaults.

    ``#key = value`` is a default; ``#   …`` is an example for a key without one.
    """
    settings = sorted((setting for setting in all_settings() if setting.is_in_file), key=lambda s: len(s.location) > 1)
    tables = []
    for section, group in groupby(settings, key=lambda setting: setting.location[0]):
        members = list(group)
        # Plain keys first: a subtable below them ends this table.
        entries = sorted(map(_entry, members), key=lambda entry: "\n#   " in entry)
        head = f"\n[{section}]\n" if len(members[0].location) > 1 else "\n"  # above the first table
        tables.append(head + "\n".join(entries))
    return FILE_HEADER + "".join(tables)


def _entry(setting: Setting) -> str:
    default = setting.field.default
    if isinstance(default, bool | int | float | str):
        return f"{_comment(setting.description)}\n#{setting.location[-1]} = {_toml(default)}\n"
    examples = _example(setting.field.examples or [])
    lines = [_comment(setting.description), "# Not set by default. An example:", *examples]
    if keys := list(_keys_of_elements(setting.field)):
        lines += ["# Its keys:", *_example(keys)]
    return "\n".join(lines) + "\n"


def _comment(text: str) -> str:
    return fill(text, 120, initial_indent="# ", subsequent_indent="# ")


def _example(texts: list[Any]) -> list[str]:
    return [f"#   {line}".rstrip() for text in texts for line in str(text).splitlines()]


def _keys_of_elements(field: FieldInfo) -> Iterator[str]:
    """For a setting that holds sections: each of their keys with its default and description, as a comment."""
    for inner_type in types_in(field.annotation):
        if issubclass(inner_type, Section):
            for name, inner in inner_type.model_fields.items():
                has_none = inner.default in (None, ())
                default = " (required)" if inner.is_required() else "" if has_none else f" ({_toml(inner.default)})"
                yield f"# {name}{default}: {inner.description}"


def _toml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)  # the same for booleans, numbers and plain texts
