"""The environment variables of the process, and which of them libraries may see.

Libraries read switches there: LANGSMITH_TRACING sends every prompt to another host, OPENAI_BASE_URL changes the model's address, OTEL_…
exports, DATABASE_URL opens another store; new versions add new ones. So the lists below name the allowed variables, and all others are
removed before the first library is imported. Footnote itself reads ``FOOTNOTE_…`` only.
"""

import os
from collections.abc import Mapping

_ALLOWED_PREFIXES = (
    *("FOOTNOTE_", "PYTHON", "LC_", "LD_", "DYLD_", "GLIBC_", "MALLOC_", "XDG_", "COVERAGE_"),
    # numbers of threads, choice of processors
    *("OMP_", "KMP_", "GOMP_", "MKL_", "OPENBLAS_", "NUMEXPR_", "ONEDNN_", "DNNL_", "TBB_", "ATEN_"),
    *("CUDA_", "CUBLAS_", "NVIDIA_", "NCCL_", "HIP_", "HSA_", "ROCR_", "PYTORCH_"),
    # credentials for the storage of FOOTNOTE_BLOB_URL
    *("AWS_", "AZURE_", "IDENTITY_", "MSI_"),
)
_ALLOWED_NAMES = {
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "OLDPWD", "SHLVL", "_", "HOSTNAME", "VIRTUAL_ENV"),
    *("LANG", "LANGUAGE", "TZ", "TZDIR", "TMPDIR", "TEMP", "TMP"),
    *("TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"),
    # how programs on this machine reach the network
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    # where models are on this machine
    *("HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "SENTENCE_TRANSFORMERS_HOME"),
}
# Exceptions to the allowed prefixes: tokens and addresses that are not the storage's credentials.
_DENIED_PREFIXES = (
    "AZURE_OPENAI_",
    "AWS_BEARER_TOKEN",
    "AWS_BEDROCK_",
    "AWS_ENDPOINT",
    "AZURE_ENDPOINT",
    "AZURE_STORAGE_ENDPOINT",
)
_SWITCHED_OFF = {
    "PYTHON_DOTENV_DISABLED": "true",  # Chainlit would load all of .env again
    "DO_NOT_TRACK": "1",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "OTEL_SDK_DISABLED": "true",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "SCARF_NO_ANALYTICS": "true",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
}
# What PostgreSQL and Redis get: nothing that holds a key, a password or an address.
_FOR_SERVERS = {"PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TZDIR", "TMPDIR", "TEMP", "TMP"}
_PREFIXES_FOR_SERVERS = ("LC_", "LD_", "DYLD_", "GLIBC_", "MALLOC_")

_removed: dict[str, str] = {}


def restrict() -> None:
    """Remove all variables that are not allowed, and turn telemetry off. An entry point calls this first."""
    for name in [name for name in os.environ if not is_allowed(name)]:
        _removed[name] = os.environ.pop(name)
    os.environ.update(_SWITCHED_OFF)


def ignored() -> list[str]:
    """The names of the removed variables."""
    return sorted(_removed)


def is_allowed(name: str) -> bool:
    """True when libraries may see a variable of this name."""
    upper = name.upper()  # http_proxy is read in lower case too
    return not upper.startswith(_DENIED_PREFIXES) and (upper in _ALLOWED_NAMES or upper.startswith(_ALLOWED_PREFIXES))


def variable(name: str) -> str | None:
    """A variable that a setting names (``api_key_env``), removed or not; None when it is not set."""
    return os.environ.get(name) or _removed.get(name)


def for_servers() -> Mapping[str, str]:
    """The environment for other programs (PostgreSQL, Redis): where programs and libraries are, language and time zone."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in _FOR_SERVERS or name.startswith(_PREFIXES_FOR_SERVERS)
    }
