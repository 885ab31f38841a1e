"""One language model of the chain: ``[[llm.chain]]`` in ``footnote.toml``."""

from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator

from core import environment
from core.settings.section import Section

Provider = Literal["openai", "azure", "vllm", "ollama", "gemini", "together"]
ModelRole = Literal["simple", "any"]
MOST_TEMPERATURE = 2


def _temperature(value: Any) -> float | Literal["unset"]:
    try:
        if value == "unset" or 0 <= float(value) <= MOST_TEMPERATURE:
            return "unset" if value == "unset" else float(value)
    except (TypeError, ValueError):
        pass
    raise ValueError(f"should be a number from 0 to {MOST_TEMPERATURE}, or unset")


Temperature = Annotated[float | Literal["unset"], BeforeValidator(_temperature)]
TEMPERATURE = "How freely it words, 0 to 2; unset: not sent, for models that refuse it."

# Default addresses of providers. OpenAI's client knows its own; Azure has one per customer.
USUAL_URLS: dict[str, str] = {
    "vllm": "http://127.0.0.1:8000/v1",
    "ollama": "http://127.0.0.1:11434/v1",
    "gemini": "https://generativelanguage.googleapis.com/v1beta/openai/",
    "together": "https://api.together.xyz/v1",
}

EXAMPLE = """\
[[llm.chain]]
name = "small"
model = "qwen3:4b"
provider = "ollama"
role = "simple"

[[llm.chain]]
name = "large"
provider = "vllm"
base_urls = ["http://10.0.0.1:8000/v1", "http://10.0.0.2:8000/v1"]
input_price = 0.2
output_price = 0.6"""


class ModelSettings(Section):
    """One model of the chain."""

    name: str = Field(min_length=1, max_length=200, description="What readers, bills and logs call it.")
    model: str | None = Field(None, description="What its server calls it, when that is something else.")
    provider: Provider = Field(
        "openai",
        description="Who serves it: openai (or any server that speaks like it), azure, vllm, ollama, gemini or together.",
    )
    base_urls: tuple[str, ...] = Field(
        (),
        description="Servers of this very model, each question goes to the least busy; empty: the provider's usual one.",
    )
    api_key_env: str | None = Field(None, description="Variable that holds its key, in the environment or in .env.")
    api_key: SecretStr | None = Field(
        None, exclude=True, description="The key itself; better left out of the file, see api_key_env."
    )
    role: ModelRole = Field("any", description="simple: asked first about simple questions, and last about the others.")
    input_price: float = Field(0.0, ge=0, description="US dollars for a million tokens that it reads.")
    output_price: float = Field(0.0, ge=0, description="US dollars for a million tokens that it writes.")
    timeout_s: float = Field(60.0, gt=0, le=3600, description="Longest silence before it is given up, in seconds.")
    max_tokens: int = Field(4096, ge=16, le=100_000, description="Longest answer with its reasoning, in tokens.")
    temperature: Temperature = Field(0.2, description=TEMPERATURE)
    top_p: float | None = Field(None, gt=0, le=1, description="Share of likely next words that it chooses from.")
    seed: int | None = Field(None, description="Number that makes answers repeatable on servers that know seeds.")
    extra_body: dict[str, Any] = Field(
        {},
        description="Further fields of every request, as its server knows them: reasoning_effort, top_k, chat_template_kwargs.",
    )
    deployment: str | None = Field(None, description="Azure's name of it, when that is something else.")
    api_version: str | None = Field(None, description="Version of Azure's API, as 2024-10-21.")

    @model_validator(mode="before")
    @classmethod
    def _look_up_key(cls, data: Any) -> Any:
        variable = data.get("api_key_env") if isinstance(data, dict) else None
        if not isinstance(variable, str):
            return data
        if data.get("api_key"):
            raise ValueError("set either api_key or api_key_env, not both")
        key = environment.variable(variable) or dotenv_values(".env").get(variable)
        if not key:
            raise ValueError(f"the variable {variable}, which should hold its key, is not set")
        return {**data, "api_key": key}

    @field_validator("base_urls")
    @classmethod
    def _servers_have_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if not url.startswith(("http://", "https://")) or any(map(str.isspace, url)):
                raise ValueError(f"“{url}” is no address: it should begin with http:// or https://")
        return value

    @model_validator(mode="after")
    def _azure_needs_an_endpoint(self) -> "ModelSettings":
        if self.provider == "azure" and not (self.base_urls and self.api_version):
            raise ValueError("azure needs the endpoint in base_urls, and an api_version")
        return self

    @property
    def name_on_server(self) -> str:
        """The model's name on its server."""
        return self.model or self.name

    @property
    def urls(self) -> tuple[str | None, ...]:
        """The servers' addresses, at least one; None: the provider's own."""
        return self.base_urls or (USUAL_URLS.get(self.provider),)


def require_different_names(chain: tuple[ModelSettings, ...]) -> None:
    """Raise ValueError when two models of a chain have the same name, which usage and circuit breakers are counted by."""
    names = [model.name for model in chain]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(
            f"two models are called “{twice}”: give one another name, and what its server calls it as model"
        )
