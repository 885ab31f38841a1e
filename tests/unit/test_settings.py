"""Settings: names, checks at start, and the three places that list them."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.errors import SettingsInvalid
from core.settings import Settings, Tier, load_settings
from core.settings.chain import ModelSettings
from core.settings_table import all_settings, env_example, markdown_table, toml_example

ROOT = Path(__file__).resolve().parents[2]


def test_a_nested_setting_is_named_by_its_section(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("FOOTNOTE_PORT", "8123")
    settings = load_settings()
    assert (settings.llm.base_url, settings.port) == ("http://127.0.0.1:9/v1", 8123)


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM_MODEL", "")
    assert load_settings().llm.model is None


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("FOOTNOTE_PORT", "eighty", "FOOTNOTE_PORT: "),
        ("FOOTNOTE_PORT", "70000", "FOOTNOTE_PORT: "),
        ("FOOTNOTE_PUBLIC_URL", "footnote.example.org", "FOOTNOTE_PUBLIC_URL: "),
        ("FOOTNOTE_PUBLIC_URL", "https://footnote.example.org:x", "FOOTNOTE_PUBLIC_URL: "),
        ("FOOTNOTE_PUBLIC_URL", "https://me@footnote.example.org", "FOOTNOTE_PUBLIC_URL: "),
        ("FOOTNOTE_LLM_TEMPERATURE", "warm", "FOOTNOTE_LLM_TEMPERATURE: should be a number from 0 to 2, or unset"),
        ("FOOTNOTE_LLM_TEMPERATURE", "3", "FOOTNOTE_LLM_TEMPERATURE: should be a number from 0 to 2, or unset"),
        ("FOOTNOTE_CHUNK_OVERLAP", "900", "overlap must be smaller"),
        ("FOOTNOTE_CHUNK_SISE", "900", "FOOTNOTE_CHUNK_SISE: "),
        ("FOOTNOTE_DATABASE_URL", "postgresql+asyncpg://db/footnote", "FOOTNOTE_SECRET_KEY must be set"),
        ("FOOTNOTE_SECRET_KEY", "short", "FOOTNOTE_SECRET_KEY: "),
        ("FOOTNOTE_WORKER_EMBEDDED", "false", "needs FOOTNOTE_QDRANT_URL"),
        ("FOOTNOTE_UPLOAD_TYPES", "pdf,movie", "FOOTNOTE_UPLOAD_TYPES: “movie” is no kind of file"),
        ("FOOTNOTE_UPLOAD_MAX_BYTES_BY_TYPE", '{"movie": 5}', "FOOTNOTE_UPLOAD_MAX_BYTES_BY_TYPE: “movie” is no kind"),
        ("FOOTNOTE_BLOB_SECRET_KEY", "secret", "FOOTNOTE_BLOB: a secret key needs an access key"),
        ("FOOTNOTE_TRUSTED_PROXIES", "10.0.0.7, proxy", "FOOTNOTE_TRUSTED_PROXIES: “proxy” is no address"),
        ("FOOTNOTE_TRUSTED_PROXIES", "*", "FOOTNOTE_TRUSTED_PROXIES: “*” is no address"),
        ("FOOTNOTE_TRUSTED_PROXIES", "10.0.0.7/16", "FOOTNOTE_TRUSTED_PROXIES: “10.0.0.7/16” should be 10.0.0.0/16"),
        ("FOOTNOTE_BLOB_ACCESS_KEY", "key", "needs FOOTNOTE_BLOB_URL"),
    ],
)
def test_a_broken_setting_is_one_sentence_that_names_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsInvalid) as caught:
        load_settings()
    assert said in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(("value", "read"), [("unset", "unset"), ("0", 0.0), ("1.5", 1.5), ("", 0.2)])
def test_a_temperature_is_a_number_or_not_sent(monkeypatch: pytest.MonkeyPatch, value: str, read: object) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM_TEMPERATURE", value)
    assert load_settings().llm.temperature == read


def test_secrets_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM_API_KEY", "sk-very-secret")
    assert "sk-very-secret" not in repr(load_settings())


def test_every_setting_says_what_it_does() -> None:
    assert [setting.variable for setting in all_settings() if len(setting.description) < 10] == []


def test_the_readme_lists_what_variables_set() -> None:
    assert markdown_table() in (ROOT / "README.md").read_text()


def test_the_env_example_is_true() -> None:
    assert (ROOT / ".env.example").read_text() == env_example()


def test_the_toml_example_is_true() -> None:
    assert (ROOT / "footnote.example.toml").read_text() == toml_example()


def test_every_setting_is_listed_once() -> None:
    variables = re.findall(r"^#(FOOTNOTE_\w+)=", env_example(), re.MULTILINE)
    assert sorted(variables) + sorted(keys_of_the_toml_example()) == [
        *sorted(setting.variable for setting in all_settings() if not setting.is_in_file),
        *sorted(setting.key for setting in all_settings() if setting.is_in_file),
    ]


def test_what_variables_set_is_a_list_that_can_be_read() -> None:
    """Structures and what few people tune are in the file."""
    assert sum(not setting.is_in_file for setting in all_settings()) <= 75


def keys_of_the_toml_example() -> Iterator[str]:
    """Dotted, those that are commented out included."""
    for section, table in {**tomllib.loads(uncommented()), **tomllib.loads(examples())}.items():
        if not isinstance(table, dict):  # above the first table
            yield section
            continue
        yield from (f"{section}.{key}" for key in {**table, **tomllib.loads(uncommented()).get(section, {})})


def uncommented() -> str:
    """The example with every default uncommented."""
    return re.sub(r"^#(?=\w+ = )", "", toml_example(), flags=re.MULTILINE)


def examples() -> str:
    """What the example shows of settings that have no default, with the tables they stand in."""
    lines = [line for line in toml_example().splitlines() if line.startswith(("[", "#   "))]
    return "\n".join(line.removeprefix("#   ") for line in lines)


def loaded(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> Settings:
    """Settings with this ``footnote.toml``."""
    (folder / "footnote.toml").write_text(text)
    monkeypatch.chdir(folder)
    return load_settings()


def test_the_toml_example_says_the_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As it is, and with every key uncommented."""
    assert loaded(monkeypatch, tmp_path, toml_example()) == Settings(_env_file=None)
    assert loaded(monkeypatch, tmp_path, uncommented()) == Settings(_env_file=None)
    stated: dict[str, Any] = tomllib.loads(uncommented())
    defaults = Settings(_env_file=None)
    assert len(stated) >= 6
    for section, table in stated.items():
        if not isinstance(table, dict):
            assert table == getattr(defaults, section)
            continue
        assert table == {key: getattr(getattr(defaults, section), key) for key in table}


def test_the_examples_of_the_toml_example_can_be_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = loaded(monkeypatch, tmp_path, examples())
    assert [model.name for model in settings.llm.models()] == ["small", "large"]
    assert settings.limit.tier_names == ["plus", "standard"]
    assert set(settings.upload.max_bytes_by_type) == {"image", "text"}
    assert settings.rerank.min_score is not None


def test_every_key_of_an_element_is_explained() -> None:
    """Keys of [[llm.chain]] and [limit.tiers.…]."""
    for section in (ModelSettings, Tier):
        for name, field in section.model_fields.items():
            assert len(field.description or "") >= 10
            assert re.search(rf"^#   # {name}( \(.+\))?: ", toml_example(), re.MULTILINE)


def test_the_docker_files_use_settings_that_exist() -> None:
    known = {setting.variable for setting in all_settings()}
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    used = {name for service in compose["services"].values() for name in service.get("environment", {})}
    used |= {word.split("=")[0] for word in (ROOT / "Dockerfile").read_text().split() if word.startswith("FOOTNOTE_")}
    used -= set(compose["services"]["proxy"]["environment"])  # the Caddyfile's
    assert {name for name in used if name.startswith("FOOTNOTE_")} - known == set()
    assert {"proxy", "web", "worker", "migrate", "postgres", "valkey", "qdrant"} <= set(compose["services"])


def test_the_compose_settings_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """The web service's environment, with its placeholders filled in, passes the checks made at start."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    for name, value in compose["services"]["web"]["environment"].items():
        monkeypatch.setenv(name, _filled(str(value)))
    settings = Settings(_env_file=None)
    assert settings.database.url is not None
    assert not settings.worker.embedded


def _filled(value: str) -> str:
    """What compose makes of a value where only that is set which has to be."""
    value = re.sub(r"\$\{\w+:\?[^}]*\}", "x" * 32, value)
    return re.sub(r"\$\{\w+:?-([^}]*)\}", r"\1", value)


def test_the_cache_of_turns_is_on_where_the_database_is_far_away() -> None:
    far = {"database": {"url": "postgresql+asyncpg://db/footnote"}, "secret_key": "s" * 32}
    assert Settings(_env_file=None).history_cache_s == 0
    assert Settings(_env_file=None, **far).history_cache_s == 1800  # type: ignore[arg-type]
    assert Settings(_env_file=None, cache={"history_s": 60}).history_cache_s == 60
    assert Settings(_env_file=None, **far, cache={"history_s": 0}).history_cache_s == 0  # type: ignore[arg-type]
