"""The whole path over HTTP inside a network namespace that has nothing but a loopback device.

Run by ``tests/e2e/test_offline.py`` as ``unshare --net python -m tests.e2e.isolated FOLDER``: whatever the server, its children or a
library's native code would fetch from another host fails here, and so does this script.
"""

import fcntl
import socket
import struct
import sys
import time
from pathlib import Path

from tests.documents import HANDBOOK, word
from tests.e2e.conftest import Site, running

_SIOCSIFFLAGS, _IFF_UP_RUNNING = 0x8914, 0x1 | 0x40
FILES = {
    "handbook.pdf": HANDBOOK,
    "rooms.md": b"# Rooms\n\nThe telescope room is number 314 on the third floor.",
    "canteen.html": b"<h1>Canteen</h1><p>Lunch is served from noon until two o'clock.</p>",
    "badges.docx": word(["Visitors receive a green badge at the reception."]),
    "keys.txt": b"The night guard keeps the spare keys in the blue cabinet.",
}
QUESTIONS = {
    "How many days of paid annual leave are there?": "handbook.pdf",
    "Which number has the telescope room?": "rooms.md",
    "When is lunch served?": "canteen.html",
    "What badge do visitors receive?": "badges.docx",
    "Where are the spare keys?": "keys.txt",
}


def raise_loopback() -> None:
    """A new namespace has its loopback device down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP_RUNNING))


def is_cut_off() -> bool:
    """True when no other host can be reached."""
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=1).close()
    except OSError:
        return True
    return False


def main() -> None:
    """The whole path."""
    raise_loopback()
    assert is_cut_off()
    with running(Path(sys.argv[1]), FOOTNOTE_EMBEDDING_CACHE_DIR="") as site:  # the model is converted here too
        site.wait_ready()
        ask_everything(site)
    print("the whole path works without a network")


def ask_everything(site: Site) -> None:
    """Load every format, ask about each, open a page."""
    with site.client() as client:
        for name, content in FILES.items():
            job = client.post("/api/documents", files={"file": (name, content)}).raise_for_status().json()["job"]
            while job["state"] in ("queued", "started"):
                time.sleep(0.2)
                job = client.get(f"/api/jobs/{job['job_id']}").json()
            assert job["state"] == "finished", job
        for question, title in QUESTIONS.items():
            answer = client.post("/api/chat", json={"question": question}).raise_for_status().json()
            assert answer["citations"][0]["title"] == title, answer
        document_id = client.get("/api/documents", params={"search": "handbook"}).json()["documents"][0]["id"]
        page = client.get(f"/api/documents/{document_id}/pages/2").raise_for_status()
        assert page.content.startswith(b"\x89PNG")


if __name__ == "__main__":
    main()
