"""Old forms of variables: read for one more version, each with a line in the log."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from core.errors import SettingsInvalid
from core.settings import Tier, load_settings, log_notices
from core.settings.deprecated import sizes_of, tiers_of
from tests.unit.core.conftest import Write

ROOT = Path(__file__).resolve().parents[3]
MODELS = """
[[models]]
name = "small"
provider = "ollama"

[[models]]
name = "large"
input_price = 0.5
"""


def notices() -> list[str]:
    """What the log is told."""
    with capture_logs() as logs:
        log_notices()
    return [line["notice"] for line in logs if line["event"] == "settings.deprecated"]


def test_tiers_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_LIMIT_TIERS", "standard=30/min,200000/day; plus = 120/min , 0 ;")
    assert load_settings().limit.tiers == {
        "standard": Tier(questions_per_minute=30, tokens_per_day=200_000),
        "plus": Tier(questions_per_minute=120, tokens_per_day=0),
    }
    (notice,) = notices()
    assert notice.startswith("FOOTNOTE_LIMIT_TIERS in the form standard=30/min,200000/day is deprecated")
    assert "[limit.tiers.standard] in footnote.toml" in notice


def test_sizes_in_one_line_under_the_old_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_UPLOAD_TYPE_BYTES", "image=20MB, text = 500kb,pdf=7,")
    sizes = load_settings().upload.max_bytes_by_type
    assert sizes == {"image": 20 * 1024**2, "text": 500 * 1024, "pdf": 7}
    (notice,) = notices()
    assert "FOOTNOTE_UPLOAD_TYPE_BYTES" in notice
    assert "[upload.max_bytes_by_type]" in notice


def test_a_file_of_models(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM_CHAIN", str(write(MODELS, "models.toml")))
    small, large = load_settings().llm.models()
    assert (small.name, small.provider, large.name, large.input_price) == ("small", "ollama", "large", 0.5)
    (notice,) = notices()
    assert "[[llm.chain]] in footnote.toml" in notice


def test_old_forms_in_the_env_file_too(write: Write) -> None:
    write("FOOTNOTE_LIMIT_TIERS=plus=1/min,2/day\nFOOTNOTE_UPLOAD_TYPE_BYTES=image=1MB\n", ".env")
    settings = load_settings()
    assert settings.limit.tier_names == ["plus", "standard"]
    assert settings.upload.max_bytes_of("image") == 1024**2
    assert len(notices()) == 2


def test_the_new_name_comes_before_the_old_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTNOTE_UPLOAD_TYPE_BYTES", "image=20MB")
    monkeypatch.setenv("FOOTNOTE_UPLOAD_MAX_BYTES_BY_TYPE", '{"text": 5}')
    assert load_settings().upload.max_bytes_by_type == {"text": 5}


def test_new_forms_are_not_named_in_the_log(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("[[llm.chain]]\nname = 'a'\n[upload.max_bytes_by_type]\nimage = 5\n")
    monkeypatch.setenv("FOOTNOTE_LIMIT_TIERS", ' {"plus": {"questions_per_minute": 1, "tokens_per_day": 2}}')
    monkeypatch.setenv("FOOTNOTE_LLM_CHAIN", "null")
    assert load_settings().limit.tier_names == ["plus", "standard"]
    assert notices() == []


@pytest.mark.parametrize(
    "wrong",
    [
        "plus",
        "plus=120",
        "plus=120/min",
        "plus=120,5/day",
        "plus=-1/min,0/day",
        "plus=1/min,x/day",
        "plus=1/min,1/day,1/day",
        "a=1/min,1/day;a=2/min,2/day",
        "plus=¹/min,0/day",
        f"plus=1/min,{'9' * 5000}/day",
    ],
)
def test_what_is_no_tier_is_named(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"is no tier|is there twice"):
        tiers_of(wrong)


@pytest.mark.parametrize("wrong", ["image", "image=", "image=20XB", "image=-1", "image=20MKB", "image=MB", "image=B"])
def test_what_is_no_size_is_named(wrong: str) -> None:
    with pytest.raises(ValueError, match="is not of the form"):
        sizes_of(wrong)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("FOOTNOTE_LIMIT_TIERS", "plus", "FOOTNOTE_LIMIT_TIERS: “plus” is no tier"),
        ("FOOTNOTE_LIMIT_TIERS", "=1/min,1/day", "“” is no name of a tier"),
        ("FOOTNOTE_UPLOAD_TYPE_BYTES", "image=large", "FOOTNOTE_UPLOAD_TYPE_BYTES: “image=large” is not"),
        ("FOOTNOTE_UPLOAD_TYPE_BYTES", "movie=1MB", "FOOTNOTE_UPLOAD_TYPE_BYTES: “movie” is no kind of file"),
        ("FOOTNOTE_LLM_CHAIN", "nowhere.toml", "FOOTNOTE_LLM_CHAIN: nowhere.toml cannot be read (No such file"),
    ],
)
def test_a_broken_old_form_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsInvalid) as caught:
        load_settings()
    assert said in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "should hold [[models]] tables"),
        ("models = 3", "should hold [[models]] tables"),
        ("[[models]\n", "is not TOML"),
        ("[[models]]\nprovider = 'openai'", "FOOTNOTE_LLM_CHAIN: [0].name: it must be set"),
        ("[[models]]\nname = 'a'\nprovider = 'acme'", "FOOTNOTE_LLM_CHAIN: [0].provider:"),
        ("[[models]]\nname = 'a'\napi_key = 'sk-1'", "may not hold an api_key"),
        ("[[models]]\nname = 2024-10-21", None),
    ],
)
def test_a_broken_file_of_models_is_one_sentence(
    write: Write, monkeypatch: pytest.MonkeyPatch, text: str, said: str | None
) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM_CHAIN", str(write(text, "models.toml")))
    if said is None:
        assert load_settings().llm.models()[0].name == "2024-10-21"
        return
    with pytest.raises(SettingsInvalid) as caught:
        load_settings()
    assert caught.value.message.startswith("FOOTNOTE_LLM_CHAIN: ")
    assert said in caught.value.message
    assert "sk-1" not in caught.value.message


def test_every_start_writes_the_line(write: Write) -> None:
    """Once the log is set up as the settings say, and even in commands that log little."""
    script = "import runner\nasync def nothing(settings): pass\nrunner.run(nothing, is_quiet=True)\n"
    path = write("", "nothing.toml").parent
    environment = {**os.environ, "FOOTNOTE_LIMIT_TIERS": "plus=1/min,2/day", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=path, env=environment, capture_output=True, text=True, timeout=120
    )
    (line,) = ended.stderr.splitlines()
    assert json.loads(line)["event"] == "settings.deprecated"
    assert "FOOTNOTE_LIMIT_TIERS" in json.loads(line)["notice"]
    assert (ended.returncode, ended.stdout) == (0, "")
