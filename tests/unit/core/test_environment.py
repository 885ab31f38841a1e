"""Which environment variables libraries find."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import environment
from core.settings.chain import ModelSettings

ROOT = Path(__file__).resolve().parents[3]

SWITCHES = {
    *("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2", "LANGSMITH_ENDPOINT"),
    *(
        "LANGSMITH_RUNS_ENDPOINTS",
        "LANGCHAIN_ENDPOINT",
        "LANGSMITH_API_KEY",
        "LANGSMITH_PROFILE",
        "LANGSMITH_OTEL_ENABLED",
    ),
    *("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_PROXY", "OPENAI_ORG_ID", "OPENAI_CUSTOM_HEADERS"),
    *("AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN", "OPENAI_API_TYPE", "QDRANT_API_KEY"),
    *(
        "HF_ENDPOINT",
        "HF_TOKEN",
        "HUGGING_FACE_HUB_TOKEN",
        "HF_INFERENCE_ENDPOINT",
        "WANDB_API_KEY",
        "MLFLOW_TRACKING_URI",
    ),
    *("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_EXPORTER", "FASTAPI_OTEL_AUTO_CONFIGURE", "TRACELOOP_BASE_URL"),
    *(
        "SENTRY_DSN",
        "DD_TRACE_ENABLED",
        "LITERAL_API_KEY",
        "LITERAL_API_URL",
        "CHAINLIT_CUSTOM_AUTH",
        "CHAINLIT_ENV_FILE",
    ),
    *("OAUTH_GITHUB_CLIENT_ID", "SLACK_BOT_TOKEN", "DISCORD_BOT_TOKEN", "TEAMS_APP_ID", "DATABASE_URL", "BUCKET_NAME"),
    *("APP_AWS_ACCESS_KEY", "APP_GCS_PROJECT_ID", "DEV_AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"),
    *(
        "AWS_BEARER_TOKEN_BEDROCK",
        "AZURE_STORAGE_ENDPOINT",
        "FORWARDED_ALLOW_IPS",
        "WEB_CONCURRENCY",
        "PGHOST",
        "PGPORT",
    ),
    *("PGPASSWORD", "PGOPTIONS", "REDIS_URL", "SSLKEYLOGFILE", "NETRC", "ALEMBIC_CONFIG", "UNSTRUCTURED_API_KEY"),
    *("openai_base_url", "A_SWITCH_OF_NEXT_YEAR"),
}
USEFUL = {
    *("FOOTNOTE_LLM_API_KEY", "PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "LD_PRELOAD"),
    *(
        "PYTHONPATH",
        "PYTHONUNBUFFERED",
        "OMP_NUM_THREADS",
        "CUDA_VISIBLE_DEVICES",
        "HTTPS_PROXY",
        "https_proxy",
        "NO_PROXY",
    ),
    *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_ACCESS_KEY_ID", "AWS_REGION", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    *("AZURE_CLIENT_ID", "AZURE_STORAGE_ACCOUNT_KEY", "IDENTITY_HEADER", "HF_HOME", "HF_HUB_OFFLINE", "XDG_CACHE_HOME"),
}


def restricted(program: str, **variables: str) -> dict[str, str]:
    """The environment of a process after :func:`core.environment.restrict`, or of one that it starts by ``program``."""
    whole = f"import json, os, subprocess, sys\nfrom core import environment\nenvironment.restrict()\n{program}"
    ended = subprocess.run(
        [sys.executable, "-c", whole], cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, check=True
    )
    return dict(json.loads(ended.stdout))


def test_only_what_is_named_stays() -> None:
    found = restricted("print(json.dumps(dict(os.environ)))", **dict.fromkeys(SWITCHES | USEFUL, "x"))
    off = environment._SWITCHED_OFF
    assert {name for name in SWITCHES if found.get(name) not in (None, off.get(name))} == set()
    assert {name for name in USEFUL if found.get(name) != "x"} == set()
    assert found.items() >= off.items()


def test_a_child_finds_no_more() -> None:
    child = "subprocess.run([sys.executable, '-c', 'import json, os; print(json.dumps(dict(os.environ)))'])"
    found = restricted(child, OPENAI_BASE_URL="http://127.0.0.1:9", FOOTNOTE_PORT="1")
    assert ("OPENAI_BASE_URL" in found, found["FOOTNOTE_PORT"]) == (False, "1")


def test_servers_of_others_get_no_secrets() -> None:
    secret = ("FOOTNOTE_LLM_API_KEY", "AWS_SECRET_ACCESS_KEY", "HTTPS_PROXY", "PGPORT", "XDG_SECRET", "PYTHONPATH")
    given = dict.fromkeys(secret, "sk") | {"LANG": "C.UTF-8"}
    found = restricted("print(json.dumps(dict(environment.for_servers())))", **given)
    assert {name: found.get(name) for name in given} == dict.fromkeys(given) | {"LANG": "C.UTF-8"}


def test_a_key_that_a_setting_names_is_found_though_libraries_do_not_find_it() -> None:
    program = """
from core.settings.chain import ModelSettings
key = ModelSettings(name="m", api_key_env="OPENAI_API_KEY").api_key.get_secret_value()
print(json.dumps({"key": key, "found": str(os.environ.get("OPENAI_API_KEY")), "ignored": str(environment.ignored())}))"""
    found = restricted(program, OPENAI_API_KEY="sk-named")
    assert (found["key"], found["found"]) == ("sk-named", "None")
    assert "OPENAI_API_KEY" in found["ignored"]


def test_a_key_is_found_where_nothing_was_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LARGE_KEY", "sk")
    key = ModelSettings(name="m", api_key_env="LARGE_KEY").api_key
    assert key is not None
    assert key.get_secret_value() == "sk"
