"""Attacks over HTTP: routes that should not exist, requests of other sites, other people's things, uploads."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import psutil
import pytest

from chat.hardening import routes, sockets
from core.access import Principal
from core.settings import UploadSettings
from ingestion.documents.quotas import Quota
from tests.http.attacks.conftest import Door


def chainlit_routes() -> set[tuple[str, str]]:
    from chainlit.server import app
    from starlette.routing import Route

    return {
        (method, route.path)
        for route in app.routes
        if isinstance(route, Route)
        for method in route.methods or ()
        if (method, route.path) != ("HEAD", "/public")
    }


async def test_every_route_of_chainlit_is_known(door: Door) -> None:
    """A new version of Chainlit brings new routes: each must be looked at before it is opened."""
    known = {(route.method, route.path) for route in routes.OPEN} | routes.CLOSED
    unknown = chainlit_routes() - known
    assert not unknown
    assert not {path for _, path in chainlit_routes()} & {"/docs", "/redoc", "/openapi.json"}


async def test_every_event_of_chainlit_is_known(door: Door) -> None:
    """The same for socket events."""
    assert set(sockets._chainlit_handlers) == sockets.REPLACED | sockets.UNCHANGED | sockets.CLOSED
    from chainlit.server import sio

    assert set(sio.handlers["/"]) == sockets.REPLACED | sockets.UNCHANGED


async def test_closed_routes_are_closed(door: Door, alice: Principal) -> None:
    """S3, S8: elements, actions, MCP, OAuth, sharing, avatars, Copilot, files, documentation."""
    async with door.person("alice") as client:
        for method, path in routes.CLOSED - {("GET", "/{full_path:path}")}:
            concrete = re.sub(r"\{\w+(:\w+)?\}", str(uuid4()), path)
            body: dict[str, str] | None = {} if method in ("PUT", "POST", "DELETE") else None
            answer = await client.request(method, concrete, json=body)
            is_elsewhere = bool(routes.methods_of(concrete))  # "share" could be a thread's name: for GET it is one
            assert answer.status_code == (405 if is_elsewhere else 404), path
            assert method not in answer.headers.get("allow", ""), path


UNKNOWN = (
    "/docs",
    "/redoc",
    "/openapi.json",
    "/env",
    "/share/x",
    "/element/x",
    "/nowhere",
    "/admin/nowhere",
    "/thread/a/b",
    "//evil.example",
)


async def test_unknown_paths_are_not_the_page(door: Door) -> None:
    """Chainlit answers any path with its page; here it is a 404, for people and for programs."""
    async with door.visitor() as client:
        for path in UNKNOWN:
            answer = await client.get(door.url + path, headers={"accept": "text/html"})
            assert answer.status_code == 404, path
            assert "nothing here" in answer.text
            assert "content-security-policy" in answer.headers
            assert (await client.get(door.url + path)).status_code == 404


SIGNED_IN = [(route.method, route.path) for route in routes.OPEN if route.access is routes.Access.SIGNED_IN]


async def test_nothing_without_a_sign_in(door: Door, alice: Principal) -> None:
    """S9: no cookie, a forged one, an ended one, or a token of the API: 401."""
    token = await door.house.token("alice", "api")
    async with door.person("alice") as client:
        ended = client.cookies["access_token"]
        await client.post("/logout")
    presented: tuple[dict[str, str], ...] = (
        {},
        {"cookie": "access_token=a.b.c"},
        {"cookie": f"access_token={ended}"},
        {"authorization": f"Bearer {token}"},
        {"authorization": f"Bearer {ended}"},
    )
    async with door.visitor() as client:
        for method, path in SIGNED_IN:
            for headers in presented:
                answer = await client.request(method, path.replace("{thread_id}", str(uuid4())), headers=headers)
                assert answer.status_code == 401, (path, headers)


FOREIGN: tuple[dict[str, str], ...] = (
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"sec-fetch-site": "cross-site"},
    {},
)
CHANGING = [(route.method, route.path) for route in routes.OPEN if route.method not in ("GET", "HEAD")]


async def test_requests_of_other_sites_change_nothing(door: Door, alice: Principal) -> None:
    """S7: a page of another site, or a program that says nothing of where it comes from, with the person's cookie."""
    async with door.person("alice") as client:
        del client.headers["origin"]
        for method, path in CHANGING:
            for headers in FOREIGN:
                answer = await client.request(method, path, headers=headers)
                assert answer.status_code == 403, (path, headers)
        client.headers["origin"] = door.url
        assert (await client.get("/user")).status_code == 200


async def test_no_origin_is_reflected(door: Door) -> None:
    """S7: CORS reflected any origin, with credentials."""
    async with door.visitor(origin="https://evil.example") as client:
        for answer in (
            await client.get("/auth/config"),
            await client.request("OPTIONS", "/user", headers={"access-control-request-method": "GET"}),
        ):
            assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_headers(door: Door, alice: Principal) -> None:
    """S8, S12, B8: what may load, who may frame, what is kept – and no other host in the page."""
    async with door.visitor() as client:
        page = await client.get("/login")
        script = await client.get("/public/custom.js")
        settings = await client.get("/project/settings")
    policy = page.headers["content-security-policy"]
    assert "unsafe-eval" not in policy
    assert "img-src 'self' data: blob:" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self' 'sha256-" in policy
    assert "https://" not in page.text
    assert "http://" not in page.text
    assert page.headers["x-frame-options"] == "DENY"
    for answer in (page, script, settings):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "content-security-policy" in answer.headers
    assert settings.headers["cache-control"] == "no-store"


async def test_the_page_is_made_once(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """B8: the template was read and filled in at every request."""
    monkeypatch.setattr("chainlit.server.get_html_template", lambda _: pytest.fail("made again"))
    async with door.visitor() as client:
        assert (await client.get("/")).text == (await client.get(f"/thread/{uuid4()}")).text


async def test_cookies(door: Door, alice: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    """S8: HttpOnly and SameSite always, Secure by setting; nobody plants a cookie."""
    async with door.visitor() as client:
        answer = await client.post("/login", data={"username": "alice", "password": "correct horse"})
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" not in cookie
        planted = await client.post("/set-session-cookie", json={"session_id": "x"})
        assert planted.status_code == 404
        assert "set-cookie" not in planted.headers
    from chat.install import _configure

    said = {"session": door.house.settings.session.model_copy(update={"cookie_secure": True})}
    for changed in (said, {"public_url": "https://fn.example.org"}):
        _configure(door.house.settings.model_copy(update=changed))
        async with door.visitor() as client:
            answer = await client.post("/login", data={"username": "alice", "password": "correct horse"})
        assert "Secure" in answer.headers["set-cookie"]
    _configure(door.house.settings)


async def test_a_page_of_another_name_signs_nobody_in(door: Door, alice: Principal) -> None:
    """A name of another site that points here: for the browser, that site's page and this server are one."""
    host = f"rebind.evil.example:{door.url.rpartition(':')[2]}"
    headers = {"host": host, "origin": f"http://{host}"}
    form = {"username": "alice", "password": "correct horse"}
    async with door.visitor(**headers) as client:
        refused = [await client.post("/login", data=form), await client.post("/api/auth/token", data=form)]
        refused += [await client.get("/"), await client.get("/api/auth/me"), await client.get("/public/custom.js")]
        assert (await client.get("/health/live")).status_code == 200
    for answer in refused:
        assert answer.status_code == 421
        assert "FOOTNOTE_PUBLIC_URL" in answer.json()["message"]
        assert "set-cookie" not in answer.headers


async def test_guessing_passwords_is_throttled(door: Door, alice: Principal) -> None:
    """S8: two hundred tries took a fifth of a second."""
    async with door.visitor() as client:
        tries = [await client.post("/login", data={"username": "alice", "password": f"wrong {n}"}) for n in range(12)]
    assert tries[0].status_code == 401
    assert tries[0].json()["detail"] == "The name or the password is wrong."
    assert tries[-1].status_code == 429
    assert int(tries[-1].headers["retry-after"]) > 0
    assert tries[-1].json()["retry_after"] > 0


async def test_logout_ends_the_sign_in_everywhere(door: Door, alice: Principal) -> None:
    """S9: the cookie was cleared, and worked for two more weeks."""
    async with door.person("alice") as client:
        cookie = client.cookies["access_token"]
        answer = await client.post("/logout")
        assert answer.status_code == 200
        assert "access_token" not in client.cookies
    async with door.visitor() as thief:
        assert (await thief.get("/user", headers={"cookie": f"access_token={cookie}"})).status_code == 401


async def test_a_disabled_user_is_not_made_again(door: Door, alice: Principal) -> None:
    """S9: a user missing from the tables was created anew from the cookie."""
    async with door.person("alice") as client:
        await door.house.accounts.disable_user("alice")
        assert (await client.get("/user")).status_code == 401


async def conversation(door: Door, client: httpx.AsyncClient) -> tuple[str, str]:
    """A thread with one answer; returns its id and that of the run above the answer."""
    page = await door.page(client)
    await page.ask("mine")
    thread_id = await page.thread_id()
    await page.answered()
    await door.runtime.flush()
    answer = page.all("new_message")[-1]
    return thread_id, answer["parentId"]


async def test_feedback_on_the_answers_of_others(door: Door, alice: Principal, mallory: Principal) -> None:
    """S2: anyone could set and delete anyone's feedback."""
    async with door.person("alice") as client:
        thread_id, run_id = await conversation(door, client)
        feedback = {"forId": run_id, "threadId": thread_id, "value": 1, "comment": "good"}
        given = await client.put("/feedback", json={"feedback": feedback, "sessionId": "x"})
        assert given.status_code == 200, given.text
        feedback_id = given.json()["feedbackId"]
    async with door.person("mallory") as client:
        assert (
            await client.put("/feedback", json={"feedback": {**feedback, "value": 0}, "sessionId": "x"})
        ).status_code == 404
        await client.request("DELETE", "/feedback", json={"feedbackId": feedback_id})
    async with door.person("alice") as client:
        thread = (await client.get(f"/project/thread/{thread_id}")).json()
    rated = [step["feedback"] for step in thread["steps"] if step.get("feedback")]
    assert rated
    assert all(one["value"] == 1 and one["comment"] == "good" for one in rated)


async def test_threads_of_others(door: Door, alice: Principal, mallory: Principal) -> None:
    """Reading, renaming, deleting: 404 or 401, and nothing changes."""
    async with door.person("alice") as client:
        thread_id, _ = await conversation(door, client)
    async with door.person("mallory") as client:
        answers = [
            await client.get(f"/project/thread/{thread_id}"),
            await client.put("/project/thread", json={"threadId": thread_id, "name": "hers"}),
            await client.request("DELETE", "/project/thread", json={"threadId": thread_id}),
        ]
        listed = await client.post(
            "/project/threads", json={"pagination": {"first": 20}, "filter": {"userId": str(alice.user_id)}}
        )
    assert {answer.status_code for answer in answers} <= {401, 404}
    assert listed.json()["data"] == []
    async with door.person("alice") as client:
        assert (await client.get(f"/project/thread/{thread_id}")).json()["name"] == "mine"


async def test_a_missing_thread_is_no_fault_of_ours(door: Door, alice: Principal) -> None:
    async with door.person("alice") as client:
        assert (await client.get(f"/project/thread/{uuid4()}")).status_code == 404
        assert (await client.get("/project/thread/nonsense")).status_code == 404


# Uploads


async def test_files_for_the_session_of_another(door: Door, alice: Principal, mallory: Principal) -> None:
    """S13: a file goes only where its sender's own page is."""
    async with door.person("alice") as hers, door.person("mallory") as his:
        page = await door.page(hers)
        for session_id in (page.session_id, str(uuid4()), "../x", ""):
            answer = await his.post(f"/project/file?session_id={session_id}", files={"file": ("a.txt", b"words")})
            assert answer.status_code == 404
    assert not list((door.house.settings.var_dir / "uploads").glob("*/*"))


async def test_a_file_that_comes_before_its_page_is_connected_is_kept(door: Door, alice: Principal) -> None:
    """A person drops a file while the page is still opening its socket: it used to be lost, and the question was asked without it."""
    session_id = str(uuid4())
    async with door.person("alice") as client:
        sending = asyncio.create_task(
            client.post(f"/project/file?session_id={session_id}", files={"file": ("a.txt", b"words")})
        )
        await asyncio.sleep(0.3)
        assert not sending.done()
        await door.page(client, session_id=session_id)
        assert (await sending).status_code == 200


SENT: list[tuple[str, bytes, str, int]] = [
    ("fake.pdf", b"MZ\x90\x00" + b"\x00" * 500, "application/pdf", 415),
    ("archive.docx", b"PK\x03\x04" + b"\x00" * 500, "text/plain", 415),
    ("empty.txt", b"", "text/plain", 422),
    ("notes.pdf", b"only words, whatever it is called", "application/pdf", 415),
    ("notes", b"only words, whatever it is called", "application/pdf", 200),
    ("x.html", b"<html><script>alert(1)</script></html>", "image/png", 200),
]


async def test_bytes_decide_not_names(door: Door, alice: Principal) -> None:
    """S13: type and extension came from the browser. Nothing that is sent is ever served back from here."""
    from chainlit.session import WebsocketSession

    async with door.person("alice") as client:
        for name, content, declared, status in SENT:
            page = await door.page(client)
            address = f"/project/file?session_id={page.session_id}"
            answer = await client.post(address, files={"file": (name, content, declared)})
            assert answer.status_code == status, answer.text
            session = WebsocketSession.get_by_id(page.session_id)
            assert session is not None
            kept = list(session.files.values())
            assert len(kept) == (1 if status == 200 else 0)
            for file in kept:
                assert file["type"].startswith("text/")
                assert Path(file["path"]).suffix == ""
                assert (await client.get(f"/project/file/{file['id']}?session_id={page.session_id}")).status_code == 404
            assert len(list((door.house.settings.var_dir / "uploads" / page.session_id).iterdir())) == len(kept)


async def test_a_name_is_no_path(door: Door, alice: Principal) -> None:
    from chainlit.session import WebsocketSession

    async with door.person("alice") as client:
        page = await door.page(client)
        await client.post(
            f"/project/file?session_id={page.session_id}", files={"file": ("..\\..\\x/../../app.py", b"words")}
        )
        session = WebsocketSession.get_by_id(page.session_id)
        assert session is not None
        kept = next(iter(session.files.values()))
    assert kept["name"] == "app.py"
    assert Path(kept["path"]).parent == (door.house.settings.var_dir / "uploads" / page.session_id).resolve()


async def test_a_large_file_is_cut_off_and_never_held(door: Door, alice: Principal) -> None:
    """S13: 300 MB stood in memory before anyone asked how much it was."""
    limit = door.house.settings.upload.max_bytes
    piece = os.urandom(1024**2).replace(b"\0", b"x")
    body_start = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n'
    )
    process = psutil.Process()
    peak = before = process.memory_info().rss

    async def body() -> AsyncIterator[bytes]:
        nonlocal peak
        yield body_start
        for _ in range(limit // len(piece) + 8):
            yield piece
            peak = max(peak, process.memory_info().rss)

    async with door.person("alice") as client:
        page = await door.page(client)
        address = f"/project/file?session_id={page.session_id}"
        answer = await client.post(address, content=body(), headers={"content-type": "multipart/form-data; boundary=b"})
    assert answer.status_code == 413
    assert "MB" in answer.json().get("detail", answer.text)
    assert peak - before < 40 * 1024**2
    assert not list((door.house.settings.var_dir / "uploads").glob("*/*"))


BROKEN = [
    b"",
    b"nonsense",
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nwords',
    b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nwords\r\n--b--\r\n',
]


async def test_broken_uploads(door: Door, alice: Principal) -> None:
    async with door.person("alice") as client:
        page = await door.page(client)
        address = f"/project/file?session_id={page.session_id}"
        for body in BROKEN:
            answer = await client.post(
                address, content=body, headers={"content-type": "multipart/form-data; boundary=b"}
            )
            assert answer.status_code == 422, body
        assert (await client.post(address, json={})).status_code == 422


async def test_uploads_are_counted(door: Door) -> None:
    """S13: and no page hoards files."""
    await door.house.make_user("collector")
    async with door.person("collector") as client:
        page = await door.page(client)
        address = f"/project/file?session_id={page.session_id}"
        most = door.house.settings.upload.max_files * 2
        for _ in range(most):
            assert (await client.post(address, files={"file": ("a.txt", b"words")})).status_code == 200
        assert (await client.post(address, files={"file": ("a.txt", b"words")})).status_code == 413


async def test_files_that_are_attached_and_not_sent_count(door: Door) -> None:
    """On all pages of a person together: in number, and towards the room for their files."""
    ingestion = door.house.ingestion
    ingestion._quota = Quota(door.house.database, ingestion._blobs, UploadSettings(user_bytes=50_000))
    await door.house.make_user("hoarder")
    async with door.person("hoarder") as client:
        pages = [await door.page(client) for _ in range(2)]
        addresses = [f"/project/file?session_id={page.session_id}" for page in pages]
        sent = [await client.post(address, files={"file": ("a.txt", b"word " * 6000)}) for address in addresses]
    assert [answer.status_code for answer in sent] == [200, 413]
    assert "You have room for" in sent[1].json()["message"]


async def test_files_are_read_from_the_store_that_is_ours(door: Door, alice: Principal) -> None:
    """No path traversal through the static routes."""
    async with door.visitor() as client:
        for path in (
            "/public/..%2fapp.py",
            "/public/%2e%2e/app.py",
            "/assets/..%2f..%2fserver.py",
            "/public//etc/passwd",
        ):
            answer = await client.get(path)
            assert answer.status_code in (400, 404)
            assert "import" not in answer.text


async def test_the_translation_says_what_numbers_are_for(door: Door) -> None:
    async with door.visitor() as client:
        texts = (await client.get("/project/translations?language=en-US")).json()["translation"]
    assert "Every number opens the page" in texts["chat"]["watermark"]
