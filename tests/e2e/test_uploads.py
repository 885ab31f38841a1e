"""Large uploads to a real server process: they pass through it, into a folder or a bucket, and leave nothing when they break off."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from core.settings import BlobSettings
from tests.e2e.conftest import Site, running
from tests.object_storage import BUCKET, PREFIX, s3_client, s3_server

MB = 1024**2
SIZE_MB = 80
MOST_GROWTH_MB = 50
HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="large.pdf"\r\n\r\n%PDF-1.7\n'
KIND = {"Content-Type": "multipart/form-data; boundary=b"}


@pytest.fixture(scope="module")
def bucket() -> Iterator[BlobSettings]:
    with s3_server() as settings:
        yield settings


@pytest.fixture(scope="module")
def remote(servers_dir: Path, bucket: BlobSettings) -> Iterator[Site]:
    """A server whose files are in a bucket."""
    assert bucket.secret_key is not None
    settings = {
        "FOOTNOTE_BLOB_URL": bucket.url or "",
        "FOOTNOTE_BLOB_ENDPOINT": bucket.endpoint or "",
        "FOOTNOTE_BLOB_ACCESS_KEY": bucket.access_key or "",
        "FOOTNOTE_BLOB_SECRET_KEY": bucket.secret_key.get_secret_value(),
    }
    with running(servers_dir / "remote", **settings) as started:
        started.wait_ready()
        yield started


@pytest.fixture(params=["spare_site_ready", "remote"], ids=["site", "remote"])
def anywhere(request: pytest.FixtureRequest) -> Site:
    started: Site = request.getfixturevalue(request.param)
    return started


def rss(site: Site) -> int:
    assert site.process is not None
    return int(psutil.Process(site.process.pid).memory_info().rss)


class Body:
    """A form with a large file, made while it is sent; notes the server's memory meanwhile."""

    def __init__(self, site: Site, size_mb: int) -> None:
        self._site = site
        self._size_mb = size_mb
        self.before = self.peak = rss(site)

    def __iter__(self) -> Iterator[bytes]:
        yield HEAD
        for _ in range(self._size_mb):
            yield os.urandom(MB)
            self.peak = max(self.peak, rss(self._site))
        yield b"\r\n--b--\r\n"


def test_a_large_file_passes_through_the_server(anywhere: Site) -> None:
    with anywhere.client() as client:
        client.post("/api/documents", content=iter(Body(anywhere, 1)), headers=KIND).raise_for_status()
        body = Body(anywhere, SIZE_MB)
        answer = client.post("/api/documents", content=iter(body), headers=KIND)
        assert answer.status_code == 202
        document = answer.json()["document"]
        assert document["size_bytes"] == SIZE_MB * MB + len(b"%PDF-1.7\n")
        part = {"Range": f"bytes={SIZE_MB * MB // 2}-{SIZE_MB * MB // 2 + 9}"}
        assert len(client.get(f"/api/documents/{document['id']}/file", headers=part).content) == 10
    assert (body.peak - body.before) / MB < MOST_GROWTH_MB


def test_files_of_a_bucket_are_served_and_deleted(remote: Site, bucket: BlobSettings) -> None:
    text = b"The harbour of Larkspur opens at six. Ships wait outside until then."
    with remote.client() as client:
        document = client.post("/api/documents", files={"file": ("harbour.txt", text)}).json()["document"]
        address = f"/api/documents/{document['id']}"
        stored = f"{PREFIX}/documents/{document['id']}"
        assert s3_client(bucket).get_object(Bucket=BUCKET, Key=stored)["Body"].read() == text
        assert client.get(f"{address}/file").content == text
        part = client.get(f"{address}/file", headers={"Range": "bytes=4-10"})
        assert (part.status_code, part.content) == (206, b"harbour")
        assert client.delete(address).status_code == 204
    assert s3_client(bucket).list_objects_v2(Bucket=BUCKET, Prefix=stored).get("KeyCount") == 0


def test_an_upload_whose_sender_goes_away_leaves_nothing(spare_site: Site) -> None:
    documents = spare_site.var_dir / "blobs" / "documents"
    before = set(documents.iterdir()) if documents.exists() else set()
    host, port = spare_site.url.removeprefix("http://").split(":")
    head = f"POST /api/documents HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {spare_site.token()}\r\n"
    head += f"Content-Type: {KIND['Content-Type']}\r\nContent-Length: {50 * MB}\r\n\r\n"
    with socket.create_connection((host, int(port))) as sender:
        sender.sendall(head.encode() + HEAD + os.urandom(12 * MB))
        wait_until(lambda: documents.exists() and set(documents.iterdir()) != before)  # it has begun to arrive
    wait_until(lambda: set(documents.iterdir()) == before)


def wait_until(what: Callable[[], bool], timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_killed_server_clears_what_was_half_written_when_it_starts_again(spare_site: Site) -> None:
    left = spare_site.var_dir / "blobs" / "documents" / "half#1"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"half")
    os.utime(left, (time.time() - 3600,) * 2)
    spare_site.stop()
    spare_site.start()
    assert not left.exists()


def test_a_bucket_that_is_not_there_is_said_at_start(servers_dir: Path, bucket: BlobSettings) -> None:
    settings = {
        "FOOTNOTE_BLOB_URL": "s3://elsewhere",
        "FOOTNOTE_BLOB_ENDPOINT": bucket.endpoint or "",
        "FOOTNOTE_BLOB_ACCESS_KEY": "id",
        "FOOTNOTE_BLOB_SECRET_KEY": "secret",
    }
    with (
        pytest.raises(AssertionError, match="there is no such bucket or container"),
        running(servers_dir / "nowhere", **settings),
    ):
        pass
