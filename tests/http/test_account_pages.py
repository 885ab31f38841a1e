"""One's own pages: profile, password, sign-ins, use."""

import pytest
from sqlalchemy import select

from accounts.identities import Identified
from core.errors import NotAuthenticated
from db.models import AuditEvent
from tests.http.conftest import LEAVE, PASSWORD, House, asked
from tests.http.pages import browser, seen_in, words_of

NEW = "three words of mine"


async def actions(house: House) -> list[str]:
    """What people did after they came in."""
    did = (AuditEvent.action != "user.created", ~AuditEvent.action.startswith("sign_in"))
    async with house.database.reader() as session:
        return list(await session.scalars(select(AuditEvent.action).where(*did).order_by(AuditEvent.number)))


async def test_the_profile_says_who_one_is_and_takes_another_name(house: House) -> None:
    await house.make_user("ann")
    async with browser(house, "ann") as client:
        page = await client.get("/account")
        assert "You sign in as ann" in words_of(page)
        saved = await client.post("/account", data={"display_name": "  Ann  Lee ", "seen": seen_in(page)})
        assert saved.status_code == 200
        assert "Saved." in words_of(saved)
        assert 'value="Ann Lee"' in saved.text
        late = await client.post("/account", data={"display_name": "Other", "seen": seen_in(page)})
        assert late.status_code == 412
        assert 'value="Other"' in late.text
        assert (await client.post("/account", data={"display_name": "x" * 101})).status_code == 422
    assert await actions(house) == ["user.renamed"]


async def test_a_password_is_changed_by_who_knows_the_present_one(house: House) -> None:
    await house.make_user("ann")
    async with browser(house, "ann") as client, browser(house, "ann") as other:
        wrong = await client.post("/account/password", data={"present": "nonsense!", "new": NEW, "again": NEW})
        assert (wrong.status_code, "The present password is wrong." in words_of(wrong)) == (422, True)
        unlike = await client.post("/account/password", data={"present": PASSWORD, "new": NEW, "again": "x"})
        assert "not the same" in words_of(unlike)
        weak = await client.post(
            "/account/password", data={"present": PASSWORD, "new": "password1", "again": "password1"}
        )
        assert weak.status_code == 422
        fields = {"present": PASSWORD, "new": NEW, "again": NEW, "end_others": "1"}
        assert "Your password is changed." in words_of(await client.post("/account/password", data=fields))
        assert (await client.get("/account")).status_code == 200
        assert (await other.get("/account")).status_code == 401
    assert await house.accounts.sign_in("ann", NEW, kind="api", address="192.0.2.1")
    with pytest.raises(NotAuthenticated):
        await house.accounts.sign_in("ann", PASSWORD, kind="api", address="192.0.2.1")


async def test_other_sign_ins_go_on_when_they_should(house: House) -> None:
    await house.make_user("ann")
    async with browser(house, "ann") as client, browser(house, "ann") as other:
        await client.post("/account/password", data={"present": PASSWORD, "new": NEW, "again": NEW})
        assert (await other.get("/account")).status_code == 200


async def test_who_has_no_password_is_told_so(house: House) -> None:
    signed_in = await house.accounts.identities.sign_in(Identified("https://issuer.example", "1", "olga"))
    async with house.visitor(Cookie=f"access_token={signed_in.token}", Origin="http://test") as client:
        assert "You have no password here" in words_of(await client.get("/account/password"))
        assert "https://issuer.example" in words_of(await client.get("/account"))
        sent = await client.post("/account/password", data={"present": "", "new": NEW, "again": NEW})
        assert sent.status_code == 409


async def test_sign_ins_are_listed_and_ended(house: House) -> None:
    await house.make_user("ann")
    await house.make_user("eve")
    async with browser(house) as stranger:
        answer = await stranger.post("/api/auth/token", data={"username": "ann", "password": PASSWORD})
        token = answer.json()["access_token"]
    async with browser(house, "ann") as client, browser(house, "eve") as eve:
        shown = words_of(await client.get("/account/sign-ins"))
        assert "Firefox on Linux API 127.0.0.1" in shown
        assert shown.count("this one") == 1
        principal = await house.accounts.authenticate(token, kind="api")
        end = f"/account/sign-ins/{principal.session_id}/end"
        assert (await eve.post(end)).status_code == 404
        assert "The sign-in has ended." in words_of(await client.post(end))
        with pytest.raises(NotAuthenticated):
            await house.accounts.authenticate(token, kind="api")
        for _ in range(2):
            await house.token("ann")
        assert "Ended: 2." in words_of(await client.post("/account/sign-ins/end-others"))
        assert (await client.get("/account")).status_code == 200
        assert "no other sign-in" in words_of(await client.post("/account/sign-ins/end-others"))


async def test_use_is_shown_beside_what_one_may(house: House) -> None:
    await house.make_user("ann")
    await house.bring("ann")
    async with house.signed_in("ann") as client:
        await asked(client, LEAVE)
    async with browser(house, "ann") as client:
        shown = words_of(await client.get("/account/use"))
    assert "Questions today 1 at most 30 a minute" in shown
    assert "Questions this month 1" in shown
    assert "Documents 1 of 20,000" in shown
    assert "of 21 GB" in shown


async def test_a_key_opens_none_of_it(house: House) -> None:
    await house.make_user("ann")
    async with house.with_key("ann") as program:
        for path in ("", "/password", "/sign-ins", "/use"):
            assert (await program.get(f"/account{path}")).status_code == 403
