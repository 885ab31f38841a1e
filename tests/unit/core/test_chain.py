"""The models of the settings: one by variables, or several as ``[[llm.chain]]``."""

from pathlib import Path

import pytest

from core.errors import SettingsInvalid
from core.settings import LLMSettings, load_settings
from tests.unit.core.conftest import Write

CHAIN = """
[[llm.chain]]
name = "small"
provider = "ollama"
role = "simple"

[[llm.chain]]
name = "large"
model = "org/large-instruct"
provider = "vllm"
base_urls = ["http://10.0.0.1:8000/v1", "http://10.0.0.2:8000/v1"]
api_key_env = "LARGE_KEY"
input_price = 0.5
output_price = 1.5
timeout_s = 20
max_tokens = 600

[[llm.chain]]
name = "gpt"
provider = "azure"
base_urls = ["https://ours.openai.azure.com"]
deployment = "gpt-in-sweden"
api_version = "2024-10-21"
"""


@pytest.mark.parametrize("place", ["environment", ".env"])
def test_a_chain_is_read_in_order(write: Write, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    write(CHAIN)
    if place == "environment":
        monkeypatch.setenv("LARGE_KEY", "sk-very-secret")
    else:
        Path(".env").write_text("LARGE_KEY=sk-very-secret\n")
    small, large, gpt = load_settings().llm.models()
    assert [small.name, large.name, gpt.name] == ["small", "large", "gpt"]
    assert (small.role, small.urls) == ("simple", ("http://127.0.0.1:11434/v1",))
    assert (large.name_on_server, len(large.urls), large.timeout_s) == ("org/large-instruct", 2, 20)
    assert large.api_key is not None
    assert large.api_key.get_secret_value() == "sk-very-secret"
    assert "sk-very-secret" not in repr(large)
    assert (gpt.deployment, gpt.api_key) == ("gpt-in-sweden", None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[llm]\nchain = 3", "line 2: llm.chain: it should be a list"),
        ("[llm]\nchain = [3]", "line 2: llm.chain[0]: it should be a table"),
        ("[[llm.chain]]\nprovider = 'openai'", "line 1: llm.chain[0].name: it must be set"),
        ("[[llm.chain]]\nname = 'a'\nprovider = 'acme'", "line 3: llm.chain[0].provider: Input should be"),
        (
            "[[llm.chain]]\nname = 'a'\nbase_urls = ['10.0.0.1']",
            "line 3: llm.chain[0].base_urls: “10.0.0.1” is no address",
        ),
        ("[[llm.chain]]\nname = 'a'\nbase_urls = ['http://a b']", "“http://a b” is no address"),
        ("[[llm.chain]]\nname = 'a'\nprovider = 'azure'", "azure needs the endpoint"),
        (
            "[[llm.chain]]\nname = 'a'\napi_key = 'sk-1'\napi_key_env = 'PATH'",
            "either api_key or api_key_env, not both",
        ),
        (
            "[[llm.chain]]\nname = 'a'\napi_key_env = 'NOT_THERE'",
            "line 1: llm.chain[0]: the variable NOT_THERE, which should hold its key, is not set",
        ),
        ("[[llm.chain]]\nname = 'a'\nprize = 3", "line 3: llm.chain[0].prize: there is no such setting"),
        ("[[llm.chain]]\nname = 'b'\n[[llm.chain]]\nnam = 'a'", "line 4: llm.chain[1].nam: there is no such setting"),
        ("[[llm.chain]]\nname = 'a'\n[[llm.chain]]\nname = 'a'", "two models are called “a”"),
    ],
)
def test_what_is_wrong_with_a_chain_is_one_sentence(write: Write, text: str, said: str) -> None:
    write(text)
    with pytest.raises(SettingsInvalid) as caught:
        load_settings()
    assert caught.value.message.startswith("footnote.toml, line ")
    assert said in caught.value.message
    assert "\n" not in caught.value.message
    assert "sk-1" not in caught.value.message


def test_one_model_is_a_chain_of_one() -> None:
    (model,) = LLMSettings(model="m", base_url="http://127.0.0.1:9/v1", output_price=3, timeout_s=9).models()
    assert (model.name, model.urls, model.output_price, model.timeout_s) == ("m", ("http://127.0.0.1:9/v1",), 3, 9)
    assert LLMSettings().models() == ()


def test_one_model_or_a_chain_but_not_both(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("[[llm.chain]]\nname = 'a'")
    assert load_settings().llm.has_model
    monkeypatch.setenv("FOOTNOTE_LLM_MODEL", "b")
    with pytest.raises(SettingsInvalid, match="not both"):
        load_settings()
    monkeypatch.setenv("FOOTNOTE_LLM_CHAIN", "null")
    assert [model.name for model in load_settings().llm.models()] == ["b"]


def test_a_chain_may_be_a_variable_in_place_of_the_model_of_the_file(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("[llm]\nmodel = 'a'\n")
    monkeypatch.setenv("FOOTNOTE_LLM_MODEL", "null")
    monkeypatch.setenv("FOOTNOTE_LLM_CHAIN", '[{"name": "b"}, {"name": "c", "role": "simple"}]')
    assert [(model.name, model.role) for model in load_settings().llm.models()] == [("b", "any"), ("c", "simple")]


def test_azure_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM_MODEL", "gpt")
    monkeypatch.setenv("FOOTNOTE_LLM_PROVIDER", "azure")
    with pytest.raises(SettingsInvalid, match="FOOTNOTE_LLM_API_VERSION"):
        load_settings()
