"""Files out of multipart bodies while they stream."""

import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from web import errors
from web.multipart import open_upload

BOUNDARY = b"x0x0x0"


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    extra = f'; filename="{filename}"' if filename is not None else ""
    head = f'--x0x0x0\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'
    return head.encode() + content + b"\r\n"


END = b"--x0x0x0--\r\n"


def request_of(pieces: list[bytes], content_type: str = "multipart/form-data; boundary=x0x0x0") -> Request:
    queue = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    queue.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> Any:
        return queue.pop(0)

    headers = [(b"content-type", content_type.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def read(pieces: list[bytes]) -> tuple[str, dict[str, str], bytes]:
    upload = await open_upload(request_of(pieces))
    return upload.filename, upload.fields, b"".join([piece async for piece in upload.content])


async def test_a_file_and_the_field_before_it() -> None:
    body = part("library_id", b"abc") + part("file", b"%PDF-1.7 \r\n--x0 not a boundary", "a b.pdf") + END
    assert await read([body]) == ("a b.pdf", {"library_id": "abc"}, b"%PDF-1.7 \r\n--x0 not a boundary")


@given(content=st.binary(max_size=300), step=st.integers(min_value=1, max_value=40))
async def test_bytes_come_out_as_they_went_in_however_the_network_cuts_them(content: bytes, step: int) -> None:
    body = part("file", content, "f.bin") + END
    if b"\r\n--x0x0x0" in content:
        return
    pieces = [body[start : start + step] for start in range(0, len(body), step)]
    assert (await read(pieces))[2] == content


async def test_a_name_in_any_script_survives() -> None:
    assert (await read([part("file", b"x", "отчёт 2026 – 報告.pdf") + END]))[0] == "отчёт 2026 – 報告.pdf"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (part("library_id", b"abc") + END, "no file"),
        (part("upload", b"x", "a.pdf") + END, "must be in the field"),
        (part("library_id", b"x" * 2000) + part("file", b"x", "a.pdf") + END, "too long"),
        (b"rubbish", "could not be read"),
        (b"", "no file"),
        (b"".join(part(f"field{n}", b"") for n in range(30)) + part("file", b"", "a") + END, "too many"),
    ],
)
async def test_what_is_no_upload_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        await read([body])


async def test_a_body_that_is_cut_off_is_an_error_at_its_end_and_not_a_shorter_file() -> None:
    whole = part("file", b"0123456789" * 100, "a.txt") + END
    with pytest.raises(Invalid, match="ended before"):
        await read([whole[:500]])


async def test_a_second_file_is_refused() -> None:
    with pytest.raises(Invalid, match="one file"):
        await read([part("file", b"x", "a.txt") + part("file", b"y", "b.txt") + END])


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "multipart/mixed; boundary=x0x0x0"])
async def test_another_kind_of_body_is_refused(kind: str) -> None:
    with pytest.raises(Invalid, match="multipart/form-data"):
        await open_upload(request_of([b"{}"], kind))


async def test_a_large_file_is_never_held() -> None:
    app = FastAPI()
    errors.register(app)

    @app.post("/upload")
    async def upload(request: Request) -> int:
        return sum([len(piece) async for piece in (await open_upload(request)).content])

    async def body() -> AsyncIterator[bytes]:
        yield part("file", b"", "big.bin").removesuffix(b"\r\n")
        for _ in range(1000):
            yield bytes(65536)
        yield b"\r\n" + END

    headers = {"Content-Type": "multipart/form-data; boundary=x0x0x0"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        tracemalloc.start()
        response = await client.post("/upload", content=body(), headers=headers)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert response.json() == 65536 * 1000
    assert peak_bytes < 4 * 1024**2
