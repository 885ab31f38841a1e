"""What Chainlit finds when it is imported."""

import json
import os
import subprocess
import sys
from pathlib import Path

from chat.install import ROOT

_START = """
import json, sys
from pathlib import Path
from core import environment
environment.restrict()
from chat.install import prepare_environment
from chat.hardening import telemetry
prepare_environment("x" * 32, Path(sys.argv[1]))
telemetry.keep_out()
import os
import chainlit.server
from chainlit.config import APP_ROOT, FILES_DIRECTORY, TRANSLATIONS_DIR, config, config_translation_dir
print(json.dumps({
    "root": APP_ROOT,
    "files": str(FILES_DIRECTORY),
    "name": config.ui.name,
    "origins": config.project.allow_origins,
    "missing": sorted(set(os.listdir(TRANSLATIONS_DIR)) - set(os.listdir(config_translation_dir))),
    "routes": [route.path for route in chainlit.server.app.routes if "slack" in getattr(route, "path", "")],
    "environment": sorted(name for name in os.environ if name.startswith(("CHAINLIT_", "OAUTH_", "SLACK_", "DATABASE_URL"))),
}))
"""


def start(var_dir: Path, **environment: str) -> dict[str, object]:
    """Import Chainlit in a process of its own, as the server does."""
    ended = subprocess.run(
        [sys.executable, "-c", _START, str(var_dir)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return dict(json.loads(ended.stdout.splitlines()[-1]))


def test_nothing_is_written_beside_the_code(tmp_path: Path) -> None:
    """Chainlit makes folders and files where its configuration is; the code may be read-only."""
    found = start(tmp_path)
    assert found["root"] == str(tmp_path / "chainlit")
    assert found["files"] == str(tmp_path / "chainlit" / ".files")
    assert found["missing"] == []  # or it would write them through the link
    assert (found["name"], found["origins"]) == ("Footnote", [])
    assert (tmp_path / "chainlit" / "public" / "custom.js").samefile(ROOT / "public" / "custom.js")


def test_a_moved_checkout_is_found_again(tmp_path: Path) -> None:
    (tmp_path / "chainlit").mkdir()
    (tmp_path / "chainlit" / "public").symlink_to("/nowhere")
    start(tmp_path)
    assert (tmp_path / "chainlit" / "public" / "custom.js").is_file()


def test_the_environment_opens_no_other_door(tmp_path: Path) -> None:
    """Sign-in by other services, other stores and other chats are switched on by variables."""
    unwanted = {
        "CHAINLIT_CUSTOM_AUTH": "1",
        "CHAINLIT_COOKIE_SAMESITE": "none",
        "OAUTH_GITHUB_CLIENT_ID": "x",
        "SLACK_BOT_TOKEN": "x",
        "SLACK_SIGNING_SECRET": "x",
        "DATABASE_URL": "postgresql://x",
    }
    found = start(tmp_path, **unwanted)
    assert found["routes"] == []
    assert found["environment"] == ["CHAINLIT_APP_ROOT", "CHAINLIT_AUTH_SECRET", "CHAINLIT_COOKIE_SAMESITE"]


def test_a_file_in_the_working_folder_switches_nothing_on(tmp_path: Path) -> None:
    """Chainlit would put every line of ``.env`` into the environment; of that file only ``FOOTNOTE_…`` is for us."""
    (tmp_path / ".env").write_text("LANGSMITH_TRACING=true\nLITERAL_API_KEY=x\n")
    program = _START.replace("import os\n", f"import os\nos.chdir({str(tmp_path)!r})\n")
    program += "print(os.environ['LANGSMITH_TRACING'], os.environ.get('LITERAL_API_KEY'))"
    ended = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert ended.stdout.splitlines()[-1] == "false None", ended.stderr[-2000:]
