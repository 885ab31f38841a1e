"""Drills parts that fail under a running `footnote serve` with all it embeds: python -m benchmarks.drill_parts [WORD …]

Killed servers, a damaged search index, a full disk (a small file system in a private mount namespace; needs root, else left out). For
each: what is expected, what was seen, and the seconds until the installation was whole again. What it does meanwhile goes to standard
error with the seconds since the case began: a busy machine takes minutes for a case.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks import index_damage, stand_ins
from benchmarks.installation import ROOT, Web, free_port, wait_for

PASSWORD = "a password for the drill"
QUESTION, ANSWER = "What is the vault code of the Alpine project?", "48151623"
BACK_WITHIN_S, WHOLE_WITHIN_S = 5.0, 120.0
DISK_MB = 700
HOUSE_DOCUMENTS = 3
ROUNDS, ROUND_S = 20, 30.0  # questions while the disk is full, and the longest that one may take
BUSY_FILES, BUSY_PARAGRAPHS = 8, 700
MODELS = {"FOOTNOTE_EMBEDDING_CACHE_DIR": str(stand_ins.MODELS)}  # not converted for every server
INSIDE = "--inside"


def _notes(number: int, lines: int) -> bytes:
    text = (
        f"The house number {number * 1000 + n} of the street has {n * 7} doors and belongs to person {number}."
        for n in range(lines)
    )
    return (f"# Note {number}\n\n" + "\n\n".join(text)).encode()


@dataclass
class Seen:
    """What a case showed."""

    is_good: bool
    text: str
    seconds: float


class Told:
    """Says what is being done, with the seconds so far."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def __call__(self, text: str) -> None:
        sys.stderr.write(f"  {time.monotonic() - self._since:>6.1f} s  {text}\n")
        sys.stderr.flush()


class House:
    """A server with one document, and a person."""

    def __init__(self, folder: Path, **environment: str) -> None:
        port = str(free_port())
        own = {"FOOTNOTE_VAR_DIR": str(folder), "FOOTNOTE_PORT": port, "FOOTNOTE_ADMIN_PASSWORD": PASSWORD}
        own |= MODELS
        log = folder.with_name(f"{folder.name}.log")
        self.folder = folder
        self.server = Web(["cli", "serve"], log, own | environment, url=f"http://127.0.0.1:{port}")
        self.client = httpx.Client(base_url=self.server.url, timeout=120)

    def start(self) -> None:
        """Start it, wait until it answers questions, and sign in."""
        self.server.start()
        self.server.wait("/health/ready")
        self.sign_in().raise_for_status()

    def sign_in(self) -> httpx.Response:
        """Sign in; later requests use it."""
        response = self.client.post("/api/auth/token", data={"username": "admin", "password": PASSWORD})
        if response.status_code == 200:
            self.client.headers["Authorization"] = f"Bearer {response.json()['access_token']}"
        return response

    def upload(self, name: str, content: bytes) -> httpx.Response:
        """Upload a file."""
        return self.client.post("/api/documents", files={"file": (name, content)})

    def add(self, name: str, content: bytes) -> None:
        """Upload a file and wait until it is read."""
        job = self.upload(name, content).raise_for_status().json()["job"]["job_id"]
        wait_for(lambda: self.client.get(f"/api/jobs/{job}").json()["state"] == "finished", WHOLE_WITHIN_S)

    def ask(self) -> httpx.Response:
        """Ask for what only the first document says, anew."""
        return self.client.post("/api/chat", json={"question": QUESTION, "fresh": True})

    def answers(self) -> bool:
        """True when the question is answered right."""
        with contextlib.suppress(httpx.HTTPError):
            response = self.ask()
            return response.status_code == 200 and ANSWER in response.text
        return False

    def ready(self) -> dict[str, Any]:
        """The report of ``/health/ready``."""
        report: dict[str, Any] = self.client.get("/health/ready").json()
        return report

    def counts(self) -> dict[str, int]:
        """The numbers of documents by state."""
        counts: dict[str, int] = self.client.get("/api/documents").json()["counts"]
        return counts

    def part(self, name: str) -> psutil.Process:
        """The process of an embedded server."""
        assert self.server.process is not None
        children = psutil.Process(self.server.process.pid).children()
        return next(child for child in children if name in " ".join(child.cmdline()[:1]))

    @property
    def is_alive(self) -> bool:
        """False when the server's process has ended."""
        return self.server.process is not None and self.server.process.poll() is None


@contextmanager
def house(folder: Path, **environment: str) -> Iterator[House]:
    """A server that has read the document with the answer and some others."""
    made = House(folder, **environment)
    try:
        made.start()
        made.add("vault.md", f"# Vault\n\nThe vault code of the Alpine project is {ANSWER}.".encode())
        for number in range(HOUSE_DOCUMENTS - 1):
            made.add(f"note{number}.md", _notes(number, 100))
        yield made
    finally:
        made.client.close()
        made.server.stop()


def killed(name: str, folder: Path) -> Seen:
    """``kill -9`` of an embedded server; requests all the time until it is back."""
    with house(folder) as one:
        job = one.upload("late.md", _notes(9, 300)).json()["job"]["job_id"]
        before = one.part(name)
        since, seen = time.monotonic(), list[int]()
        before.kill()
        while time.monotonic() - since < WHOLE_WITHIN_S:
            seen += [one.client.get("/api/documents").status_code, one.sign_in().status_code]
            with contextlib.suppress(StopIteration, psutil.Error):
                if one.part(name).pid != before.pid and seen[-2:] == [200, 200]:
                    break
            time.sleep(0.02)
        seconds = time.monotonic() - since
        wait_for(lambda: one.client.get(f"/api/jobs/{job}").json()["state"] == "finished", WHOLE_WITHIN_S)
        kinds = {status: seen.count(status) for status in sorted(set(seen))}
        is_good = set(kinds) <= {200, 503} and seconds < BACK_WITHIN_S and one.answers()
        return Seen(is_good, f"requests until it was back: {kinds}; the running job finished", seconds)


def damaged(damage: Callable[[Path], object], folder: Path) -> Seen:
    """Damage between two starts; the seconds count from the second start to a right answer from a whole index."""
    with house(folder) as one:
        one.server.stop()
        damage(folder / "qdrant" / "footnote")
        since = time.monotonic()
        one.server.start()
        one.server.wait("/health/ready")
        told = set[str]()

        def is_whole() -> bool:
            if sentence := one.ready().get("reasons", {}).get("index"):
                told.add(sentence)
            return one.ready()["status"] == "ready" and one.answers()

        wait_for(is_whole, WHOLE_WITHIN_S)
        aside = len(list((folder / "qdrant").glob("*.damaged-*")))
        said = f"said: {min(told)[:60]}…" if told else "too quick to be seen rebuilding"
        return Seen(True, f"{aside} folder set aside, answer right; {said}", time.monotonic() - since)


def fill(folder: Path) -> Path:
    """Fill a disk to the last byte; the file that does."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (2**20, 4096, 512):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)
    return filler


def _round(one: House) -> str:
    """What a question and a sign-in came to."""
    try:
        response = one.ask()
        signed_in = one.sign_in().status_code
    except httpx.TimeoutException:
        return f"nothing within {ROUND_S:.0f} s"
    is_answered = response.status_code == 200 and ANSWER in response.text
    answered = "answered" if is_answered else f"{response.status_code} {response.json().get('message', '')[:60]}"
    return f"{answered}, sign-in {signed_in}"


def full(is_busy: bool, folder: Path) -> Seen:
    """Another program fills the disk to the last byte, and deletes its file after 20 questions."""
    tell = Told()
    with house(folder, FOOTNOTE_BLOB_MIN_FREE_BYTES="20000000") as one:
        tell("the server answers")
        one.client.timeout = httpx.Timeout(ROUND_S)
        if is_busy:
            for number in range(10, 10 + BUSY_FILES):
                one.upload(f"note{number}.md", _notes(number, BUSY_PARAGRAPHS))
            time.sleep(2)
        filler, rounds = fill(folder), list[str]()
        tell(f"the disk is full, {one.counts()}")
        for number in range(ROUNDS):
            rounds.append(_round(one))
            tell(f"question {number + 1}: {rounds[-1]}")
            time.sleep(1)
        told, refused = one.ready(), one.upload("more.md", b"One more file.").status_code
        filler.unlink()
        since = time.monotonic()
        tell("the disk has room again")
        expected = HOUSE_DOCUMENTS + (BUSY_FILES if is_busy else 0) + (refused == 202)
        wait_for(lambda: not one.is_alive or one.counts()["ready"] == expected, 300)
        tell(f"everything is read, {one.counts()}")
        rows = ", ".join(f"{rounds.count(row)} × {row}" for row in dict.fromkeys(rounds))
        is_good = one.is_alive and rounds.count("answered, sign-in 200") >= 15 and refused == 507 and one.answers()
        is_good = is_good and "disk" in told.get("reasons", {})
        text = f"{rows}; upload {refused}; {told['status']}; {one.counts()}; {'alive' if one.is_alive else 'DEAD'}"
        return Seen(is_good, text, time.monotonic() - since)


@dataclass(frozen=True)
class Case:
    """A case of the drill."""

    name: str
    expected: str
    run: Callable[[Path], Seen]
    needs_disk: bool = False


SET_ASIDE = "set aside, rebuilt from the rows, said meanwhile"
CASES = (
    Case("Redis killed", "back in 5 s; 200 or 503 only", lambda folder: killed("redis", folder)),
    Case("PostgreSQL killed", "back in 5 s; 200 or 503 only", lambda folder: killed("postgres", folder)),
    Case("index: log zeroed", SET_ASIDE, lambda folder: damaged(index_damage.zero_log, folder)),
    Case("index: pages flipped", SET_ASIDE, lambda folder: damaged(index_damage.flip_pages, folder)),
    Case("index: file truncated", SET_ASIDE, lambda folder: damaged(index_damage.truncate, folder)),
    Case("index: a JSON broken", SET_ASIDE, lambda folder: damaged(index_damage.break_json, folder)),
    Case("index: folder deleted", "rebuilt from the rows", lambda folder: damaged(shutil.rmtree, folder)),
    Case("disk full, idle", "alive; answers and sign-ins go on; 507", lambda folder: full(False, folder), True),
    Case("disk full, 8 files being read", "the same; files read when there is room", lambda folder: full(True, folder), True),
)  # fmt: skip


def show(case: Case, folder: Path) -> bool:
    """Run a case and print its line; True when it was as expected."""
    try:
        seen = case.run(folder)
    except (RuntimeError, OSError, httpx.HTTPError, KeyError) as error:
        seen = Seen(False, repr(error), 0.0)
    verdict = "ok" if seen.is_good else "FAILED"
    sys.stdout.write(
        f"{case.name:<30} {verdict:<6} {seen.seconds:>6.1f} s  expected: {case.expected}; seen: {seen.text}\n"
    )
    sys.stdout.flush()
    return seen.is_good


def _on_small_disk(case: Case, folder: Path) -> bool:
    """Run a case in a process of its own, on a file system of its own that only that process sees."""
    if os.getuid() != 0 or shutil.which("unshare") is None:
        sys.stdout.write(f"{case.name:<30} left out: mounting a small file system needs root\n")
        return True
    image, disk = folder / "disk.img", folder / "disk"
    disk.mkdir()
    mount = f'truncate -s {DISK_MB}M "$0" && mkfs.ext4 -q -m 0 -F "$0" && mount -o loop "$0" "$1"'
    mount = f'({mount}) 2>/dev/null || mount -t tmpfs -o size={DISK_MB}m none "$1" || exit 77; chmod 755 "$1"; shift; exec "$@"'
    inside = [sys.executable, "-m", "benchmarks.drill_parts", INSIDE, case.name, str(disk)]
    ended = subprocess.run(["unshare", "-m", "sh", "-c", mount, str(image), str(disk), *inside], cwd=ROOT)
    if ended.returncode == 77:
        sys.stdout.write(f"{case.name:<30} left out: no file system can be mounted here\n")
    return ended.returncode in (0, 77)


def main(words: list[str]) -> int:
    """Run the cases whose names contain one of the words, all without words; returns the exit code."""
    if words[:1] == [INSIDE]:
        (case,) = (case for case in CASES if case.name == words[1])
        return 0 if show(case, Path(words[2]) / "var") else 1
    chosen = [case for case in CASES if not words or any(word in case.name for word in words)]
    good = 0
    for case in chosen:
        with tempfile.TemporaryDirectory(prefix="fn-") as name:
            folder = Path(name)
            folder.chmod(0o755)
            good += _on_small_disk(case, folder) if case.needs_disk else show(case, folder / "var")
    sys.stdout.write(f"\n{good} of {len(chosen)} as expected\n")
    return 0 if good == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
