"""Who may do what: every person × every route. A route that is not listed here fails the test, so that none is forgotten.

The people: nobody (no sign-in), revoked (the owner's sign-in, ended), other (a stranger), admin (of the installation, a stranger to the
library), viewer and editor (members of the owner's library), owner.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import delete

from core.access import LibraryRole
from db.models import LibraryMember
from tests.documents import HANDBOOK
from tests.http.conftest import LEAVE, House, asked

PEOPLE = ("nobody", "revoked", "other", "admin", "viewer", "editor", "owner")
STRANGERS = ("other", "admin")
NOTHING = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Things:
    """What the owner has."""

    document_id: UUID
    job_id: str
    library_id: UUID
    answer_run_id: str
    thread_id: str
    chunk_id: str
    number: int


@dataclass(frozen=True)
class Access:
    """A route and the status that each person gets.

    Attributes:
        send: the request.
        readers, writers: statuses of viewer; of editor and owner.
        owner: status of the owner where it is another one than the editor's (things of one person alone).
        admin: status of the admin where it is another one than a stranger's (what is for admins).
    """

    method: str
    path: str
    send: Callable[[httpx.AsyncClient, Things], Awaitable[httpx.Response]]
    strangers: int = 404
    viewer: int = 200
    editor: int = 200
    owner: int | None = None
    nobody: int = 401
    admin: int | None = None

    def expected(self, person: str) -> int:
        if person in ("nobody", "revoked"):
            return self.nobody
        if person == "admin" and self.admin is not None:
            return self.admin
        if person in STRANGERS:
            return self.strangers
        if person == "owner" and self.owner is not None:
            return self.owner
        return self.viewer if person == "viewer" else self.editor


def get(path: str) -> Callable[[httpx.AsyncClient, Things], Awaitable[httpx.Response]]:
    return lambda client, things: client.get(path.format_map(vars(things)))


def post(path: str, **body: object) -> Callable[[httpx.AsyncClient, Things], Awaitable[httpx.Response]]:
    return lambda client, things: client.post(path.format_map(vars(things)), **body)  # type: ignore[arg-type]


def own(status: int = 200) -> dict[str, int]:
    """Everyone signed in gets this: the route is about the caller."""
    return {"strangers": status, "viewer": status, "editor": status}


def private(status: int = 200) -> dict[str, int]:
    """Only the owner gets this; a member of the library is a stranger to the owner's conversation."""
    return {"strangers": 404, "viewer": 404, "editor": 404, "owner": status}


def admins(status: int = 200) -> dict[str, int]:
    """Only an admin gets this."""
    return {**own(403), "admin": status}


def public(status: int = 200) -> dict[str, int]:
    """Even nobody gets this."""
    return {**own(status), "nobody": status}


def ask_in_thread(path: str) -> Callable[[httpx.AsyncClient, Things], Awaitable[httpx.Response]]:
    return lambda client, things: client.post(path, json={"question": LEAVE, "thread_id": things.thread_id})


def replace(client: httpx.AsyncClient, things: Things) -> Awaitable[httpx.Response]:
    fields = {"replaces": str(things.document_id)}
    return client.post("/api/documents", data=fields, files={"file": ("handbook.pdf", HANDBOOK)})


def bring(client: httpx.AsyncClient, things: Things) -> Awaitable[httpx.Response]:
    fields = {"library_id": str(things.library_id)}
    return client.post("/api/documents", data=fields, files={"file": ("handbook.pdf", HANDBOOK)})


DOCUMENT = "/api/documents/{document_id}"
JOB = "/api/jobs/{job_id}"
RUN = "/api/answer-runs/{answer_run_id}"
CHANGING = {"viewer": 403}
MATRIX = (
    Access("GET", "/health/live", get("/health/live"), **public()),
    Access("HEAD", "/health/live", lambda client, _: client.head("/health/live"), **public()),
    Access("GET", "/health/ready", get("/health/ready"), **public(503)),
    Access("HEAD", "/health/ready", lambda client, _: client.head("/health/ready"), **public(503)),
    Access("POST", "/api/auth/token", post("/api/auth/token", data={"username": "x", "password": "y"}), **public(401)),
    Access("GET", "/api/auth/me", get("/api/auth/me"), **own()),
    Access("POST", "/api/auth/password", post("/api/auth/password", json={}), **own(422)),
    Access("GET", "/api/documents", get("/api/documents"), **own()),
    Access("GET", "/api/libraries", get("/api/libraries"), **own()),
    Access("GET", "/library", get("/library"), **own()),
    Access("POST", "/api/documents", bring, viewer=403, editor=202),
    Access("POST", "/api/documents", replace, viewer=403, editor=202),
    Access("GET", DOCUMENT, get(DOCUMENT)),
    Access("GET", f"{DOCUMENT}/versions", get(f"{DOCUMENT}/versions")),
    Access("GET", f"{DOCUMENT}/file", get(f"{DOCUMENT}/file")),
    Access("GET", f"{DOCUMENT}/pages/{{number}}", get(f"{DOCUMENT}/pages/2?chunk={{chunk_id}}&width=200")),
    Access("GET", f"{DOCUMENT}/sections/{{number}}", get(f"{DOCUMENT}/sections/2")),
    Access("GET", JOB, get(JOB)),
    Access("GET", f"{JOB}/events", get(f"{JOB}/events")),
    Access("GET", "/jobs/{job_id}", get("/jobs/{job_id}")),
    Access("POST", f"{JOB}/cancel", post(f"{JOB}/cancel"), viewer=403),
    Access("POST", f"{JOB}/retry", post(f"{JOB}/retry"), viewer=403, editor=409),
    Access("POST", "/api/chat", ask_in_thread("/api/chat"), **private()),
    Access("POST", "/api/chat/stream", ask_in_thread("/api/chat/stream"), **private()),
    Access(
        "GET", "/api/citations/{answer_run_id}/{number}", get("/api/citations/{answer_run_id}/{number}"), **private()
    ),
    Access("GET", "/cite/{answer_run_id}/{number}", get("/cite/{answer_run_id}/{number}"), **private()),
    Access("GET", RUN, get(RUN), **private()),
    Access("POST", f"{RUN}/review", post(f"{RUN}/review"), **private(409)),  # its documents support it
    Access("GET", "/answers/{answer_run_id}", get("/answers/{answer_run_id}"), **private()),
    Access("GET", "/api/review-items", get("/api/review-items"), **admins()),
    Access("POST", "/api/review-items/{item_id}/done", post(f"/api/review-items/{NOTHING}/done"), **admins(404)),
    Access("POST", "/api/review-items/{item_id}/reopen", post(f"/api/review-items/{NOTHING}/reopen"), **admins(404)),
    Access("GET", "/reviews", get("/reviews"), **admins()),
    Access("GET", "/api/usage", get("/api/usage"), **own()),
    Access("GET", "/api/usage/all", get("/api/usage/all"), **admins()),
    Access("*", "/api/{rest:path}", get("/api/nothing/here"), **public(404)),
    # These come last: they take away what the others need.
    Access("POST", f"{DOCUMENT}/reindex", post(f"{DOCUMENT}/reindex"), viewer=403, editor=202, owner=409),
    Access("DELETE", DOCUMENT, lambda client, things: client.delete(DOCUMENT.format_map(vars(things))), viewer=403),
    Access("POST", "/api/auth/logout", post("/api/auth/logout"), **own(204)),
)


@pytest.fixture
async def things(house: House) -> Things:
    owner = await house.make_user("owner")
    await house.make_user("other")
    await house.make_user("admin", "admin")
    for name in ("viewer", "editor"):
        await house.make_user(name)
        await house.share(owner, name, LibraryRole(name))
    document = await house.bring("owner")
    async with house.signed_in("owner") as client:
        answer = (await asked(client, LEAVE)).json()
        job = (await bring(client, Things(document.id, "", owner.personal_library_id, "", "", "", 0))).json()["job"]
    [citation, *_] = answer["citations"]
    [chunk_id] = [source["chunk_id"] for source in answer["sources"] if source["number"] == citation["number"]]
    return Things(
        document_id=document.id,
        job_id=job["job_id"],
        library_id=owner.personal_library_id,
        answer_run_id=answer["answer_run_id"],
        thread_id=answer["thread_id"],
        chunk_id=chunk_id,
        number=citation["number"],
    )


async def headers_of(house: House, person: str) -> dict[str, str]:
    if person == "nobody":
        return {}
    token = await house.token("owner" if person == "revoked" else person)
    if person == "revoked":
        principal = await house.accounts.authenticate(token, kind="api")
        assert principal.session_id is not None
        await house.accounts.sign_out(principal.session_id)
    return {"Authorization": f"Bearer {token}"}


def routes_of(house: House) -> Iterator[tuple[str, str]]:
    """Method and path of every route of the app; the fallback, which takes all methods, once."""
    for route in iter_route_contexts(house.app.routes):
        assert route.path is not None
        methods = {"*"} if route.path == "/api/{rest:path}" else route.methods or {"MOUNT"}
        yield from ((method, route.path) for method in methods)


async def test_the_matrix_knows_every_route(house: House) -> None:
    assert {(access.method, access.path) for access in MATRIX} == set(routes_of(house))


async def test_everyone_gets_what_the_rule_says_at_every_route(house: House, things: Things) -> None:
    wrong = []
    people = {person: await headers_of(house, person) for person in PEOPLE}
    for access in MATRIX:
        for person in PEOPLE:
            async with house.visitor(**people[person]) as client:
                status = (await access.send(client, things)).status_code
            expected = access.expected(person)
            if access.method == "DELETE" and person in ("editor", "owner"):
                expected = {"editor": 204, "owner": 404}[person]  # the editor was first
            if status != expected:
                wrong.append((access.method, access.path, person, status, expected))
    assert not wrong


async def test_what_a_stranger_is_told_is_what_one_is_told_of_nothing(house: House, things: Things) -> None:
    nothing = Things(
        UUID(int=1), str(UUID(int=2)), UUID(int=3), str(UUID(int=4)), str(UUID(int=5)), str(UUID(int=6)), 1
    )
    async with house.signed_in("other") as client:
        for access in MATRIX:
            if access.strangers != 404:
                continue
            theirs, none = await access.send(client, things), await access.send(client, nothing)
            assert theirs.status_code == none.status_code == 404, access.path
            if theirs.headers["content-type"] == "application/json":
                assert theirs.json()["message"] == none.json()["message"], access.path


async def test_by_cookie_nothing_is_changed_from_another_site(house: House, things: Things) -> None:
    cookies = {name: f"access_token={await house.token(name, 'browser')}" for name in ("owner", "admin")}
    for access in MATRIX:
        if access.method in ("GET", "HEAD", "*") or access.path == "/api/auth/token":
            continue
        cookie = cookies["owner" if access.admin is None else "admin"]
        for origin in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}):
            async with house.visitor(Cookie=cookie, **origin) as client:
                assert (await access.send(client, things)).status_code == 403, (access.path, origin)
        async with house.visitor(Cookie=cookie, Origin="http://test") as client:
            assert (await access.send(client, things)).status_code != 403, access.path


async def test_one_who_loses_a_library_loses_its_citations_too(house: House, things: Things) -> None:
    async with house.signed_in("viewer") as client:
        answer = (await asked(client, LEAVE)).json()
        address = answer["citations"][0]["url"].replace("/cite/", "/api/citations/")
        assert (await client.get(address)).status_code == 200
        async with house.database.transaction() as session:
            member = await house.accounts.principal_of_user("viewer")
            everyone_elses = LibraryMember.library_id != member.personal_library_id
            await session.execute(delete(LibraryMember).where(LibraryMember.user_id == member.user_id, everyone_elses))
        assert (await client.get(address)).status_code == 404
        assert (await client.get(answer["citations"][0]["url"])).status_code == 404
