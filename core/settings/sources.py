"""The sources of settings, in order of precedence: environment, ``.env``, ``footnote.toml``."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, PydanticBaseSettingsSource

from core.settings.deprecated import translate
from core.settings.file import DEFAULT, ConfigFile, Location, depth_of, dotted
from core.settings.section import Section, is_structure


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of the settings.

    Attributes:
        variables: the environment, then ``.env``.
        file: ``footnote.toml``; None when there is none.
        notices: lines for the log about old forms.
    """

    variables: tuple[EnvSettingsSource, ...]
    file: ConfigFile | None
    notices: tuple[str, ...]

    @classmethod
    def read(
        cls,
        settings_cls: type[BaseSettings],
        environment: EnvSettingsSource | None = None,
        dotenv: DotEnvSettingsSource | None = None,
        path: Any = None,
    ) -> "Sources":
        """Read all sources.

        Args:
            environment, dotenv: as pydantic-settings made them; None: new ones.
            path: of the file; None: ``FOOTNOTE_CONFIG``, else ``footnote.toml`` in the working directory.

        Raises:
            SettingsInvalid: an old form or the file is not valid.
        """
        dotenv = dotenv or DotEnvSettingsSource(settings_cls)
        variables = (environment or EnvSettingsSource(settings_cls), dotenv)
        notices: list[str] = []
        for source in variables:
            source.env_vars, new_notices = translate(source.env_vars)
            notices += new_notices
        paths = (source.env_vars.get("footnote_config") for source in variables)
        named = path or next((text for text in paths if text and text != "null"), None)
        if named is None and (dotenv.env_file is None or not os.path.lexists(DEFAULT)):
            return cls(variables, None, tuple(notices))
        return cls(variables, ConfigFile(settings_cls, Path(named or DEFAULT)), tuple(notices))

    def in_order(self) -> tuple[PydanticBaseSettingsSource, ...]:
        """The sources for pydantic-settings, in order of precedence."""
        return (*self.variables, self.file) if self.file else self.variables

    def place_of(self, location: Location) -> str:
        """Where the value at a place in the tree was set: ``FOOTNOTE_QDRANT_HNSW_M`` or ``footnote.toml, line 3: qdrant.hnsw_m``."""
        depths = [depth_of(source(), location) for source in self.variables]
        if self.file and depth_of(self.file.toml_data, location) > max(depths):
            return self.file.place_of(location)
        for source, depth in product(self.variables, (2, 1)):
            if variable_name(location[:depth]).lower() in source.env_vars:
                return ": ".join(filter(None, (variable_name(location[:depth]), dotted(location[depth:]))))
        return variable_name(location)

    def broken_json(self, settings_cls: type[BaseSettings]) -> str | None:
        """The first variable that should be JSON and is not."""
        for source, name in product(self.variables, _json_variables(settings_cls)):
            try:
                json.loads(source.env_vars.get(name.lower()) or "null")
            except ValueError:
                return name
        return None


def variable_name(location: Location) -> str:
    """The environment variable of a setting, e.g. ``("llm", "base_url")`` → ``FOOTNOTE_LLM_BASE_URL``."""
    return "_".join(["FOOTNOTE", *(str(part).upper() for part in location)])


def _json_variables(settings_cls: type[BaseSettings]) -> Iterator[str]:
    """Variables of whole sections, and of settings that are tables or lists of tables."""
    for name, field in settings_cls.model_fields.items():
        if isinstance(field.default, Section):
            yield variable_name((name,))
            inner_fields = type(field.default).model_fields
            yield from (variable_name((name, inner)) for inner in inner_fields if is_structure(inner_fields[inner]))
