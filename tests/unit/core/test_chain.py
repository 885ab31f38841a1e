"""The models of the settings: one by variables, or several by a file."""

from pathlib import Path

import pytest

from core.errors import SettingsInvalid
from core.settings import LLMSettings, load_settings
from core.settings.chain import read_chain

CHAIN = """
[[models]]
name = "small"
provider = "ollama"
role = "simple"

[[models]]
name = "large"
model = "org/large-instruct"
provider = "vllm"
base_urls = ["http://10.0.0.1:8000/v1", "http://10.0.0.2:8000/v1"]
api_key_env = "LARGE_KEY"
input_price = 0.5
output_price = 1.5
timeout_s = 20
max_tokens = 600

[[models]]
name = "gpt"
provider = "azure"
base_urls = ["https://ours.openai.azure.com"]
deployment = "gpt-in-sweden"
api_version = "2024-10-21"
"""


@pytest.fixture
def write(tmp_path: Path) -> Path:
    """Where a file may be written."""
    return tmp_path / "models.toml"


def test_a_chain_is_read_in_order(write: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LARGE_KEY", "sk-very-secret")
    write.write_text(CHAIN)
    small, large, gpt = read_chain(write)
    assert [small.name, large.name, gpt.name] == ["small", "large", "gpt"]
    assert (small.role, small.urls) == ("simple", ("http://127.0.0.1:11434/v1",))
    assert (large.asked_for, len(large.urls), large.timeout_s) == ("org/large-instruct", 2, 20)
    assert large.api_key is not None
    assert large.api_key.get_secret_value() == "sk-very-secret"
    assert "sk-very-secret" not in repr(large)
    assert (gpt.deployment, gpt.api_key) == ("gpt-in-sweden", None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "should hold [[models]] tables"),
        ("models = 3", "should hold [[models]] tables"),
        ("[[models]\n", "is no TOML"),
        ("[[models]]\nprovider = 'openai'", "model 1: name: Field required"),
        ("[[models]]\nname = 'a'\nprovider = 'acme'", "model 1 (“a”): provider:"),
        ("[[models]]\nname = 'a'\nbase_urls = ['10.0.0.1']", "“10.0.0.1” is no address"),
        ("[[models]]\nname = 'a'\nprovider = 'azure'", "azure needs the endpoint"),
        ("[[models]]\nname = 'a'\napi_key = 'sk-1'", "no key may stand in the file"),
        (
            "[[models]]\nname = 'a'\napi_key_env = 'NOT_THERE'",
            "the variable NOT_THERE, which should hold its key, is not set",
        ),
        ("[[models]]\nname = 'a'\nprize = 3", "prize: Extra inputs"),
        ("[[models]]\nname = 'a'\n[[models]]\nname = 'a'", "two models are called “a”"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_sentence(
    write: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    write.write_text(text)
    monkeypatch.setenv("FOOTNOTE_LLM_CHAIN", str(write))
    with pytest.raises(SettingsInvalid) as caught:
        load_settings()
    assert caught.value.message.startswith("FOOTNOTE_LLM_CHAIN: ")
    assert said in caught.value.message
    assert "\n" not in caught.value.message
    assert "sk-1" not in caught.value.message


def test_a_file_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM_CHAIN", "nowhere.toml")
    with pytest.raises(SettingsInvalid, match=r"nowhere\.toml cannot be read \(No such file"):
        load_settings()


def test_one_model_is_a_chain_of_one() -> None:
    (model,) = LLMSettings(model="m", base_url="http://127.0.0.1:9/v1", output_price=3, timeout_s=9).models()
    assert (model.name, model.urls, model.output_price, model.timeout_s) == ("m", ("http://127.0.0.1:9/v1",), 3, 9)
    assert LLMSettings().models() == ()


def test_one_model_or_a_chain_but_not_both(write: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write.write_text("[[models]]\nname = 'a'")
    monkeypatch.setenv("FOOTNOTE_LLM_CHAIN", str(write))
    assert load_settings().llm.has_model
    monkeypatch.setenv("FOOTNOTE_LLM_MODEL", "b")
    with pytest.raises(SettingsInvalid, match="not both"):
        load_settings()


def test_azure_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM_MODEL", "gpt")
    monkeypatch.setenv("FOOTNOTE_LLM_PROVIDER", "azure")
    with pytest.raises(SettingsInvalid, match="FOOTNOTE_LLM_API_VERSION"):
        load_settings()
