"""The models that may be asked, in order: one from the settings, or several from a file in TOML."""

import os
import re
import tomllib
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, model_validator

from core.settings.section import Section

Provider = Literal["openai", "azure", "vllm", "ollama", "gemini", "together"]
ModelRole = Literal["simple", "any"]

# Where a provider is when nothing else is said. OpenAI's own client knows its address; Azure's are one's own.
USUAL_URLS: dict[str, str] = {
    "vllm": "http://127.0.0.1:8000/v1",
    "ollama": "http://127.0.0.1:11434/v1",
    "gemini": "https://generativelanguage.googleapis.com/v1beta/openai/",
    "together": "https://api.together.xyz/v1",
}
_WEB = re.compile(r"https?://\S+")


class ModelSettings(Section):
    """One model of the chain.

    Attributes:
        name: what readers, bills and logs call it; ``model`` is what its server calls it, when that is something else.
        base_urls: servers of this very model; each question goes to the least busy.
        api_key_env: the environment variable that holds the key.
        role: ``simple`` is asked first about simple questions, and last about the others.
        input_price, output_price: US dollars for a million tokens.
        timeout_s: longest silence before it is given up, in seconds.
        max_tokens: longest answer.
        deployment, api_version: Azure's.
    """

    name: str = Field(min_length=1, max_length=200)
    model: str | None = None
    provider: Provider = "openai"
    base_urls: tuple[str, ...] = ()
    api_key_env: str | None = None
    api_key: SecretStr | None = Field(None, exclude=True)
    role: ModelRole = "any"
    input_price: float = Field(0.0, ge=0)
    output_price: float = Field(0.0, ge=0)
    timeout_s: float = Field(60.0, gt=0, le=3600)
    max_tokens: int = Field(1024, ge=16, le=100_000)
    deployment: str | None = None
    api_version: str | None = None

    @model_validator(mode="after")
    def _its_servers_are_addresses(self) -> "ModelSettings":
        wrong = [url for url in self.base_urls if not _WEB.fullmatch(url)]
        if wrong:
            raise ValueError(f"“{wrong[0]}” is no address: it should begin with http:// or https://")
        if self.provider == "azure" and not (self.base_urls and self.api_version):
            raise ValueError("azure needs the endpoint in base_urls, and an api_version")
        return self

    @property
    def asked_for(self) -> str:
        """What its server calls it."""
        return self.model or self.name

    @property
    def urls(self) -> tuple[str | None, ...]:
        """Where it is served, at least one; None is wherever its provider is."""
        return self.base_urls or (USUAL_URLS.get(self.provider),)


def read_chain(path: Path) -> tuple[ModelSettings, ...]:
    """The models of a file, each a ``[[models]]`` table; keys are taken from the environment, or from ``.env``.

    Raises:
        ValueError: the file cannot be read, or a model in it is not right; says which and why.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no TOML: {error}") from error
    tables = found.get("models")
    if not isinstance(tables, list) or not tables or set(found) != {"models"}:
        raise ValueError(f"{path} should hold [[models]] tables, one for each model, and nothing else")
    chain = tuple(_model(table, number) for number, table in enumerate(tables, 1))
    names = [model.name for model in chain]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(
            f"two models are called “{twice}”: give one another name, and what its server calls it as model"
        )
    return chain


def _model(table: Any, number: int) -> ModelSettings:
    if not isinstance(table, dict):
        raise ValueError("models should be [[models]] tables")
    which = f"model {number} (“{table['name']}”)" if table.get("name") else f"model {number}"
    if "api_key" in table:
        raise ValueError(f"{which}: no key may stand in the file; name the variable that holds it as api_key_env")
    try:
        model = ModelSettings(**table)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = f"{first['loc'][0]}: " if first["loc"] else ""
        raise ValueError(f"{which}: {where}{first['msg'].removeprefix('Value error, ')}") from error
    if model.api_key_env is None:
        return model
    key = os.environ.get(model.api_key_env) or dotenv_values(".env").get(model.api_key_env)
    if not key:
        raise ValueError(f"{which}: the variable {model.api_key_env}, which should hold its key, is not set")
    return model.model_copy(update={"api_key": SecretStr(key)})
