"""Who may do what: every person × every route. A route that is not listed here fails the test, so that none is forgotten.

The people: nobody (no sign-in), revoked (the owner's sign-in, ended), other (a stranger), admin (of the installation, a stranger to the
library), viewer and editor (members of the owner's library), grouped (in a group that has it as a viewer), owner. And programs with API
keys of the owner: read_key (with the scope ``read`` alone), expired_key, revoked_key.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import delete, update

from core.access import LibraryRole, Scope
from db.base import now
from db.models import ApiKey, LibraryMember
from tests.documents import HANDBOOK
from tests.http.conftest import BASE, LEAVE, NOBODYS, House, asked
from web.scopes import opening
from web.unknown import REST

PEOPLE = ("nobody", "revoked", "other", "admin", "viewer", "grouped", "editor", "owner")
KEYS = ("read_key", "expired_key", "revoked_key")
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
    key_id: UUID
    spare_id: UUID | None = None
    link_id: UUID = NOBODYS
    spare_link_id: UUID = NOBODYS


@dataclass(frozen=True)
class Access:
    """A route and the status that each person gets.

    Attributes:
        send: the request.
        viewer: status of a viewer, and of one who is a viewer by a group.
        editor: status of editor and owner.
        owner: status of the owner where it is another one than the editor's (things of one person alone).
        admin: status of the admin where it is another one than a stranger's (what is for admins).
        read_key: status of a key that may read, where it is another one than its owner's for GET and HEAD, and 403 for the rest.
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
    read_key: int | None = None

    def expected(self, person: str) -> int:
        if person in ("nobody", "revoked", "expired_key", "revoked_key"):
            return self.nobody
        if person == "read_key":
            is_opened = self.is_public or self.method in ("GET", "HEAD")
            return self.read_key or (self.expected("owner") if is_opened else 403)
        if person == "admin" and self.admin is not None:
            return self.admin
        if person in STRANGERS:
            return self.strangers
        if person == "owner" and self.owner is not None:
            return self.owner
        return self.viewer if person in ("viewer", "grouped") else self.editor

    @property
    def is_public(self) -> bool:
        """True when nobody is asked who they are."""
        return self.nobody == self.strangers


def get(path: str) -> Callable[[httpx.AsyncClient, Things], Awaitable[httpx.Response]]:
    return lambda client, things: client.get(path.format_map(vars(things)))


def post(path: str, **body: object) -> Callable[[httpx.AsyncClient, Things], Awaitable[httpx.Response]]:
    return lambda client, things: client.post(path.format_map(vars(things)), **body)  # type: ignore[arg-type]


def own_page(path: str, **data: str) -> Callable[[httpx.AsyncClient, Things], Awaitable[httpx.Response]]:
    """A form that needs no sign-in; of one of our own pages, unless the client says where it comes from, or is a browser."""

    def send(client: httpx.AsyncClient, things: Things) -> Awaitable[httpx.Response]:
        origin = {} if {"origin", "cookie"} & set(client.headers) else {"Origin": BASE}
        return client.post(path.format_map(vars(things)), data=data, headers=origin)

    return send


def own(status: int = 200) -> dict[str, int]:
    """Everyone signed in gets this: the route is about the caller."""
    return {"strangers": status, "viewer": status, "editor": status}


def private(status: int = 200) -> dict[str, int]:
    """Only the owner gets this; a member of the library is a stranger to the owner's conversation."""
    return {"strangers": 404, "viewer": 404, "editor": 404, "owner": status}


def admins(status: int = 200) -> dict[str, int]:
    """Only an admin gets this."""
    return {**own(403), "admin": status}


def console(status: int = 200) -> dict[str, int]:
    """Only an admin who has signed in gets this; no API key does."""
    return {**admins(status), "read_key": 403}


def patch_item(client: httpx.AsyncClient, _: Things) -> Awaitable[httpx.Response]:
    return client.patch(f"/api/review-items/{NOTHING}", json={"status": "triaged"})


def public(status: int = 200) -> dict[str, int]:
    """Even nobody gets this."""
    return {**own(status), "nobody": status}


def sign_in(client: httpx.AsyncClient, _: Things) -> Awaitable[httpx.Response]:
    return client.post(
        "/api/auth/token", data={"username": uuid4().hex, "password": "y"}
    )  # each a name of its own: tries are counted


def ask_in_thread(path: str) -> Callable[[httpx.AsyncClient, Things], Awaitable[httpx.Response]]:
    return lambda client, things: client.post(path, json={"question": LEAVE, "thread_id": things.thread_id})


def replace(client: httpx.AsyncClient, things: Things) -> Awaitable[httpx.Response]:
    fields = {"replaces": str(things.document_id)}
    return client.post("/api/documents", data=fields, files={"file": ("handbook.pdf", HANDBOOK)})


def bring(client: httpx.AsyncClient, things: Things) -> Awaitable[httpx.Response]:
    fields = {"library_id": str(things.library_id)}
    return client.post("/api/documents", data=fields, files={"file": ("handbook.pdf", HANDBOOK)})


def add_link(client: httpx.AsyncClient, things: Things) -> Awaitable[httpx.Response]:
    body = {"address": f"https://example.org/{uuid4()}", "library_id": str(things.library_id)}
    return client.post("/api/links", json=body)


def delete_key(client: httpx.AsyncClient, things: Things) -> Awaitable[httpx.Response]:
    return client.delete(f"/api/keys/{things.key_id}")


def complete(client: httpx.AsyncClient, things: Things) -> Awaitable[httpx.Response]:
    body = {"model": f"footnote/{things.library_id}", "messages": [{"role": "user", "content": LEAVE}]}
    return client.post("/v1/chat/completions", json=body)


def respond(client: httpx.AsyncClient, things: Things) -> Awaitable[httpx.Response]:
    return client.post("/v1/responses", json={"input": LEAVE, "previous_response_id": things.answer_run_id})


def delete_at(path: str) -> Callable[[httpx.AsyncClient, Things], Awaitable[httpx.Response]]:
    return lambda client, things: client.delete(path.format_map(vars(things)))


def message_of(response: httpx.Response) -> str:
    body = response.json()
    return str(body.get("error", body)["message"])


def patch(path: str, body: object) -> Callable[[httpx.AsyncClient, Things], Awaitable[httpx.Response]]:
    return lambda client, things: client.patch(path.format_map(vars(things)), json=body)


def put(path: str, body: object) -> Callable[[httpx.AsyncClient, Things], Awaitable[httpx.Response]]:
    return lambda client, things: client.put(path.format_map(vars(things)), json=body)


def remove(path: str) -> Callable[[httpx.AsyncClient, Things], Awaitable[httpx.Response]]:
    return lambda client, things: client.delete(path.format_map(vars(things)))


def move(client: httpx.AsyncClient, things: Things) -> Awaitable[httpx.Response]:
    return client.post(f"/api/documents/{things.document_id}/move", json={"library_id": str(things.library_id)})


def copy(client: httpx.AsyncClient, things: Things) -> Awaitable[httpx.Response]:
    return client.post(f"/api/documents/{things.document_id}/copy", json={"library_id": str(things.library_id)})


def rate(client: httpx.AsyncClient, things: Things) -> Awaitable[httpx.Response]:
    return client.post("/api/feedback", json={"answer_run_id": things.answer_run_id, "rating": "up"})


THREAD = "/api/threads/{thread_id}"
OPENED = "/admin/conversations/{thread_id}"
LINK = "/api/links/{link_id}"
LIBRARY = "/api/libraries/{library_id}"
GROUP = f"/api/groups/{NOTHING}"
PERSON = f"/admin/people/{NOTHING}"
DOCUMENT = "/api/documents/{document_id}"
EXPORTS, HOLDS = "/api/account/exports/{export_id}", "/admin/rights/holds/{hold_id}"
RESPONSE, FILE, STORE = "/v1/responses/{answer_run_id}", "/v1/files/{document_id}", "/v1/vector_stores/{library_id}"
RESPONSES, FILES, STORES = "/v1/responses/{response_id}", "/v1/files/{file_id}", "/v1/vector_stores/{vector_store_id}"
JOB = "/api/jobs/{job_id}"
RUN = "/api/answer-runs/{answer_run_id}"
STATUS, STATUS_OF = "/job-status/{job_id}", "/job-status/{answer_run_id}"
RESULT, RESULT_OF = "/result/{job_id}", "/result/{answer_run_id}"
CHANGING = {"viewer": 403}
CASES = "/admin/cases"
CASE_RUN = f"{CASES}/runs/{{run_id}}"
MATRIX = (
    Access("GET", "/api/docs", get("/api/docs"), **public()),
    Access("GET", "/api/docs/{name}", get("/api/docs/swagger-ui.css"), **public()),
    Access("GET", "/health/live", get("/health/live"), **public()),
    Access("HEAD", "/health/live", lambda client, _: client.head("/health/live"), **public()),
    Access("GET", "/health/ready", get("/health/ready"), **public(503)),
    Access("GET", "/metrics", get("/metrics"), **public(404)),  # off
    Access("HEAD", "/health/ready", lambda client, _: client.head("/health/ready"), **public(503)),
    Access("POST", "/api/auth/token", sign_in, **public(401)),
    Access("POST", "/api/auth/revoke", post("/api/auth/revoke", data={"token": "x"}), **public()),
    Access("GET", "/api/sso", get("/api/sso"), **public()),
    Access("GET", "/sso/login", get("/sso/login"), **public(404)),  # there is none
    Access("GET", "/sso/callback", get("/sso/callback"), **public(404)),
    Access("GET", "/sso/proxy", get("/sso/proxy"), **public(404)),
    Access("GET", "/api/auth/me", get("/api/auth/me"), **own()),
    Access("POST", "/api/auth/password", post("/api/auth/password", json={}), **own(422)),
    Access("GET", "/api/documents", get("/api/documents"), **own()),
    Access("GET", "/api/libraries", get("/api/libraries"), **own()),
    Access("GET", "/api/threads", get("/api/threads"), **own()),
    Access("GET", THREAD, get(THREAD), **private()),
    Access("GET", OPENED, get("/admin/conversations/{thread_id}"), **admins(), read_key=403),  # asks for a reason
    Access(
        "POST", f"{OPENED}/open", post("/admin/conversations/{thread_id}/open", data={"reason": "Why"}), **admins(303)
    ),
    Access("GET", OPENED, get("/admin/conversations/{thread_id}"), **admins(), read_key=403),
    Access("GET", f"{THREAD}/openings", get(f"{THREAD}/openings"), **private()),
    Access("PATCH", THREAD, patch(THREAD, {"name": "Leave"}), **private()),
    Access("GET", f"{THREAD}/export", get(f"{THREAD}/export?format=md"), **private()),
    Access("GET", f"{THREAD}/shares", get(f"{THREAD}/shares"), read_key=403, **private()),
    Access("POST", f"{THREAD}/shares", post(f"{THREAD}/shares"), **private(409)),  # links are turned off
    Access("DELETE", f"{THREAD}/shares/{{share_id}}", remove(f"{THREAD}/shares/{NOTHING}"), **own(404)),
    Access("GET", "/shared/{token}", get("/shared/nothing"), read_key=403, **own(404)),
    Access("GET", "/account/shares", get("/account/shares"), read_key=403, **own()),
    Access("POST", "/account/shares/{share_id}/revoke", post(f"/account/shares/{NOTHING}/revoke"), **own(404)),
    Access("POST", "/api/feedback", rate, **private(201)),
    Access("DELETE", "/api/feedback/{feedback_id}", remove(f"/api/feedback/{NOTHING}"), **own(404)),
    Access("POST", "/api/search", post("/api/search", json={"query": LEAVE}), read_key=200, **own()),
    Access("POST", "/api/libraries", post("/api/libraries", json={"name": "New"}), **own(201)),
    Access("GET", LIBRARY, get(LIBRARY)),
    Access("PATCH", LIBRARY, patch(LIBRARY, {"name": "x"}), viewer=403, editor=403, owner=409),  # it is a personal one
    Access("DELETE", LIBRARY, remove(LIBRARY), viewer=403, editor=403, owner=409),
    Access("GET", f"{LIBRARY}/members", get(f"{LIBRARY}/members")),
    Access(
        "PUT",
        f"{LIBRARY}/members",
        put(f"{LIBRARY}/members", {"username": "viewer", "role": "viewer"}),
        viewer=403,
        editor=403,
        owner=200,
    ),
    Access(
        "DELETE",
        f"{LIBRARY}/members/{{member_id}}",
        remove(f"{LIBRARY}/members/{NOTHING}"),
        viewer=403,
        editor=403,
        owner=404,
    ),
    Access("GET", "/api/groups", get("/api/groups"), **own()),
    Access("POST", "/api/groups", post("/api/groups", json={"name": "New"}), **admins(201)),
    Access("DELETE", "/api/groups/{group_id}", remove(GROUP), **admins(404)),
    Access("GET", "/api/groups/{group_id}/members", get(f"{GROUP}/members"), **admins(404)),
    Access("PUT", "/api/groups/{group_id}/members", put(f"{GROUP}/members", {"username": "viewer"}), **admins(404)),
    Access("DELETE", "/api/groups/{group_id}/members/{user_id}", remove(f"{GROUP}/members/{NOTHING}"), **admins(404)),
    Access("GET", "/library", get("/library"), **own()),
    Access("GET", "/keys", get("/keys"), **own(), read_key=403),
    Access("GET", "/api/keys", get("/api/keys"), **own(), read_key=403),
    Access("POST", "/api/keys", post("/api/keys", json={"name": "script", "scopes": ["read"]}), **own(201)),
    Access("DELETE", "/api/keys/{key_id}", delete_key, **private(204)),
    Access("POST", "/api/documents", bring, viewer=403, editor=202),
    Access("POST", "/api/documents", replace, viewer=403, editor=202),
    Access("GET", DOCUMENT, get(DOCUMENT)),
    Access("GET", f"{DOCUMENT}/guide", get(f"{DOCUMENT}/guide")),
    Access("GET", f"{DOCUMENT}/versions", get(f"{DOCUMENT}/versions")),
    Access("GET", f"{DOCUMENT}/file", get(f"{DOCUMENT}/file")),
    Access("GET", f"{DOCUMENT}/pages/{{number}}", get(f"{DOCUMENT}/pages/2?chunk={{chunk_id}}&width=200")),
    Access("GET", f"{DOCUMENT}/sections/{{number}}", get(f"{DOCUMENT}/sections/2")),
    Access("GET", "/api/links", get("/api/links?library_id={library_id}")),
    Access("POST", "/api/links", add_link, viewer=403, editor=202),
    Access("GET", LINK, get(LINK)),
    Access("POST", f"{LINK}/check", post(f"{LINK}/check"), viewer=403, editor=202),
    Access(
        "DELETE", LINK, remove("/api/links/{spare_link_id}"), viewer=403, editor=204, owner=404
    ),  # the editor was first
    Access("GET", "/api/jobs", get("/api/jobs"), **own()),
    Access("GET", JOB, get(JOB)),
    Access("GET", f"{JOB}/events", get(f"{JOB}/events")),
    Access("GET", "/jobs/{job_id}", get("/jobs/{job_id}")),
    Access("POST", f"{JOB}/cancel", post(f"{JOB}/cancel"), viewer=403),
    Access("POST", f"{JOB}/retry", post(f"{JOB}/retry"), viewer=403, editor=409),
    Access("POST", "/api/chat", ask_in_thread("/api/chat"), **private()),
    Access("POST", "/api/chat/stream", ask_in_thread("/api/chat/stream"), **private()),
    Access("POST", "/chat", ask_in_thread("/chat"), **private()),
    Access("POST", "/chat/stream", ask_in_thread("/chat/stream"), **private()),
    *(Access("GET", f"{prefix}{STATUS}", get(f"{prefix}{STATUS_OF}"), **private()) for prefix in ("", "/api")),
    *(Access("GET", f"{prefix}{RESULT}", get(f"{prefix}{RESULT_OF}"), **private()) for prefix in ("", "/api")),
    *(
        Access("POST", f"{prefix}{STATUS}/cancel", post(f"{prefix}{STATUS_OF}/cancel"), **private())
        for prefix in ("", "/api")
    ),
    Access("GET", f"{RUN}/events", get(f"{RUN}/events"), **private()),
    Access("POST", f"{RUN}/cancel", post(f"{RUN}/cancel"), **private()),
    Access("POST", "/api/chat/generate-questions", post("/api/chat/generate-questions", json={"count": 1}), **own()),
    Access(
        "GET", "/api/citations/{answer_run_id}/{number}", get("/api/citations/{answer_run_id}/{number}"), **private()
    ),
    Access("GET", "/cite/{answer_run_id}/{number}", get("/cite/{answer_run_id}/{number}"), **private()),
    Access("GET", RUN, get(RUN), **private()),
    Access("GET", f"{RUN}/chart.svg", get(f"{RUN}/chart.svg"), **private(404)),  # it has none
    Access("POST", f"{RUN}/review", post(f"{RUN}/review"), **private(409)),  # its documents support it
    Access("GET", "/answers/{answer_run_id}", get("/answers/{answer_run_id}"), **private()),
    Access("GET", "/api/review-items", get("/api/review-items"), **admins()),
    Access("POST", "/api/review-items/{item_id}/done", post(f"/api/review-items/{NOTHING}/done"), **admins(404)),
    Access("POST", "/api/review-items/{item_id}/reopen", post(f"/api/review-items/{NOTHING}/reopen"), **admins(404)),
    Access("GET", "/admin/conversations", get("/admin/conversations"), **admins(), read_key=403),
    Access("GET", "/account/openings", get("/account/openings"), **own(), read_key=403),
    Access("GET", "/admin/audit", get("/admin/audit"), **admins(), read_key=403),
    Access("POST", "/admin/audit/verify", post("/admin/audit/verify"), **admins(303)),
    Access("POST", "/admin/audit/export", post("/admin/audit/export"), **admins()),
    Access("GET", "/api/review-items/{item_id}", get(f"/api/review-items/{NOTHING}"), **admins(404)),
    Access("PATCH", "/api/review-items/{item_id}", patch_item, **admins(404)),
    Access("GET", "/reviews", get("/reviews"), **admins(308)),
    Access("GET", "/admin/reviews", get("/admin/reviews"), **console()),
    Access("POST", "/admin/reviews", post("/admin/reviews"), **console(422)),
    Access("GET", "/admin/reviews/{item_id}", get(f"/admin/reviews/{NOTHING}"), **console(404)),
    Access("POST", "/admin/reviews/{item_id}", post(f"/admin/reviews/{NOTHING}"), **console(404)),
    Access("POST", "/admin/reviews/{item_id}/again", post(f"/admin/reviews/{NOTHING}/again"), **console(404)),
    Access(
        "GET",
        "/admin/reviews/{item_id}/again/{answer_run_id}",
        get(f"/admin/reviews/{NOTHING}/again/{NOTHING}"),
        **console(404),
    ),
    Access("GET", CASES, get(CASES), **admins()),
    Access("POST", CASES, post(CASES), **admins(422)),
    Access("GET", f"{CASES}/new", get(f"{CASES}/new"), **admins()),
    Access("GET", f"{CASES}/export", get(f"{CASES}/export"), **admins()),
    Access("GET", f"{CASES}/import", get(f"{CASES}/import"), **admins()),
    Access("POST", f"{CASES}/import", post(f"{CASES}/import"), **admins(422)),
    Access("GET", f"{CASES}/{{case_id}}", get(f"{CASES}/{NOTHING}"), **admins(404)),
    Access("POST", f"{CASES}/{{case_id}}", post(f"{CASES}/{NOTHING}"), **admins(404)),
    Access("POST", f"{CASES}/{{case_id}}/delete", post(f"{CASES}/{NOTHING}/delete"), **admins(404)),
    Access("GET", f"{CASES}/runs", get(f"{CASES}/runs"), **admins()),
    Access("POST", f"{CASES}/runs", post(f"{CASES}/runs"), **admins(303)),  # says that there are none
    Access("GET", f"{CASES}/runs/compare", get(f"{CASES}/runs/compare?left={NOTHING}&right={NOTHING}"), **admins(404)),
    Access("GET", CASE_RUN, get(f"{CASES}/runs/{NOTHING}"), **admins(404)),
    Access("GET", f"{CASE_RUN}/progress", get(f"{CASES}/runs/{NOTHING}/progress"), **admins(404)),
    Access("POST", f"{CASE_RUN}/stop", post(f"{CASES}/runs/{NOTHING}/stop"), **admins(404)),
    Access("GET", "/api/usage", get("/api/usage"), **own()),
    Access("GET", "/api/usage/all", get("/api/usage/all"), **admins()),
    Access("GET", "/v1/models", get("/v1/models"), **own()),
    Access("GET", "/v1/models/{model:path}", get("/v1/models/footnote/{library_id}")),
    Access("POST", "/v1/chat/completions", complete),
    Access("POST", "/v1/responses", respond, **private()),
    Access("GET", RESPONSES, get(RESPONSE), **private()),
    Access("GET", RESPONSES, get(f"{RESPONSE}?stream=true"), **private()),
    Access("POST", f"{RESPONSES}/cancel", post(f"{RESPONSE}/cancel"), **private(400)),  # it was waited for
    Access("POST", "/v1/embeddings", post("/v1/embeddings", json={"input": "leave"}), read_key=200, **own()),
    Access("GET", "/v1/files", get("/v1/files"), **own()),
    Access("POST", "/v1/files", post("/v1/files", files={"file": ("bananas.txt", b"Bananas.")}), **own()),
    Access("GET", FILES, get(FILE)),
    Access("GET", f"{FILES}/content", get(f"{FILE}/content")),
    Access("DELETE", FILES, delete_at("/v1/files/{spare_id}"), viewer=403, owner=404),  # the editor was first
    Access("GET", "/v1/vector_stores", get("/v1/vector_stores"), **own()),
    Access("GET", STORES, get(STORE)),
    Access("GET", f"{STORES}/files", get(f"{STORE}/files")),
    Access("GET", f"{STORES}/files/{{file_id}}", get(f"{STORE}/files/{{document_id}}")),
    Access("POST", f"{STORES}/search", post(f"{STORE}/search", json={"query": LEAVE}), read_key=200),
    Access("POST", "/api/account/exports", post("/api/account/exports"), **own(202)),
    Access("GET", "/api/account/exports", get("/api/account/exports"), **own(), read_key=403),
    Access("GET", EXPORTS, get(f"/api/account/exports/{NOTHING}"), **own(404), read_key=403),
    Access("GET", f"{EXPORTS}/file", get(f"/api/account/exports/{NOTHING}/file"), **own(404), read_key=403),
    Access("GET", "/account/data", get("/account/data"), **own(), read_key=403),
    Access("POST", "/account/data/export", post("/account/data/export"), **own(303)),
    Access("POST", "/account/data/erase", post("/account/data/erase"), **own(409)),  # the box was not ticked
    Access("GET", "/erased", get("/erased?receipt=made-up"), **public(404)),
    Access("POST", "/erased", own_page("/erased", receipt="made up"), **public(404)),
    Access("GET", "/admin/rights", get("/admin/rights"), **admins()),
    Access("POST", "/admin/rights/holds", post("/admin/rights/holds"), **admins(422)),
    Access("POST", f"{HOLDS}/release", post(f"/admin/rights/holds/{NOTHING}/release"), **admins(404)),
    Access("POST", "/admin/rights/retention", post("/admin/rights/retention"), **admins(422)),
    Access("*", "/api/{rest:path}", get("/api/nothing/here"), **public(404)),
    Access("POST", f"{DOCUMENT}/move", move, viewer=403),  # to where it is
    Access("POST", f"{DOCUMENT}/copy", copy, viewer=403, editor=202),
    Access("GET", "/admin", get("/admin"), **admins(), read_key=403),
    Access("GET", "/admin/jobs", get("/admin/jobs"), **admins(), read_key=403),
    Access("GET", "/admin/jobs/live", get("/admin/jobs/live"), **admins(), read_key=403),
    Access("GET", "/admin/jobs/all", get("/admin/jobs/all?action=retry-failed"), **admins(), read_key=403),
    Access("POST", "/admin/jobs/all", post("/admin/jobs/all", data={"action": "retry-failed"}), **admins(303)),
    Access("POST", "/admin/jobs/{job_id}/stop", post("/admin/jobs/{job_id}/stop"), **admins(303)),
    Access("POST", "/admin/jobs/{job_id}/retry", post("/admin/jobs/{job_id}/retry"), **admins(303)),
    Access(
        "POST",
        "/admin/jobs/questions/{answer_run_id}/stop",
        post("/admin/jobs/questions/{answer_run_id}/stop"),
        **admins(303),
    ),
    # These come last: they take away what the others need.
    Access("POST", f"{DOCUMENT}/reindex", post(f"{DOCUMENT}/reindex"), viewer=403, editor=202, owner=409),
    Access("DELETE", RESPONSES, delete_at(RESPONSE), **private()),
    Access("DELETE", DOCUMENT, delete_at(DOCUMENT), viewer=403, editor=204, owner=404),  # the editor was first
    Access("DELETE", THREAD, remove(THREAD), **private(204)),
    Access("GET", "/admin/people", get("/admin/people"), **admins()),
    Access("POST", "/admin/people", post("/admin/people"), **admins(422)),
    Access("GET", "/admin/people/new", get("/admin/people/new"), **admins()),
    Access("GET", "/admin/people/import", get("/admin/people/import"), **admins()),
    Access("POST", "/admin/people/import", post("/admin/people/import"), **admins(422)),
    Access("POST", "/admin/people/import/run", post("/admin/people/import/run"), **admins(422)),
    Access("POST", "/admin/people/import/links", post("/admin/people/import/links"), **admins()),
    Access("GET", "/admin/people/{user_id}", get(PERSON), **admins(404)),
    *(
        Access("POST", f"/admin/people/{{user_id}}{action}", post(f"{PERSON}{action}"), **admins(404))
        for action in ("/disable", "/enable", "/end-sign-ins", "/link", "/link/take-back", "/groups")
    ),
    Access("POST", "/admin/people/{user_id}", post(PERSON), **admins(404)),
    Access(
        "POST",
        "/admin/people/{user_id}/groups/{group_id}/remove",
        post(f"{PERSON}/groups/{NOTHING}/remove"),
        **admins(404),
    ),
    Access("GET", "/admin/libraries", get("/admin/libraries"), **admins()),
    Access("POST", "/admin/libraries", post("/admin/libraries"), **admins(422)),
    Access("GET", "/admin/libraries/{library_id}", get("/admin/libraries/{library_id}"), **admins()),
    Access(
        "POST", "/admin/libraries/{library_id}/members", post("/admin/libraries/{library_id}/members"), **admins(422)
    ),
    Access(
        "POST",
        "/admin/libraries/{library_id}/members/{member_id}/remove",
        post(f"/admin/libraries/{{library_id}}/members/{NOTHING}/remove"),
        **admins(409),  # it is a personal one
    ),
    Access("GET", "/admin/groups", get("/admin/groups"), **admins()),
    Access("POST", "/admin/groups", post("/admin/groups"), **admins(422)),
    Access("GET", "/admin/groups/{group_id}", get(f"/admin/groups/{NOTHING}"), **admins(404)),
    Access("POST", "/admin/groups/{group_id}", post(f"/admin/groups/{NOTHING}", data={"name": "x"}), **admins(404)),
    Access("POST", "/admin/groups/{group_id}/delete", post(f"/admin/groups/{NOTHING}/delete"), **admins(404)),
    Access(
        "POST",
        "/admin/groups/{group_id}/people",
        post(f"/admin/groups/{NOTHING}/people", data={"username": "viewer"}),
        **admins(404),
    ),
    Access(
        "POST",
        "/admin/groups/{group_id}/people/{user_id}/remove",
        post(f"/admin/groups/{NOTHING}/people/{NOTHING}/remove"),
        **admins(404),
    ),
    Access("GET", "/admin/keys", get("/admin/keys"), **admins()),
    Access("POST", "/admin/keys/{key_id}/revoke", post(f"/admin/keys/{NOTHING}/revoke"), **admins(404)),
    Access("GET", "/account", get("/account"), **own(), read_key=403),
    Access("POST", "/account", post("/account", data={"display_name": "x"}), **own(303)),
    Access("GET", "/account/password", get("/account/password"), **own(), read_key=403),
    Access("POST", "/account/password", post("/account/password"), **own(422)),
    Access("GET", "/account/sign-ins", get("/account/sign-ins"), **own(), read_key=403),
    Access("POST", "/account/sign-ins/end-others", post("/account/sign-ins/end-others"), **own(303)),
    Access("POST", "/account/sign-ins/{session_id}/end", post(f"/account/sign-ins/{NOTHING}/end"), **own(404)),
    Access("GET", "/account/use", get("/account/use"), **own(), read_key=403),
    Access("GET", "/invite/{token}", get("/invite/x"), **public(404)),
    Access("POST", "/invite/{token}", own_page("/invite/x"), **public(404)),
    Access("POST", "/api/auth/logout", post("/api/auth/logout"), **own(204)),
    Access("POST", "/api/sso/logout", post("/api/sso/logout"), **own()),
)


@pytest.fixture
async def things(house: House) -> Things:
    owner = await house.make_user("owner")
    await house.make_user("other")
    await house.make_user("admin", "admin")
    for name in ("viewer", "editor"):
        await house.make_user(name)
        await house.share(owner, name, LibraryRole(name))
    await house.make_user("grouped")
    await house.share_with_group(owner, "grouped", LibraryRole.VIEWER)
    document = await house.bring("owner")
    spare = await house.bring("owner", b"Bananas are yellow.", "spare.txt")
    link = await house.services.sources.add(owner, "https://example.org/handbook")
    spare_link = await house.services.sources.add(owner, "https://example.org/spare")
    async with house.signed_in("owner") as client:
        answer = (await asked(client, LEAVE)).json()
        job = (await bring(client, Things(document.id, "", owner.personal_library_id, "", "", "", 0, NOBODYS))).json()[
            "job"
        ]
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
        key_id=(await house.make_key("owner")).id,
        spare_id=spare.id,
        link_id=link.link_id,
        spare_link_id=spare_link.link_id,
    )


async def headers_of(house: House, person: str) -> dict[str, str]:
    if person == "nobody":
        return {}
    if person.endswith("_key"):
        return {"Authorization": f"Bearer {await key_of(house, person)}"}
    token = await house.token("owner" if person == "revoked" else person)
    if person == "revoked":
        principal = await house.accounts.authenticate(token, kind="api")
        assert principal.session_id is not None
        await house.accounts.sign_out(principal.session_id)
    return {"Authorization": f"Bearer {token}"}


async def key_of(house: House, person: str) -> str:
    key = await house.make_key("owner", Scope.READ)
    owner = await house.accounts.principal_of_user("owner")
    if person == "revoked_key":
        await house.accounts.keys.revoke(owner, key.id)
    if person == "expired_key":
        async with house.database.transaction() as session:
            await session.execute(update(ApiKey).where(ApiKey.id == key.id).values(expires_at=now()))
    return key.key


def routes_of(house: House) -> Iterator[tuple[str, str]]:
    """Method and path of every route of the app; the fallback, which takes all methods, once."""
    for route in iter_route_contexts(house.app.routes):
        assert route.path is not None
        methods = {"*"} if route.path == REST else route.methods or {"MOUNT"}
        yield from ((method, route.path) for method in methods)


async def test_the_matrix_knows_every_route(house: House) -> None:
    assert {(access.method, access.path) for access in MATRIX} == set(routes_of(house))


async def test_every_route_says_what_opens_it(house: House) -> None:
    assert not [path for _, path in routes_of(house) if path != REST and opening(path) is None]


def test_what_is_public_is_so_in_both_tables() -> None:
    for access in MATRIX:
        row = opening(access.path)
        assert (row is None or row.is_public) == access.is_public, access.path


@pytest.mark.timeout(900)  # thousands of requests
async def test_everyone_gets_what_the_rule_says_at_every_route(house: House, things: Things) -> None:
    wrong = []
    people = {person: await headers_of(house, person) for person in (*PEOPLE, *KEYS)}
    for access in MATRIX:
        if access.path == "/api/sso/logout":  # the other one was before
            people = {person: await headers_of(house, person) for person in people}
        for person in people:
            async with house.visitor(**people[person]) as client:
                status = (await access.send(client, things)).status_code
            expected = access.expected(person)
            if status != expected:
                wrong.append((access.method, access.path, person, status, expected))
    assert not wrong


async def test_what_a_stranger_is_told_is_what_one_is_told_of_nothing(house: House, things: Things) -> None:
    nothing = Things(
        UUID(int=1), str(UUID(int=2)), UUID(int=3), str(UUID(int=4)), str(UUID(int=5)), str(UUID(int=6)), 1, UUID(int=7)
    )
    async with house.signed_in("other") as client:
        for access in MATRIX:
            if access.strangers != 404:
                continue
            theirs, none = await access.send(client, things), await access.send(client, nothing)
            assert theirs.status_code == none.status_code == 404, access.path
            if theirs.headers["content-type"] == "application/json":
                assert message_of(theirs) == message_of(none), access.path


async def test_by_cookie_nothing_is_changed_from_another_site(house: House, things: Things) -> None:
    cookies = {name: f"access_token={await house.token(name, 'browser')}" for name in ("owner", "admin")}
    for access in MATRIX:
        if access.method in ("GET", "HEAD", "*") or access.path in ("/api/auth/token", "/api/auth/revoke"):
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
