"""Links from being added to being read: a real server, real tables, the real pipeline."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from core.access import LibraryRole, Principal
from core.errors import Conflict, Invalid, NotFound, NotPermitted
from core.precondition import UNCONDITIONAL
from core.settings import LinkSettings, UploadSettings
from db import libraries, users
from db.base import now
from db.models import Document, DocumentSource
from db.session import Database
from ingestion.service import IngestionService
from ingestion.sources.fetching import Fetcher
from ingestion.sources.service import DocumentSources
from ingestion.sources.slots import SourceSlots
from ingestion.sources.types import LinkKind, LinkState, LinkView
from services import Services
from tests.sites import MISSING, Site, Write, answer, names, open_to_this_machine, redirect, site_of

HTML = "<!doctype html><title>T</title><h1>Leave</h1><p>{}</p>"
PAGE, SITE = LinkKind.PAGE, LinkKind.SITE


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with site_of() as opened:
        yield opened


@dataclass
class Desk:
    """Links on the product's own graph, with a fetcher that knows the names of the tests."""

    services: Services
    site: Site
    settings: LinkSettings

    @property
    def database(self) -> Database:
        return self.services.database

    @property
    def ingestion(self) -> IngestionService:
        return self.services.ingestion

    @property
    def links(self) -> DocumentSources:
        return DocumentSources(self.database, self.settings)

    def slots(self, fetcher: Fetcher | None = None) -> SourceSlots:
        fetcher = fetcher or Fetcher(self.settings, names())
        by_name = self.services.accounts.principal_of_user
        return SourceSlots(self.database, self.ingestion, self.settings, by_name, fetcher)

    async def read(self, principal: Principal, link: LinkView) -> LinkView:
        """Have the link read now, and what came with it."""
        async with self.database.transaction() as session:
            await session.execute(update(DocumentSource).where(DocumentSource.id == link.link_id).values(next_at=now()))
        assert await self.slots().read_due() == 1
        await self.drain()
        return await self.links.get(principal, link.link_id)

    async def drain(self) -> None:
        """Read all files that wait."""
        while (claimed := await self.services.ingestion_pipeline.claim_next()) is not None:
            await self.services.ingestion_pipeline.do(claimed)

    async def bring(self, principal: Principal, path: str = "/", kind: LinkKind = PAGE) -> LinkView:
        """A link that was added and read."""
        return await self.read(principal, await self.links.add(principal, self.site.url(path), kind))

    async def titles(self, principal: Principal) -> dict[str, Document]:
        """The documents of the personal library by title, without the port."""
        async with self.database.reader() as session:
            found = await session.scalars(select(Document).where(Document.library_id == principal.personal_library_id))
            return {one.title.replace(f":{self.site.port}", ""): one for one in found}


@pytest.fixture
def desk(services: Services, site: Site) -> Desk:
    return Desk(services, site, open_to_this_machine())


async def test_a_page_becomes_a_document(desk: Desk, site: Site, alice: Principal) -> None:
    site.page("/handbook/leave", HTML.format("Employees have 30 days."))
    link = await desk.links.add(alice, site.url("/handbook/leave#part"))
    assert (link.state, link.document_id, site.asked) == (LinkState.WAITING, None, [])  # the door fetches nothing
    read = await desk.read(alice, link)
    assert (read.state, read.error, read.read) == (LinkState.READ, None, 1)
    [(title, document)] = (await desk.titles(alice)).items()
    assert (title, document.state, document.mime_type) == ("site.test/handbook/leave.html", "ready", "text/html")
    assert (document.id, document.uploaded_by) == (read.document_id, alice.user_id)
    assert read.next_at is not None
    assert timedelta(hours=23) < read.next_at - now() < timedelta(hours=25)


@pytest.mark.parametrize(
    ("path", "kind", "body", "title", "mime"),
    [
        ("/notes.md", "text/markdown", "# Leave\n\n30 days.", "site.test/notes.md", "text/markdown"),
        ("/notes", "text/markdown", "# Leave\n\n30 days.", "site.test/notes.md", "text/markdown"),
        ("/plain", "text/plain", "Thirty days of leave.", "site.test/plain.txt", "text/plain"),
        ("/days.csv?year=1", "text/csv", "name,days\nAnn,30\nBob,31\n", "site.test/days.csv?year=1.csv", "text/csv"),
        ("/odd.php?id=7", "text/html", HTML.format("x"), "site.test/odd.php?id=7.html", "text/html"),
    ],
)
async def test_other_kinds_of_pages(
    desk: Desk, site: Site, alice: Principal, path: str, kind: str, body: str, title: str, mime: str
) -> None:
    site.pages[path] = answer(body, kind=kind)
    assert (await desk.bring(alice, path)).error is None
    assert {name: one.mime_type for name, one in (await desk.titles(alice)).items()} == {title: mime}


async def test_unchanged_by_etag_nothing_is_done(desk: Desk, site: Site, alice: Principal) -> None:
    site.page("/a", HTML.format("One"), etag='"1"')
    link = await desk.bring(alice, "/a")
    again = await desk.read(alice, link)
    assert site.asked[-1][1]["if-none-match"] == '"1"'
    assert (again.state, again.document_id) == (LinkState.READ, link.document_id)
    assert (await desk.titles(alice))["site.test/a.html"].version == 1


async def test_unchanged_by_its_date_nothing_is_done(desk: Desk, site: Site, alice: Principal) -> None:
    dated = "Mon, 02 Nov 2026 10:00:00 GMT"
    site.pages["/a"] = answer(HTML.format("One"), f"Last-Modified: {dated}")
    link = await desk.bring(alice, "/a")
    await desk.read(alice, link)
    assert site.asked[-1][1]["if-modified-since"] == dated


async def test_unchanged_by_bytes_nothing_is_done(desk: Desk, site: Site, alice: Principal) -> None:
    site.page("/a", HTML.format("One"))
    await desk.read(alice, await desk.bring(alice, "/a"))
    [document] = (await desk.titles(alice)).values()
    assert document.version == 1
    assert len(await desk.ingestion.viewing.versions(alice, document.id)) == 1


async def test_changed_it_is_the_next_version_of_the_same_document(desk: Desk, site: Site, alice: Principal) -> None:
    site.page("/a", HTML.format("Thirty days."), etag='"1"')
    link = await desk.bring(alice, "/a")
    site.page("/a", HTML.format("Thirty-one days."), etag='"2"')
    again = await desk.read(alice, link)
    [document] = (await desk.titles(alice)).values()
    assert (document.id, document.version, again.error) == (link.document_id, 2, None)
    section = await desk.ingestion.viewing.section(alice, document.id, 1, None)
    assert "Thirty-one" in section.text


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
async def test_gone_is_said_and_the_document_stays(desk: Desk, site: Site, alice: Principal, status: str) -> None:
    site.page("/a", HTML.format("One"), etag='"1"')
    link = await desk.bring(alice, "/a")
    site.pages["/a"] = answer("Gone", status=status)
    again = await desk.read(alice, link)
    assert (again.state, again.gone, again.read, again.document_id) == (LinkState.FAILED, 1, 0, link.document_id)
    assert again.error is not None
    assert "gone from its site" in again.error
    assert (await desk.titles(alice))["site.test/a.html"].state == "ready"
    site.page("/a", HTML.format("Two"), etag='"2"')  # there again
    back = await desk.read(alice, again)
    assert (back.state, back.gone, back.read) == (LinkState.READ, 0, 1)
    assert (await desk.titles(alice))["site.test/a.html"].version == 2


async def test_a_page_that_never_was(desk: Desk, alice: Principal) -> None:
    link = await desk.bring(alice, "/nothing")
    assert (link.state, link.document_id, link.failed) == (LinkState.FAILED, None, 1)


async def test_a_document_that_was_deleted_is_not_brought_again(desk: Desk, site: Site, alice: Principal) -> None:
    site.page("/a", HTML.format("One"))
    link = await desk.bring(alice, "/a")
    assert link.document_id is not None
    await desk.ingestion.delete_document(alice, link.document_id)
    asked = len(site.paths())
    again = await desk.read(alice, link)
    assert (again.left_out, again.document_id, len(site.paths())) == (1, None, asked)
    assert await desk.titles(alice) == {}


async def test_what_the_library_has_already_stays_as_it_is(desk: Desk, site: Site, alice: Principal) -> None:
    async def upload() -> AsyncIterator[bytes]:
        yield HTML.format("One").encode()

    mine = await desk.ingestion.submit(alice, upload(), "mine.html")
    site.page("/a", HTML.format("One"))
    link = await desk.bring(alice, "/a")
    assert (link.elsewhere, link.read, link.document_id) == (1, 0, None)
    site.page("/a", HTML.format("Two"))
    link = await desk.read(alice, link)
    assert (link.elsewhere, link.read) == (0, 1)
    assert link.document_id != mine.document.id
    assert (await desk.ingestion.document(alice, mine.document.id)).version == 1


async def test_removed_and_added_again_it_finds_its_document(desk: Desk, site: Site, alice: Principal) -> None:
    site.page("/a", HTML.format("One"))
    link = await desk.bring(alice, "/a")
    await desk.links.remove(alice, link.link_id)
    assert len(await desk.titles(alice)) == 1
    site.page("/a", HTML.format("Two"))
    again = await desk.bring(alice, "/a")
    assert again.document_id == link.document_id
    assert [one.version for one in (await desk.titles(alice)).values()] == [2]


async def test_the_same_link_twice_is_refused(desk: Desk, site: Site, alice: Principal) -> None:
    await desk.links.add(alice, site.url("/a"))
    with pytest.raises(Conflict):
        await desk.links.add(alice, site.url("/a#there"))


@pytest.mark.parametrize(
    "body", [b"\x7fELF" + bytes(9000), b"MZ" + bytes(range(256)) * 50, b"\x00\x00\x00\x18ftypmp42" + bytes(9000)]
)
async def test_what_is_no_document_is_refused(desk: Desk, site: Site, alice: Principal, body: bytes) -> None:
    site.pages["/a"] = answer(body, kind="application/pdf")
    link = await desk.bring(alice, "/a")
    assert (link.state, link.failed) == (LinkState.FAILED, 1)
    assert await desk.titles(alice) == {}


async def test_what_is_too_large_is_refused_on_the_way(desk: Desk, site: Site, alice: Principal) -> None:
    sent = 0

    async def endless(write: Write) -> None:
        nonlocal sent
        await write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            await write(b"All work and no play. " * 1000)
            sent += 22_000

    site.pages["/a"] = endless
    quota = desk.ingestion._quota
    quota._settings = UploadSettings(max_bytes=300_000)
    link = await desk.bring(alice, "/a")
    assert link.error is not None
    assert "larger" in link.error
    assert sent < 20_000_000
    assert await desk.titles(alice) == {}


async def test_a_site_that_does_not_answer_is_tried_again_soon(desk: Desk, site: Site, alice: Principal) -> None:
    site.pages["/a"] = answer("Sorry", status="503 Service Unavailable")
    link = await desk.bring(alice, "/a")
    assert link.next_at is not None
    first = link.next_at - now()
    assert timedelta(minutes=8) < first < timedelta(minutes=11)
    link = await desk.read(alice, link)
    assert link.next_at is not None
    assert timedelta(minutes=18) < link.next_at - now() < timedelta(minutes=21)
    site.page("/a", HTML.format("One"))
    assert (await desk.read(alice, link)).state is LinkState.READ


async def test_a_redirect_into_the_house_is_told_and_nothing_is_stored(
    desk: Desk, site: Site, alice: Principal
) -> None:
    async with site_of("127.0.0.2", site.port) as inside:
        inside.page("/secret", HTML.format("Secret"))
        site.pages["/a"] = redirect(inside.url("/secret", "127.0.0.2"))
        link = await desk.bring(alice, "/a")
        assert link.error is not None
        assert "not public" in link.error
        assert inside.asked == []
    assert await desk.titles(alice) == {}


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.2/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "ftp://x.org/",
        "http://a:b@x.org/",
    ],
)
async def test_what_can_be_told_at_once_is(desk: Desk, alice: Principal, address: str) -> None:
    with pytest.raises(Invalid):
        await desk.links.add(alice, address)


async def test_a_sitemap_brings_its_pages(desk: Desk, site: Site, alice: Principal) -> None:
    entries = [
        site.url("/a"),
        site.url("/b?x=1&amp;y=2"),
        "http://other.test/c",
        "ftp://site.test/d",
        site.url("/missing"),
    ]
    rows = "".join(f"<url><loc> {one} </loc></url>" for one in entries)
    site.pages["/sitemap.xml"] = answer(
        f'<?xml version="1.0"?><urlset xmlns="x">{rows}</urlset>', kind="application/xml"
    )
    site.page("/a", HTML.format('One <a href="/not-listed">more</a>'))
    site.page("/b?x=1&y=2", HTML.format("Two"))
    site.page("/not-listed", HTML.format("Three"))
    link = await desk.bring(alice, "/sitemap.xml", SITE)
    assert (link.state, link.read, link.failed) == (LinkState.READ, 2, 1)
    assert sorted(await desk.titles(alice)) == ["site.test/a.html", "site.test/b?x=1&y=2.html"]


async def test_a_list_of_sitemaps_is_followed(desk: Desk, site: Site, alice: Principal) -> None:
    both = "".join(f"<sitemap><loc>{site.url(path)}</loc></sitemap>" for path in ("/one.xml", "/no.xml"))
    index = f"<sitemapindex>{both}</sitemapindex>"
    site.pages["/sitemap.xml"] = answer(index, kind="text/xml")
    site.pages["/one.xml"] = answer(f"<urlset><url><loc>{site.url('/a')}</loc></url></urlset>", kind="text/xml")
    site.page("/a", HTML.format("One"))
    assert (await desk.bring(alice, "/sitemap.xml", SITE)).read == 1


async def test_a_folder_of_pages_is_followed_by_its_links(desk: Desk, site: Site, alice: Principal) -> None:
    site.page(
        "/docs/",
        HTML.format(
            '<a href="a">A</a> <a class=x href=sub/b#c>B</a> <a href="/other">O</a> <a href="http://x.test/docs/">X</a>'
        ),
    )
    site.page("/docs/a", HTML.format("<a href=\"../docs/\">Up</a> <a HREF='sub/c'>C</a>"))
    site.page("/docs/sub/b", HTML.format("B"))
    site.page("/docs/sub/c", HTML.format("C"))
    site.page("/other", HTML.format("Outside"))
    link = await desk.bring(alice, "/docs/", SITE)
    assert link.read == 4
    assert sorted(await desk.titles(alice)) == [
        "site.test/docs.html",
        "site.test/docs/a.html",
        "site.test/docs/sub/b.html",
        "site.test/docs/sub/c.html",
    ]
    assert "/other" not in site.paths()


async def test_a_site_again_what_is_new_changed_and_gone(desk: Desk, site: Site, alice: Principal) -> None:
    site.page("/docs/", HTML.format('<a href="a">A</a><a href="b">B</a>'), etag='"1"')
    site.page("/docs/a", HTML.format("A"), etag='"1"')
    site.page("/docs/b", HTML.format("B"), etag='"1"')
    link = await desk.bring(alice, "/docs/", SITE)
    site.page("/docs/", HTML.format('<a href="a">A</a><a href="c">C</a>'), etag='"2"')
    site.page("/docs/a", HTML.format("A2"), etag='"2"')
    site.pages["/docs/b"] = MISSING
    site.page("/docs/c", HTML.format("C"), etag='"1"')
    link = await desk.read(alice, link)
    assert (link.state, link.read, link.gone) == (LinkState.READ, 3, 1)
    assert {name: one.version for name, one in (await desk.titles(alice)).items()} == {
        "site.test/docs.html": 2,
        "site.test/docs/a.html": 2,
        "site.test/docs/b.html": 1,
        "site.test/docs/c.html": 1,
    }


async def test_a_site_without_an_end_is_cut_and_it_is_said(desk: Desk, site: Site, alice: Principal) -> None:
    for number in range(30):
        site.page(f"/day/{number}", HTML.format(f'Day {number} <a href="/day/{number + 1}">next</a>'))
    desk.settings = open_to_this_machine(max_pages=5)
    link = await desk.bring(alice, "/day/0", SITE)
    assert (link.read, len(await desk.titles(alice))) == (5, 5)
    assert link.notice is not None
    assert "more than 5 pages" in link.notice


async def test_robots_of_a_site_leave_pages_out(desk: Desk, site: Site, alice: Principal) -> None:
    site.pages["/robots.txt"] = answer("User-agent: *\nDisallow: /docs/private", kind="text/plain")
    site.page("/docs/", HTML.format('<a href="a">A</a><a href="private/b">B</a>'))
    site.page("/docs/a", HTML.format("A"))
    site.page("/docs/private/b", HTML.format("B"))
    link = await desk.bring(alice, "/docs/", SITE)
    assert (link.read, link.failed) == (2, 1)
    assert "/docs/private/b" not in site.paths()


async def test_a_pause_lies_between_two_pages(desk: Desk, site: Site, alice: Principal) -> None:
    site.page("/docs/", HTML.format('<a href="a">A</a>'))
    site.page("/docs/a", HTML.format("A"))
    desk.settings = open_to_this_machine(pause_s=0.4)
    started = asyncio.get_running_loop().time()
    link = await desk.links.add(alice, site.url("/docs/"), SITE)
    await desk.slots().read_due()
    assert asyncio.get_running_loop().time() - started > 0.8  # looked at, then brought, then the other
    assert (await desk.links.get(alice, link.link_id)).read == 2


async def test_turned_off_nothing_is_added_or_read(desk: Desk, site: Site, alice: Principal) -> None:
    link = await desk.links.add(alice, site.url("/a"))
    desk.settings = open_to_this_machine(enabled=False)
    with pytest.raises(NotPermitted):
        await desk.links.add(alice, site.url("/b"))
    with pytest.raises(NotPermitted):
        await desk.links.check(alice, link.link_id)
    assert await desk.slots().read_due() == 0
    async with asyncio.timeout(5):
        await desk.slots().run()  # ends at once
    assert site.asked == []
    assert len(await desk.links.all(alice)) == 1  # what there is can be seen and removed
    await desk.links.remove(alice, link.link_id)


async def test_who_may_do_what(
    desk: Desk, site: Site, alice: Principal, bob: Principal, make_user: Callable[..., Awaitable[Principal]]
) -> None:
    async with desk.database.transaction() as session:
        await libraries.set_member(session, alice.personal_library_id, bob.user_id, LibraryRole.VIEWER)
    viewer = await desk.services.accounts.principal_of_user("bob")
    stranger = await make_user("carol")
    link = await desk.links.add(alice, site.url("/a"))
    assert [one.can_write for one in await desk.links.all(viewer, alice.personal_library_id)] == [False]
    for work in (desk.links.check(viewer, link.link_id), desk.links.remove(viewer, link.link_id)):
        with pytest.raises(NotPermitted):
            await work
    with pytest.raises(NotPermitted):
        await desk.links.add(viewer, site.url("/b"), library_id=alice.personal_library_id)
    for work in (desk.links.get(stranger, link.link_id), desk.links.check(stranger, link.link_id)):
        with pytest.raises(NotFound):
            await work
    with pytest.raises(NotFound):
        await desk.links.all(stranger, alice.personal_library_id)
    assert await desk.links.all(stranger) == ()


async def test_it_is_read_with_the_rights_of_the_moment(
    desk: Desk, site: Site, alice: Principal, bob: Principal
) -> None:
    site.page("/a", HTML.format("One"))
    async with desk.database.transaction() as session:
        await libraries.set_member(session, alice.personal_library_id, bob.user_id, LibraryRole.EDITOR)
    editor = await desk.services.accounts.principal_of_user("bob")
    link = await desk.links.add(editor, site.url("/a"), library_id=alice.personal_library_id)
    async with desk.database.transaction() as session:
        await libraries.set_member(session, alice.personal_library_id, bob.user_id, LibraryRole.VIEWER)
    link = await desk.read(alice, link)
    assert (link.state, link.next_at, site.asked) == (LinkState.FAILED, None, [])
    assert link.error is not None
    assert "may no longer change" in link.error
    link = await desk.read(alice, await desk.links.check(alice, link.link_id))  # hers from now on
    assert (link.state, link.read) == (LinkState.READ, 1)


async def test_a_disabled_person_reads_nothing(desk: Desk, site: Site, alice: Principal) -> None:
    link = await desk.links.add(alice, site.url("/a"))
    async with desk.database.transaction() as session:
        await users.set_disabled(session, alice.user_id, now())
    link = await desk.read(alice, link)
    assert (link.state, link.next_at, site.asked) == (LinkState.FAILED, None, [])


async def test_two_workers_read_a_link_once(desk: Desk, site: Site, alice: Principal) -> None:
    site.page("/a", HTML.format("One"))
    await desk.links.add(alice, site.url("/a"))
    assert sum(await asyncio.gather(*(desk.slots().read_due() for _ in range(4)))) == 1
    assert site.paths() == ["/a"]


async def test_a_worker_that_stops_gives_its_link_back(desk: Desk, site: Site, alice: Principal) -> None:
    begun = asyncio.Event()

    async def hanging(write: Write) -> None:
        begun.set()
        await asyncio.sleep(60)

    site.pages["/a"] = hanging
    link = await desk.links.add(alice, site.url("/a"))
    running = asyncio.create_task(desk.slots().run())
    async with asyncio.timeout(10):
        await begun.wait()
    assert (await desk.links.get(alice, link.link_id)).state is LinkState.READING
    with pytest.raises(Conflict):
        await desk.links.check(alice, link.link_id)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    site.page("/a", HTML.format("One"))
    assert (await desk.links.get(alice, link.link_id)).state is LinkState.WAITING
    assert await desk.slots().read_due() == 1


async def test_many_links_of_one_person_leave_room_for_another(
    desk: Desk, site: Site, alice: Principal, bob: Principal
) -> None:
    async def hanging(write: Write) -> None:
        await asyncio.sleep(60)

    for number in range(6):
        site.pages[f"/{number}"] = hanging
        await desk.links.add(alice, site.url(f"/{number}"))
    site.page("/bob", HTML.format("One"))
    link = await desk.links.add(bob, site.url("/bob"))
    running = asyncio.create_task(desk.slots().run())
    try:
        async with asyncio.timeout(20):
            while (await desk.links.get(bob, link.link_id)).state is not LinkState.READ:
                await asyncio.sleep(0.1)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_link_of_a_deleted_library_is_deleted(desk: Desk, site: Site, alice: Principal) -> None:
    shared = await desk.ingestion.libraries.create(alice, "Team")
    alice = await desk.services.accounts.principal_of_user("alice")
    link = await desk.links.add(alice, site.url("/a"), library_id=shared.library_id)
    await desk.ingestion.libraries.delete(alice, shared.library_id, UNCONDITIONAL)
    with pytest.raises(NotFound):
        await desk.links.get(alice, link.link_id)
