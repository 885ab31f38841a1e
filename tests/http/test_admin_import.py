"""People from a CSV file in the console: all or nothing."""

import html
import re

import httpx
import pytest
from sqlalchemy import func, select

from core.access import Principal
from db.models import AuditEvent, AuditPerson, GroupMember, Library, User
from tests.http.conftest import House
from tests.http.pages import browser, words_of

GOOD = "username,name,role,groups\nann,Ann Lee,admin,Crew\nbob,Böb,,\n"


@pytest.fixture
async def root(house: House) -> Principal:
    return await house.make_user("root", "admin")


async def check(client: httpx.AsyncClient, content: str | bytes) -> httpx.Response:
    data = content.encode() if isinstance(content, str) else content
    return await client.post("/admin/people/import", files={"file": ("people.csv", data)})


async def count(house: House) -> int:
    async with house.database.reader() as session:
        return await session.scalar(select(func.count()).select_from(User)) or 0


async def test_a_file_is_checked_imported_and_its_links_work(house: House, root: Principal) -> None:
    async with browser(house, "root") as admin:
        assert "There is no group named Crew" in words_of(await check(admin, GOOD))
        await admin.post("/admin/groups", data={"name": "Crew"})
        preview = await check(admin, GOOD)
        assert "2 people would be created. Admins among them: 1." in words_of(preview)
        assert await count(house) == 1
        sent = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", preview.text, re.S)
        assert sent
        done = await admin.post("/admin/people/import/run", data={"csv": html.unescape(sent[1])})
        assert done.status_code == 201
        csv = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", done.text, re.S)
        assert csv
        file = await admin.post("/admin/people/import/links", data={"csv": html.unescape(csv[1])})
        assert file.headers["content-disposition"].startswith("attachment")
        assert file.content.startswith(b"\xef\xbb\xbf")  # for spreadsheets
        lines = file.content.decode("utf-8-sig").splitlines()
        assert [line.partition(",")[0] for line in lines] == ["username", "ann", "bob"]
        link = lines[1].partition(",")[2].removeprefix("http://test")
        new = "three words of mine"
        assert "Your password is set" in words_of(await admin.post(link, data={"new": new, "again": new}))
    signed_in = await house.accounts.sign_in("ann", new, kind="api", address="192.0.2.1")
    assert signed_in.principal.is_admin
    async with house.database.reader() as session:
        assert await session.scalar(select(func.count()).select_from(Library)) == 3
        assert await session.scalar(select(func.count()).select_from(GroupMember)) == 1
        [event] = await session.scalars(select(AuditEvent).where(AuditEvent.action == "user.imported"))
        named = select(AuditPerson.pseudonym).where(AuditPerson.user_id == signed_in.principal.user_id)
        pseudonym = (await session.execute(named)).scalar_one()
    assert len(event.details["user_ids"]) == 2
    assert event.details["admins"] == [str(pseudonym)]


async def test_one_bad_line_and_nobody_is_created(house: House, root: Principal) -> None:
    async with browser(house, "root") as admin:
        text = "username\nann\nroot\nbob\n"
        preview = words_of(await check(admin, text))
        assert "1 line is wrong" in preview
        assert "3 There is already a person named root." in preview
        refused = await admin.post("/admin/people/import/run", data={"csv": text})
        assert (refused.status_code, "nobody was created" in words_of(refused)) == (422, True)
    assert await count(house) == 1


async def test_a_wrong_address_is_named_and_not_the_example(house: House, root: Principal) -> None:
    async with browser(house, "root") as admin:
        page = words_of(await check(admin, "username;email\nann;ann at home\n"))
    assert "“ann at home” is no e-mail address; one looks like ann@example.org." in page
    assert "0 lines are right." in page


async def test_what_is_no_file_of_people_is_a_sentence(house: House, root: Principal) -> None:
    async with browser(house, "root") as admin:
        for content in (b"", b"\xff\xfe", b"name\nAnn\n", b'username\n"ann', b"username\n" * 20_000):
            page = await check(admin, content)
            assert page.status_code == 422, content[:20]
            assert 'role="alert"' in page.text
        assert (await admin.post("/admin/people/import")).status_code == 422
        assert (await admin.post("/admin/people/import/run", data={"csv": ""})).status_code == 422


async def test_a_full_file_is_imported_in_bounded_time(house: House, root: Principal) -> None:
    text = "username,name\n" + "".join(f"person{n},Person {n}\n" for n in range(10_000))
    async with browser(house, "root") as admin:
        done = await admin.post("/admin/people/import/run", data={"csv": text}, timeout=120)
        assert done.status_code == 201
        assert "And 9,980 more" in words_of(done)
    assert await count(house) == 10_001
