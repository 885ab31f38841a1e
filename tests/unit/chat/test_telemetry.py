"""The tracing SDK stays out of a process that carries the chat."""

import subprocess
import sys
from pathlib import Path

_START = """
import sys
from pathlib import Path
from chat.install import prepare_environment
from chat.hardening import telemetry
prepare_environment("x" * 32, Path(sys.argv[1]))
telemetry.keep_out()
import chainlit.server
print(sorted(name for name in sys.modules if name.startswith(("traceloop.", "opentelemetry.instrumentation", "grpc"))))
"""


def test_neither_the_sdk_nor_its_instrumentation_is_imported(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", _START, str(tmp_path)], capture_output=True, text=True, timeout=120)
    assert ended.stdout.strip() == "['traceloop.sdk']", ended.stderr[-2000:]
