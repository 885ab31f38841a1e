"""Bad input to every route of both doors is an answer below 500, in the one shape, and one short line in the log."""

import json
import os
import random
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from structlog.testing import capture_logs

from core.access import Principal
from tests.http.attacks.conftest import Door
from tests.http.attacks.test_doors import PEOPLES, client_of, faults_of_body, routes_of
from tests.http.conftest import BASE

LOG_CHARS = 1500  # of one request, all its lines together
DEEP = b"[" * 100_000
LONG = "x" * 300
MOST_OF_A_ROUTE = 20  # of some hundred bad requests to each, always the same ones; FOOTNOTE_TEST_ALL=1 sends them all

# Parts of an address, as they are sent.
SEGMENTS = (
    *(
        "%00",
        LONG,
        "a%00b",
        "%ff%fe",
        "%ed%a0%80",
        "..",
        "%2e%2e%2f",
        "%0d%0aX:1",
        "-1",
        "0",
        "2147483648",
        "9" * 30,
        "9" * 5000,
    ),
    *("NaN", "null", "%25%30%30", "%F0%9F%98%80", "a" * 5000, "%5c", "%7f", "1e400", "%20", "%E2%80%AE"),
)
QUERIES = (
    "%00",
    "%ff",
    "9" * 30,
    "-1",
    "NaN",
    "1e400",
    LONG,
    "%ed%a0%80",
    "&&&=",
    "[]",
    "%F0%9F%98%80",
    "2147483648",
    "",
)
QUERY_NAMES = ("limit", "cursor", "search", "chunk", "width", "days", "state", "session_id", "language", "theme")
HEADERS: tuple[dict[str, bytes], ...] = (
    {"range": b"bytes=0-" + b"9" * 5000},
    {"range": b"bytes=" + b"9" * 5000 + b"-"},
    {"range": b"bytes=-" + b"9" * 5000},
    {"range": b"bytes=\xff-\xfe"},
    {"last-event-id": b"9" * 5000},
    {"if-none-match": b"\xff" * 100},
    {"authorization": b"Bearer " + b"\xff" * 50},
    {"authorization": b"Basic " + b"x" * 5000},
    {"cookie": b"access_token=\xff; access_token_0=a.b.c"},
    {"accept-language": b"\xff\x00"[:1] * 500},
    {"accept": b";;;,,,q=NaN"},
    {"content-length": b"9" * 5000},
    {"if-modified-since": b"Mon, 99 Foo 99999 99:99:99 GMT"},
    {"x-forwarded-for": b"\xff, , [::"},
    {"prefer": b"respond-async; wait=" + b"9" * 400},
    {"content-type": b"application/json; charset=\xff"},
)
BODIES: tuple[tuple[str, bytes], ...] = (
    ("application/json", DEEP),
    ("application/json", b'{"a":' * 100_000),
    ("application/json", b"\xff\xfe\x00"),
    ("application/json", b"NaN"),
    ("application/json", b"9" * 5000),
    ("application/json", b"null"),
    ("application/json", b"[]"),
    ("application/json", b'"\\ud800"'),
    ("application/json", b""),
    ("application/json; charset=nonsense", b"{}"),
    ("text/plain", b"x"),
    ("application/x-www-form-urlencoded", b"username=%00&password=%ff"),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(5000))),
    ("application/x-www-form-urlencoded", b"username=" + b"a" * 1_200_000),
    ("multipart/form-data", b"x"),
    ("multipart/form-data; boundary=", b"--\r\n"),
    ("multipart/form-data; boundary=" + "b" * 3000, b"x"),
    ("multipart/form-data; boundary=\xff", b"x"),
    ("multipart/form-data; boundary=b", b"--b\r\n" + b"X: y\r\n" * 5000 + b"\r\n"),
    (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="username"; filename="x"\r\n\r\nx\r\n--b--',
    ),
    ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n\x00\r\n--b--\r\n'),
    ("multipart/form-data; boundary=b", b"--b\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n+AGE-\r\n--b--\r\n"),
)
VALUES = (
    *("null", "true", "-1", "0", "2147483648", "9223372036854775808", "9" * 400, "1e400", "-1e400", "NaN", "Infinity"),
    *('"\\ud800"', '"\\u0000"', '""', '"x"', json.dumps("x" * 100_000), "[]", "{}", "[null]", '{"a":{}}'),
    *(json.dumps(str(uuid4())), '"0001-01-01T00:00:00Z"', '"99999-99-99"', "[" * 500 + "]" * 500),
)
# Bodies of Chainlit's routes and ours in front of it; those of the HTTP API are read from its schema.
CHAT_BODIES: dict[str, dict[str, Any]] = {
    "/project/threads": {
        "pagination": {"first": 10, "cursor": None},
        "filter": {"search": "x", "feedback": 1, "userId": "x"},
    },
    "/project/thread": {"threadId": str(uuid4()), "name": "a name"},
    "/feedback": {
        "feedback": {"forId": str(uuid4()), "value": 1, "comment": "x", "id": None, "threadId": "x"},
        "feedbackId": "x",
    },
    "/login": {"username": "alice", "password": "x"},
    "/logout": {},
}


def addresses(path: str, ids: dict[str, str], chance: random.Random) -> Iterator[bytes]:
    """A route's address, and that with odd parts in the place of its parameters, and with odd queries."""
    parts = [piece.partition("}") for piece in path.split("{")]
    names = [name for name, brace, _ in parts if brace]

    def filled(odd_at: int, odd: str) -> str:
        values = [odd if n == odd_at else ids.get(name, "1") for n, name in enumerate(names)]
        return parts[0][0] + "".join(value + rest for value, (_, _, rest) in zip(values, parts[1:], strict=True))

    yield filled(-1, "").encode()
    for at in range(len(names)):
        yield from (filled(at, odd).encode() for odd in SEGMENTS)
    for odd in QUERIES:
        pairs = "&".join(f"{name}={odd}" for name in chance.sample(QUERY_NAMES, 4))
        yield f"{filled(-1, '')}?{pairs}".encode()


def changed(body: Any) -> Iterator[str]:
    """A body as JSON with each of its values replaced by each odd one."""
    text = json.dumps(body)
    for leaf in leaves(body):
        marked = json.dumps(replaced(body, leaf, "@@"))
        yield from (marked.replace('"@@"', value) for value in VALUES)
    yield text


def leaves(body: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in body.items() if isinstance(body, dict) else ():
        yield (*at, name)
        yield from leaves(value, (*at, name))


def replaced(body: Any, at: tuple[str, ...], value: Any) -> Any:
    if not at:
        return value
    return {name: replaced(one, at[1:], value) if name == at[0] else one for name, one in body.items()}


def body_of(door: Door, method: str, path: str) -> dict[str, Any] | None:
    """An ordinary body of a route; None where it takes none."""
    if path in CHAT_BODIES:
        return CHAT_BODIES[path]
    schema = door.app.openapi()
    operation = schema["paths"].get(path, {}).get(method.lower(), {})
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return {"username": "alice", "password": "x"} if path.endswith("/token") else None
    body = example(content["schema"], schema["components"]["schemas"])
    return body if isinstance(body, dict) else None


def example(schema: dict[str, Any], named: dict[str, Any], depth: int = 0) -> Any:
    """A value that a schema takes, so that one odd value in it comes as far as it can."""
    if "$ref" in schema:
        return example(named[schema["$ref"].rpartition("/")[2]], named, depth)
    for kinds in ("anyOf", "oneOf", "allOf"):
        if kinds in schema:
            return example(schema[kinds][0], named, depth)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {}) if depth < 5 else {}
            return {name: example(one, named, depth + 1) for name, one in properties.items()}
        case "array":
            return [example(schema.get("items", {}), named, depth + 1)]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case _:
            return str(uuid4()) if schema.get("format") == "uuid" else "a word" + "!" * schema.get("minLength", 0)


def some_of(door: Door, method: str, path: str, ids: dict[str, str], chance: random.Random) -> list[httpx.Request]:
    """Bad requests to a route, of every kind."""
    every = list(requests_to(door, method, path, ids, chance))
    if "FOOTNOTE_TEST_ALL" in os.environ or len(every) <= MOST_OF_A_ROUTE:
        return every
    return chance.sample(every, MOST_OF_A_ROUTE)


def requests_to(
    door: Door, method: str, path: str, ids: dict[str, str], chance: random.Random
) -> Iterator[httpx.Request]:
    """All bad requests to a route."""

    def made(address: bytes, content: bytes = b"", **headers: Any) -> httpx.Request:
        sent = {"origin": BASE, **headers}
        url = httpx.URL(BASE).copy_with(raw_path=address)
        return httpx.Request(method, url, content=content, headers=list(sent.items()))

    plain, *odd = addresses(path, ids, chance)
    yield from (made(address) for address in odd)
    for headers in HEADERS:
        yield made(plain, **headers)
    if method in ("GET", "HEAD"):
        return
    for kind, content in BODIES:
        yield made(plain, content, **{"content-type": kind.encode("latin-1")})
    if (body := body_of(door, method, path)) is not None:
        for text in changed(body):
            yield made(plain, text.encode(), **{"content-type": "application/json"})


def fault(response: httpx.Response, logged: int) -> str | None:
    """What is wrong with an answer."""
    request = response.request
    what = f"{request.method} {request.url.raw_path[:80]!r} {request.content[:80]!r} {dict(request.headers).get('content-type')}"
    if response.status_code >= 500 and not (response.status_code == 503 and "retry-after" in response.headers):
        return f"{response.status_code}: {what}"
    if response.status_code >= 400 and request.method != "HEAD":
        is_page = response.headers.get("content-type", "").startswith("text/html")
        if is_page and request.url.path.startswith(PEOPLES):
            return None
        is_json = response.headers.get("content-type") == "application/json"
        if not is_json or faults_of_body(response):
            return f"shape of {response.status_code}: {what}"
    if logged > LOG_CHARS:
        return f"{logged} characters in the log: {what}"
    return None


async def ids_of(door: Door, client: httpx.AsyncClient) -> dict[str, str]:
    """Ids of things that are there, so that bad input comes as far as it can."""
    document = await door.house.bring("alice")
    answer = (await client.post("/api/chat", json={"question": "How many days?"}, headers={"origin": BASE})).json()
    ids = {"document_id": str(document.id), "answer_run_id": answer["answer_run_id"], "thread_id": answer["thread_id"]}
    ids |= {"response_id": answer["answer_run_id"], "file_id": str(document.id), "vector_store_id": str(uuid4())}
    return {
        "model:path": "footnote",
        "job_id": str(uuid4()),
        "item_id": str(uuid4()),
        "key_id": str(uuid4()),
        "filename:path": "custom.js",
        **ids,
    }


@pytest.mark.timeout(3600 if "FOOTNOTE_TEST_ALL" in os.environ else 600)
@pytest.mark.parametrize("is_signed_in", [True, False])
async def test_no_bad_input_is_an_error_of_ours(door: Door, alice: Principal, is_signed_in: bool) -> None:
    chance, faults, count = random.Random(7), [], 0
    async with client_of(door) as client:
        client.headers["cookie"] = f"access_token={await door.house.token('alice', 'browser')}"
        ids = await ids_of(door, client)
        routes = sorted(set(routes_of(door)), key=lambda route: (route[0] == "DELETE", route))
        for method, path in routes:
            token = await door.house.token("alice", "browser") if is_signed_in else "none"
            client.headers["cookie"] = f"access_token={token}"  # anew for each route: some of them end the sign-in
            for request in some_of(door, method, path, ids, chance):
                for name, value in client.headers.items():
                    request.headers.setdefault(name, value)
                with capture_logs() as lines:
                    response = await client.send(request)
                count += 1
                found = fault(response, sum(len(repr(line)) for line in lines))
                if found:
                    faults.append(found)
    assert count > 1000
    assert not faults, f"{len(faults)} of {count}:\n" + "\n".join(faults[:60])
