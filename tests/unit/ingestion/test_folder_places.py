"""Folders that lie elsewhere: what is listed, read and named. WebDAV is spoken with a real server."""

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import obstore
import pytest
from obstore.store import MemoryStore
from pydantic import SecretStr, ValidationError

from core.errors import Invalid, UpstreamUnavailable
from core.settings import FolderPlace, LinkSettings
from ingestion.folders.places import Folder, LocalFolder, RemoteFolder, folder_of, remote_folder
from tests.sites import Site, answer, site_of

FILE = "<D:response><D:href>{}</D:href><D:propstat><D:prop><D:getlastmodified>Mon, 02 Nov 2026 10:00:00 GMT</D:getlastmodified>"
FILE += "<D:getcontentlength>5</D:getcontentlength><D:resourcetype/></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
FOLDER = FILE.replace("<D:resourcetype/>", "<D:resourcetype><D:collection/></D:resourcetype>")


async def read(folder: Folder, title: str) -> bytes:
    file = next(one for one in (await folder.contents()).files if one.title == title)
    content = b"".join([piece async for piece in folder.read(file)])
    assert await folder.sha256(file) == sha256(content).hexdigest()
    return content


async def titles(folder: Folder) -> list[str]:
    return [one.title for one in (await folder.contents()).files]


async def test_a_bucket_is_listed_with_what_lies_below_and_without_what_is_hidden() -> None:
    store = MemoryStore()
    for key in ("b.txt", "deep/a.md", "deep/er/c.txt", ".hidden", ".git/config", "deep/.x/y.txt"):
        obstore.put(store, key, key.encode())
    folder = RemoteFolder(store, "s3://bucket/prefix/")
    assert folder.source == "s3://bucket/prefix"
    assert await titles(folder) == ["b.txt", "deep/a.md", "deep/er/c.txt"]
    assert await read(folder, "deep/er/c.txt") == b"deep/er/c.txt"
    assert await titles(RemoteFolder(store, "s3://bucket/prefix", is_flat=False)) == await titles(folder)


async def test_two_keys_that_look_alike_are_said() -> None:
    store = MemoryStore()
    for key in ("a.txt", "\u200ea.txt"):
        obstore.put(store, key, key.encode())
    contents = await RemoteFolder(store, "s3://bucket").contents()
    assert (len(contents.files), len(contents.unreadable)) == (1, 1)


async def test_a_file_that_goes_meanwhile_is_an_error_of_its_own() -> None:
    store = MemoryStore()
    obstore.put(store, "a.txt", b"x")
    folder = RemoteFolder(store, "s3://bucket")
    [file] = (await folder.contents()).files
    obstore.delete(store, "a.txt")
    with pytest.raises(OSError, match="not found"):
        await folder.sha256(file)


@pytest.fixture
async def dav() -> AsyncIterator[Site]:
    """A WebDAV server that lists one folder at a time, each within itself, as they do."""

    def listing(*rows: str) -> bytes:
        body = f'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">{"".join(rows)}</D:multistatus>'
        return answer(body, status="207 Multi-Status", kind="application/xml")

    async with site_of() as site:
        top = listing(FOLDER.format("/dav/"), FILE.format("/dav/a%20b.txt"), FOLDER.format("/dav/sub/"))
        below = listing(FOLDER.format("/dav/sub/"), FILE.format("/dav/sub/c.txt"))
        dated = "Last-Modified: Mon, 02 Nov 2026 10:00:00 GMT"
        site.pages |= {
            "/dav": top,
            "/dav/": top,
            "/dav/sub": below,
            "/dav/sub/": below,
            "/dav/a%20b.txt": answer("Hello", dated, kind="text/plain"),
            "/dav/sub/c.txt": answer("Below", dated, kind="text/plain"),
        }
        yield site


async def test_webdav_is_listed_and_read_with_its_password(dav: Site) -> None:
    place = FolderPlace(url=dav.url("/dav", "127.0.0.1"), access_key="jo", secret_key=SecretStr("secret"))
    folder = remote_folder(place)
    assert await titles(folder) == ["a b.txt", "sub/c.txt"]
    assert await read(folder, "a b.txt") == b"Hello"
    assert await read(folder, "sub/c.txt") == b"Below"
    assert {headers["authorization"] for _, headers in dav.asked} == {"Basic am86c2VjcmV0"}


async def test_a_folder_that_does_not_answer_says_so_without_its_password(dav: Site) -> None:
    dav.pages.clear()
    place = FolderPlace(url=dav.url("/dav", "127.0.0.1"), access_key="jo", secret_key=SecretStr("secret"))
    with pytest.raises(UpstreamUnavailable) as raised:
        await remote_folder(place).contents()
    assert "secret" not in raised.value.message


def test_what_an_operator_may_name(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    places = {"contracts": FolderPlace(url="s3://company/contracts", region="eu-central-1")}
    settings = LinkSettings(folders=places)
    assert isinstance(folder_of(str(tmp_path), settings), LocalFolder)
    single = folder_of(str(tmp_path / "a.txt"), settings)
    assert (single.is_single, single.source) == (True, str(tmp_path))
    for name in ("contracts", "s3://company/contracts", "s3://company/contracts/"):
        assert folder_of(name, settings).source == "s3://company/contracts"
    assert folder_of("https://cloud.example.org/dav/", settings).source == "https://cloud.example.org/dav"
    for wrong in ("nothing-here", "ftp://x/y", "https://jo:secret@cloud.example.org/dav", "s3://key@bucket/x"):
        with pytest.raises(Invalid):
            folder_of(wrong, settings)


@pytest.mark.parametrize("name", ["Contracts", "1st", "a b", "a/b", ""])
def test_names_of_folders_are_short_and_plain(name: str) -> None:
    with pytest.raises(ValidationError):
        LinkSettings(folders={name: FolderPlace(url="s3://company/contracts")})
