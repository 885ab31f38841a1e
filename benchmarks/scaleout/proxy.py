"""A real HAProxy in front of the web processes, as docs/operations.md describes one."""

import subprocess
from pathlib import Path

import httpx

from benchmarks.installation import Web, free_port, wait_for
from scripts.packages import haproxy

COOKIE = "footnote_web"
ENDS_S = 5.0
# Who is about to end says 503 and gets nothing new; what it is answering goes on. Where nobody is ready, any that is alive says why.
CONFIG = """
global
    hard-stop-after 5s
defaults
    mode http
    timeout connect 2s
    timeout client 1h
    timeout server 1h
    timeout tunnel 1h
    timeout check 2s
    retries 3
    retry-on conn-failure
    option redispatch
    option forwardfor
    default-server check inter 1s fall 1 rise 1
frontend site
    bind 127.0.0.1:{port}
    use_backend alive if {{ nbsrv(ready) lt 1 }}
    default_backend ready
backend ready
    balance roundrobin
    cookie {cookie} insert indirect nocache
    option httpchk GET /health/ready
    {servers}
backend alive
    balance roundrobin
    option httpchk GET /health/live
    {servers}
"""


class Proxy:
    """HAProxy before some web processes."""

    def __init__(self, folder: Path, webs: list[Web]) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._config = folder / "haproxy.cfg"
        servers = "\n    ".join(
            f"server web{place} {web.url.removeprefix('http://')} cookie web{place}" for place, web in enumerate(webs)
        )
        self._config.write_text(CONFIG.format(port=port, cookie=COOKIE, servers=servers))
        self._log = folder / "haproxy.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        program = haproxy()
        assert program is not None
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([program, "-f", str(self._config)], stdout=log, stderr=log)
        wait_for(self._answers, 20)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(ENDS_S)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/live", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False
