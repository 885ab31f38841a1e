"""The environment variables of the process, and which of them libraries may find.

Libraries have switches of their own there: LANGSMITH_TRACING sends every prompt to another host, OPENAI_BASE_URL moves the model's
address, OTEL_… exports, DATABASE_URL opens another store; a new version brings new ones. So the lists below name what may stay, and all
else is set aside before the first library is imported. Footnote itself is switched by ``FOOTNOTE_…`` alone.
"""

import os
from collections.abc import Mapping

_STAYS = (
    *("FOOTNOTE_", "PYTHON", "LC_", "LD_", "DYLD_", "GLIBC_", "MALLOC_", "XDG_", "COVERAGE_"),
    # how many threads, which processors
    *("OMP_", "KMP_", "GOMP_", "MKL_", "OPENBLAS_", "NUMEXPR_", "ONEDNN_", "DNNL_", "TBB_", "ATEN_"),
    *("CUDA_", "CUBLAS_", "NVIDIA_", "NCCL_", "HIP_", "HSA_", "ROCR_", "PYTORCH_"),
    # who the machine is to a storage that FOOTNOTE_BLOB_URL names
    *("AWS_", "AZURE_", "IDENTITY_", "MSI_"),
)
_STAYS_BY_NAME = {
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "OLDPWD", "SHLVL", "_", "HOSTNAME", "VIRTUAL_ENV"),
    *("LANG", "LANGUAGE", "TZ", "TZDIR", "TMPDIR", "TEMP", "TMP"),
    *("TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"),
    # how the machine reaches the network: its operator's decision, for all programs on it
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    # where models lie on this machine
    *("HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "SENTENCE_TRANSFORMERS_HOME"),
}
# Of those prefixes: a bearer token or an address of something else than the storage's credentials.
_GOES = (
    "AZURE_OPENAI_",
    "AWS_BEARER_TOKEN",
    "AWS_BEDROCK_",
    "AWS_ENDPOINT",
    "AZURE_ENDPOINT",
    "AZURE_STORAGE_ENDPOINT",
)
_OFF = {
    "PYTHON_DOTENV_DISABLED": "true",  # Chainlit would read .env again, whatever stands in it
    "DO_NOT_TRACK": "1",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "OTEL_SDK_DISABLED": "true",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "SCARF_NO_ANALYTICS": "true",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
}
_NOT_FOR_SERVERS = ("FOOTNOTE_", "AWS_", "AZURE_", "IDENTITY_", "MSI_")

_set_aside: dict[str, str] = {}


def restrict() -> None:
    """Set aside every variable that is not named above, and switch off what can be: the first thing an entry point does."""
    for name in [name for name in os.environ if not may_stay(name)]:
        _set_aside[name] = os.environ.pop(name)
    os.environ.update(_OFF)


def ignored() -> list[str]:
    """The names of the variables that were set aside."""
    return sorted(_set_aside)


def may_stay(name: str) -> bool:
    """True when libraries may find a variable of this name."""
    upper = name.upper()  # http_proxy is read in small letters too
    return not upper.startswith(_GOES) and (upper in _STAYS_BY_NAME or upper.startswith(_STAYS))


def variable(name: str) -> str | None:
    """A variable that a setting names (``api_key_env``), wherever it is now; None when it is not set."""
    return os.environ.get(name) or _set_aside.get(name)


def for_servers() -> Mapping[str, str]:
    """The environment for programs that are not ours (PostgreSQL, Redis): without settings and keys."""
    return {
        name: value for name, value in os.environ.items() if may_stay(name) and not name.startswith(_NOT_FOR_SERVERS)
    }
