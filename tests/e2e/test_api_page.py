"""docs/api.md is run: every command is sent to a real server, and gets what the page shows, as far as status and names go."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.documents import HANDBOOK
from tests.e2e import api_page, chat
from tests.e2e.conftest import Site

QUESTION = "How many days of paid annual leave are there?"
SIGN_IN = (
    "/api/auth/token",
    "/api/auth/revoke",
    "/api/auth/logout",
    "/api/sso/login",
    "/api/sso/logout",
    "/sso/login",
)  # end it, or need a provider
SHOWN_ETAG = '"5f0c6e1b2a7d94e3c8b1a0f2"'
CUT = "continues"  # needs an answer that a model cut off
RARE = ("scans.pdf", "rooms.md")  # need a full quota, and the same content twice
FILES = {
    "handbook.pdf": HANDBOOK,
    "program.pdf": b"\x7fELF\x02\x01\x01" + bytes(200),
    "bananas.txt": b"Bananas are yellow and grow in bunches.",
}


class World:
    """Makes what the shortened ids of the page stand for: once, or anew for commands that use it up."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._made: dict[str, str] = {}
        self.is_anew = False

    def __call__(self, kind: str) -> str:
        """The id of a thing."""
        kind = {"library_id": "libraries", "answer_run_id": "answer-runs", "cite": "answer-runs"}.get(kind, kind)
        kind = {"citations": "answer-runs", "answers": "answer-runs", "result": "job-status"}.get(kind, kind)
        if not self.is_anew and kind in self._made:
            return self._made[kind]
        made: str = getattr(self, "_" + kind.replace("-", "_"))()
        if not self.is_anew:
            self._made[kind] = made
        return made

    def forget(self, kind: str) -> None:
        """It was deleted; the next command gets another one."""
        self._made.pop(kind, None)

    def _documents(self) -> str:
        text = f"Everybody has twenty-eight days of leave. {uuid4()}".encode()
        return str(
            self._brought({"file": ("leave.txt", text)} if self.is_anew else {"file": ("handbook.pdf", HANDBOOK)})[
                "document"
            ]["id"]
        )

    def _links(self) -> str:
        made = self._client.post("/api/links", json={"address": f"https://example.org/{uuid4()}"}).raise_for_status()
        link = f"/api/links/{made.json()['link_id']}"
        while self._client.get(link).json()["state"] in ("waiting", "reading"):  # nothing is there from here
            time.sleep(0.1)
        return str(made.json()["link_id"])

    def _jobs(self) -> str:
        return str(self._brought({"file": ("rules.txt", f"Badges are worn. {uuid4()}".encode())})["job"]["job_id"])

    def _brought(self, files: dict[str, Any]) -> dict[str, Any]:
        brought: dict[str, Any] = self._client.post("/api/documents", files=files).raise_for_status().json()
        job = f"/api/jobs/{brought['job']['job_id']}"
        while self._client.get(job).json()["state"] in ("queued", "started"):
            time.sleep(0.1)
        return brought

    def _asked(self, question: str = QUESTION) -> dict[str, Any]:
        self("documents")
        answer: dict[str, Any] = self._client.post("/api/chat", json={"question": question}).raise_for_status().json()
        return answer

    def _answer_runs(self) -> str:
        return str(self._asked()["answer_run_id"])

    def _refused(self) -> str:
        return str(self._asked("What is the boiling point of tungsten?")["answer_run_id"])

    def _threads(self) -> str:
        return str(self._asked()["thread_id"])

    def _shares(self) -> str:
        made = self._client.post(f"/api/threads/{self('threads')}/shares").raise_for_status()
        return str(made.json()["share_id"])

    def _shared(self) -> str:
        made = self._client.post(f"/api/threads/{self('threads')}/shares").raise_for_status()
        return str(made.json()["path"]).removeprefix("/shared/")

    def _exports(self) -> str:
        export = self._client.post("/api/account/exports").raise_for_status().json()["export_id"]
        while not self._client.get(f"/api/account/exports/{export}").raise_for_status().json()["url"]:
            time.sleep(0.2)
        return str(export)

    def _job_status(self) -> str:
        job = self._client.post("/chat", json={"message": QUESTION}, headers={"Prefer": "respond-async"}).json()
        while self._client.get(f"/job-status/{job['job_id']}").json()["status"] in ("QUEUED", "STARTED"):
            time.sleep(0.1)
        return str(job["job_id"])

    def _feedback(self) -> str:
        given = {"answer_run_id": self("answer-runs"), "rating": "up"}
        return str(self._client.post("/api/feedback", json=given).raise_for_status().json()["feedback_id"])

    def _libraries(self) -> str:
        made = self._client.post("/api/libraries", json={"name": "Contracts"}).raise_for_status()
        return str(made.json()["library_id"])

    def _members(self) -> str:
        members = f"/api/libraries/{self._made['libraries']}/members"
        self._client.put(members, json={"username": "ann", "role": "editor"}).raise_for_status()
        return next(str(one["id"]) for one in self._client.get(members).json()["members"] if one["name"] == "ann")

    def _groups(self) -> str:
        return str(self._client.post("/api/groups", json={"name": uuid4().hex}).raise_for_status().json()["group_id"])

    def _keys(self) -> str:
        wanted = {"name": "nightly import", "scopes": ["read"]}
        return str(self._client.post("/api/keys", json=wanted).raise_for_status().json()["id"])

    def _review_items(self) -> str:
        self._client.post(f"/api/answer-runs/{self._refused()}/review", json={"note": "x"}).raise_for_status()
        return str(self._client.get("/api/review-items").json()["items"][0]["id"])

    def _responses(self) -> str:
        self("documents")
        return str(self._client.post("/v1/responses", json={"input": QUESTION}).raise_for_status().json()["id"])

    def _files(self) -> str:
        return f"file-{self('documents').replace('-', '')}"

    def _vector_stores(self) -> str:
        stores = self._client.get("/v1/vector_stores").json()["data"]
        return str(next(one["id"] for one in stores if one["name"] == "admin"))


def is_run(example: api_page.Example) -> bool:
    """False for the few commands that would end the sign-in or need what only a model or a provider makes."""
    named = example.command
    return (
        not any(f"$URL{path}" in named for path in SIGN_IN)
        and CUT not in named
        and not any(one in named for one in RARE)
    )


@pytest.fixture(scope="module")
def world(sites: Callable[..., Site]) -> Iterator[Callable[[api_page.Example], httpx.Response]]:
    site = sites(FOOTNOTE_LIMIT_QUESTIONS_PER_MINUTE="10000", FOOTNOTE_SHARING_LINKS="true")
    chat.footnote(site, "user", "add", "ann", "--password-stdin", text="a password for ann\n")
    with site.client("admin") as client:
        things = World(client)

        def send(example: api_page.Example) -> httpx.Response:
            things.is_anew = (
                "-X DELETE" in example.command or "/move" in example.command or "/review " in example.command
            )
            command = example.command
            if "/review " in command:
                command = command.replace("8d1f02c4-…", things("refused"))
            if "/members/" in command or "/shares/" in command:
                things.is_anew = False
            if "If-Match" in command:
                command = command.replace(
                    SHOWN_ETAG, client.get(f"/api/libraries/{things('libraries')}").headers["ETag"]
                )
            command = command.replace("Last-Event-ID: 7", "Last-Event-ID: 2")  # a shorter answer than the one shown
            response = api_page.run(api_page.filled(command, things), client, FILES)
            if "-X DELETE" in command and not things.is_anew:
                things.forget(api_page.PLACE.findall(command)[-1])
            return response

        yield send


def test_every_example_of_the_page_gets_what_the_page_shows(
    world: Callable[[api_page.Example], httpx.Response],
) -> None:
    wrong: list[tuple[object, ...]] = []
    sent = 0
    for example in filter(is_run, api_page.examples()):
        response, sent = world(example), sent + 1
        if response.is_error != example.is_refused:
            wrong.append((example.command, response.status_code, response.text[:300]))
        elif missing := example.keys - api_page.keys_of(response):
            wrong.append((example.command, "not in the answer", sorted(missing)))
    assert sent > 80
    assert not wrong, "\n".join(map(str, wrong))
