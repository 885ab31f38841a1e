"""``footnote.toml``: the optional file of settings, as a source for pydantic-settings that also finds lines and secrets."""

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr
from pydantic_settings import BaseSettings, TomlConfigSettingsSource

from core.errors import SettingsInvalid
from core.settings.section import types_in

DEFAULT = Path("footnote.toml")

Location = tuple[str | int, ...]


class ConfigFile(TomlConfigSettingsSource):
    """The tables of the file; their values are validated with those of the other sources.

    Raises:
        SettingsInvalid: it cannot be read, is not TOML or has a top-level key that is no setting.
    """

    def __init__(self, settings_cls: type[BaseSettings], path: Path) -> None:
        self.path = path
        self._name = str(path) if path == DEFAULT else f"FOOTNOTE_CONFIG: {path}"
        try:
            self._lines = path.expanduser().read_text(encoding="utf-8").split("\n")
            super().__init__(settings_cls, path)
        except (OSError, RuntimeError) as error:  # also for a ~ without a home, or too deep nesting
            reason = getattr(error, "strerror", None) or str(error).rstrip(".")
            raise SettingsInvalid(f"{self._name} cannot be read ({reason}).") from error
        except ValueError as error:
            raise SettingsInvalid(f"{self._name} is not TOML: {error}.") from error
        for key in self.toml_data:
            if key not in settings_cls.model_fields or key == "config":
                raise SettingsInvalid(f"{self.place_of((key,))}: there is no such setting.")

    def place_of(self, location: Location) -> str:
        """``footnote.toml, line 12: qdrant.hnsw_m``; with the line of the nearest table when the file has no such key."""
        existing = location[: depth_of(self.toml_data, location)]
        return f"{self.path}, line {self._line_of(existing)}: {dotted(location)}"

    def _line_of(self, location: Location) -> int:
        """The line at which the key appears, found by parsing ever more lines: tomllib reports only the lines of syntax errors."""
        first = 1
        for number in range(1, len(self._lines) + 1):
            try:
                so_far = tomllib.loads("\n".join(self._lines[:number]) + "\n")
            except tomllib.TOMLDecodeError:
                continue  # in the middle of a value
            if depth_of(so_far, location) == len(location):
                return first
            first = number + 1
        return first

    @property
    def secrets(self) -> list[str]:
        """Dotted names of keys with secrets: API keys and passwords, also inside URLs."""
        names = _secret_names(self.settings_cls)
        return [dotted(at) for at, value in _leaves(self.toml_data) if at[-1] in names or _has_password(value)]

    @property
    def is_open_to_all(self) -> bool:
        """True when every account of this machine may read it."""
        return os.name == "posix" and bool(self.path.expanduser().stat().st_mode & 0o004)


def depth_of(data: Any, location: Location) -> int:
    """The number of steps of a location that exist in nested tables and lists."""
    for depth, step in enumerate(location):
        is_there = step in data if isinstance(data, dict) else isinstance(data, list) and step in range(len(data))
        if not is_there:
            return depth
        data = data[step]
    return len(location)


def dotted(location: Location) -> str:
    """``("llm", "chain", 0, "name")`` → ``llm.chain[0].name``; pydantic's marks, such as ``[key]``, are left out."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in location if step != "[key]"]
    return "".join(steps).removeprefix(".")


def _leaves(data: Any, at: Location = ()) -> Iterator[tuple[Location, Any]]:
    if isinstance(data, dict | list):
        for step, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _leaves(value, (*at, step))
    else:
        yield at, data


def _secret_names(model: type[BaseModel]) -> set[str]:
    """Names of all SecretStr fields of a model and the models in it."""
    names = set()
    for name, field in model.model_fields.items():
        types = set(types_in(field.annotation))
        if SecretStr in types:
            names.add(name)
        names |= {inner for one in types if issubclass(one, BaseModel) for inner in _secret_names(one)}
    return names


def _has_password(value: Any) -> bool:
    try:
        return isinstance(value, str) and "://" in value and bool(urlsplit(value).password)
    except ValueError:
        return False
