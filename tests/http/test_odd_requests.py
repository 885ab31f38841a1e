"""Requests that nobody sends by accident: always an answer in our shape, never a 500, never the chat's page."""

from tests.http.conftest import NOBODYS, House

SHAPE = {"status", "message", "fallback_used", "retry_after", "reference"}


NO_ROUTE = (
    ("GET", "/api/nothing", 404),
    ("PATCH", "/api/nothing/at/all", 404),
    ("GET", "/api/", 404),
    ("GET", "/api/documents/", 404),
    ("PUT", "/api/documents", 405),
    ("GET", "/api/chat", 405),
    ("DELETE", f"/api/jobs/{NOBODYS}/events", 405),
    ("GET", "/api/documents/nonsense", 404),
)
LARGE = "99999999999999999999"
ODD_PATHS = (
    "/api/documents?search=%00",
    "/api/documents?search=%25_%5C",
    "/api/documents?cursor=%00",
    "/api/documents?limit=0",
    f"/api/documents/{NOBODYS}/pages/-1",
    f"/api/documents/{NOBODYS}/pages/{LARGE}",
    f"/api/documents/{NOBODYS}/sections/{LARGE}",
    f"/api/citations/{NOBODYS}/{LARGE}",
)
ODD_BODIES = (
    ("/api/chat", rb'{"question": "\u0000"}'),
    ("/api/chat", rb'{"question": "a\u0000b?"}'),
    ("/api/chat", rb'{"question": "\ud800"}'),
    ("/api/chat", rb'{"question": "is this \ud800 so?"}'),
    ("/api/chat", b'{"question": "a", "thread_id": "x"}'),
    ("/api/chat", b"[" * 100_000),
    ("/api/chat", b"\xff\xfe"),
    ("/api/auth/token", rb'{"username": "\u0000", "password": "\ud800"}'),
    ("/api/auth/password", rb'{"old_password": "\ud800", "new_password": "' + rb"\u0000" * 8 + b'"}'),
)
SURROGATE = "\ud800.txt".encode("utf-8", "surrogatepass")
ODD_NAMES = (b"\x00.txt", b"a\x00b.txt", b"", b".", b"..", SURROGATE, b"x" * 5000 + b".txt")


async def test_an_address_without_a_route_is_json(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        for method, path, status in NO_ROUTE:
            response = await client.request(method, path)
            assert response.status_code == status, path
            assert set(response.json()) == SHAPE
            assert ("allow" in response.headers) == (status == 405)


async def test_odd_values_are_answered(house: House) -> None:
    await house.make_user("alice")
    async with house.signed_in("alice") as client:
        responses = [await client.get(path) for path in ODD_PATHS]
        for path, body in ODD_BODIES:
            headers = {"Content-Type": "application/json"}
            responses.append(await client.post(path, content=body, headers=headers, timeout=60))
    for response in responses:
        assert response.status_code < 500, response.text
        if response.status_code >= 400:
            assert set(response.json()) == SHAPE


async def test_odd_file_names_are_answered(house: House) -> None:
    await house.make_user("alice")
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    async with house.signed_in("alice") as client:
        for name in ODD_NAMES:
            head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="' + name + b'"\r\n\r\n'
            body = head + b"Some text that can be read." + b"\r\n--b--\r\n"
            response = await client.post("/api/documents", content=body, headers=headers)
            assert response.status_code in (202, 422), name
        assert (await client.get("/api/documents")).status_code == 200
