"""A real Prometheus that scrapes a server of the tests."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from scripts.packages import PROMETHEUS

OBSERVE = Path(__file__).resolve().parents[1] / "deploy" / "observe"
STARTS_S = 30.0


def require() -> None:
    """Skip the test where Prometheus is not installed."""
    if not all(map(shutil.which, PROMETHEUS)):
        assert not os.environ.get("CI"), "Prometheus is missing: python scripts/packages.py"
        pytest.skip("Prometheus is missing: python scripts/packages.py")


class Prometheus:
    """Its HTTP interface."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=f"{url}/api/v1", trust_env=False)

    def asked(self, path: str, **parameters: str) -> Any:
        """The data of an answer."""
        return self._client.get(path, params=parameters).raise_for_status().json()["data"]

    def query(self, expr: str) -> list[dict[str, Any]]:
        """The series of an expression now."""
        found: list[dict[str, Any]] = self.asked("/query", query=expr)["result"]
        return found

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


@contextmanager
def scraping(folder: Path, port: int, targets: list[str], token: str) -> Iterator[Prometheus]:
    """Prometheus with our own configuration and rules, on these targets, every second."""
    require()
    folder.mkdir(exist_ok=True)
    config: dict[str, Any] = yaml.safe_load((OBSERVE / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    [job] = config["scrape_configs"]
    job["authorization"] = {"credentials": token}
    del job["dns_sd_configs"]
    job["static_configs"] = [{"targets": targets}]
    config["rule_files"] = [str(OBSERVE / "rules.yml")]
    (folder / "prometheus.yml").write_text(json.dumps(config))
    options = [
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "prometheus.log").open("w") as log:
        process = subprocess.Popen([PROMETHEUS[0], *options], stdout=log, stderr=log)
    client = Prometheus(f"http://127.0.0.1:{port}")
    try:
        _wait(port, process)
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait(STARTS_S)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTS_S
    while True:
        assert process.poll() is None, "Prometheus has ended"
        try:
            if httpx.get(f"http://127.0.0.1:{port}/-/ready", trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < deadline, "Prometheus does not start"
        time.sleep(0.1)
