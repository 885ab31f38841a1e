"""How many processes ``pytest -n auto`` starts, and which of them runs what."""

import os
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from xdist.scheduler import LoadFileScheduling

MOST_WORKERS = 8
WORKER_BYTES = 3 * 1024**3  # a worker with the embedding model, its servers, its parsers and a browser
ENDS_S = 10.0  # for a worker that is gone to be seen
QUOTA = Path("/sys/fs/cgroup/cpu.max")  # what a container may use: microseconds of each period, or "max"

# Modules that use one server: one worker runs them, one after the other, and the server starts once. Those of the server as it comes
# are two groups, as long as each other, so that two workers share them.
SERVERS = {
    "site of the chat": (
        "test_accessibility",
        "test_chat_page",
        "test_early",
        "test_expected_of_a_chat",
        "test_library",
        "test_looks",
        "test_main_path",
        "test_nothing_is_lost",
        "test_page_manners",
        "test_sources_by_name",
    ),
    "site of the console": (
        "test_admin_conversations",
        "test_admin_loop",
        "test_admin_people",
        "test_admin_reviews",
        "test_admin_rights",
        "test_admin_share",
        "test_api_page",
        "test_desktop_assistant",
        "test_sharing",
    ),
    "spare_site": ("test_kills", "test_parts", "test_process", "test_uploads", "test_versions"),
    "llm_site": ("model/test_conversations", "model/test_remarks", "model/test_replies", "model/test_reviews"),
}
SERVER_OF = {f"tests/e2e/{module}.py": server for server, modules in SERVERS.items() for module in modules}


def group_of(nodeid: str) -> str:
    """The module of a test, or the server that its module shares with others."""
    module = nodeid.partition("::")[0]
    return SERVER_OF.get(module, module)


def cores() -> int:
    """Processor cores that this process may use."""
    quota, _, period = QUOTA.read_text().partition(" ") if QUOTA.exists() else ("max", "", "")
    allowed = os.cpu_count() or 1
    return allowed if quota == "max" else min(allowed, max(1, int(quota) // int(period)))


class ByModule(LoadFileScheduling):  # type: ignore[misc]  # xdist says nothing about its types
    """Gives a worker one module after the other, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One worker a core, as far as memory goes."""
    return max(1, min(cores(), psutil.virtual_memory().available // WORKER_BYTES, MOST_WORKERS))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Say how a worker ended that was not told to: xdist itself says only that it is gone."""
    if error:
        ended = node.gateway._io.popen.wait(timeout=ENDS_S)
        sys.stderr.write(
            f"\nworker {node.gateway.id} ended with {ended}: minus the number of the signal that killed it\n"
        )


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByModule:
    """Tests are dealt out by module: its fixtures are made once, and its tests may rely on their order."""
    return ByModule(config, log)
