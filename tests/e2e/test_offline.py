"""Nothing is fetched at run time."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT

pytestmark = pytest.mark.long

_UNSHARE = ["unshare", "--net"] if os.getuid() == 0 else ["unshare", "--net", "--map-root-user"]


def _can_unshare() -> bool:
    return (
        shutil.which("unshare") is not None and subprocess.run([*_UNSHARE, "true"], capture_output=True).returncode == 0
    )


@pytest.mark.skipif(not _can_unshare(), reason="this system lets nobody make a network namespace (util-linux: unshare)")
def test_the_whole_path_works_with_every_other_host_out_of_reach(servers_dir: Path) -> None:
    command = [*_UNSHARE, sys.executable, "-m", "tests.e2e.isolated", str(servers_dir / "isolated")]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert "works without a network" in ended.stdout, ended.stderr[-3000:]
