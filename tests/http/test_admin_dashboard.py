"""The dashboard over HTTP: what it shows to an admin, and what it keeps from them."""

import re

import pytest
from sqlalchemy import select

from core.access import LibraryRole
from db import libraries
from db.base import now
from db.models import AnswerRun, Document
from tests.filled_console import Size, fill
from tests.http.conftest import House

SIZE = Size(runs=1_500, threads=200, people=12, documents=8, days=3, jobs=60)


async def _page(house: House, query: str = "", who: str = "root") -> str:
    async with house.signed_in(who) as client:
        response = await client.get(f"/admin{query}")
    assert response.status_code == 200, response.text
    return response.text


@pytest.fixture
async def filled(house: House) -> House:
    await house.make_user("root", "admin")
    await fill(house.database, SIZE)
    await house.services.sums.keep_up()
    return house


async def _ask(house: House, name: str, question: str, state: str = "done") -> None:
    principal = await house.accounts.principal_of_user(name)
    async with house.database.transaction() as session:
        present = now()
        run = {"question": question, "state": state, "scope": {}, "created_at": present, "finished_at": present}
        session.add(AnswerRun(user_id=principal.user_id, **run))


async def test_every_range_has_every_chart_with_a_table(filled: House) -> None:
    for name in ("day", "week", "month", "quarter"):
        text = await _page(filled, f"?range={name}")
        charts = re.findall(r'<section class="chart card"', text)
        assert len(charts) == 12
        assert text.count('role="img"') == text.count("<details>") == 11, "a chart with numbers has a table behind it"
        assert text.count("Nothing waited.") == 1
        assert "style=" not in text
        assert "NaN" not in text


async def test_the_numbers_are_those_of_the_tables(filled: House) -> None:
    text = await _page(filled, "?range=week")
    assert "<strong>1,500</strong>" in text
    failed = re.search(r"<strong>([\d.]+) %</strong><span class=\"faint\">\d+ of [\d,]+ questions", text)
    assert failed is not None
    assert 1 < float(failed[1]) < 3  # each fiftieth, of those that are in the week
    assert "12 in 7 days" in text, "people; who asked today depends on the time of day"
    assert "model-1" in text
    assert "$" in text


async def test_days_and_numbers_of_charts_are_written_as_the_reader_writes_them(filled: House) -> None:
    text = await _page(filled, "?range=week&lang=de")
    rows = re.findall(r'<th scope="row">(\d\d\.\d\d\.\d{4}, \d\d:\d\d)</th>', text)
    assert len(rows) > 100
    assert re.search(r"<text[^>]*>\d{1,2}\. \w", text), "a day below a chart"
    assert not re.search(r"\d [A-Z][a-z]{2} 20\d\d", text), "an English day"


async def test_an_empty_installation_says_so(house: House) -> None:
    await house.make_user("root", "admin")
    text = await _page(house)
    assert "added up for the first time" in text
    assert "Nothing in this time." in text
    assert "No language model was used." in text
    await house.services.sums.keep_up()
    text = await _page(house)
    assert "Complete up to" in text


async def test_an_odd_range_is_a_week(filled: House) -> None:
    assert 'href="/admin?range=week" aria-current="true"' in await _page(filled, "?range=%3Cscript%3E")


async def test_titles_are_for_members_only(filled: House) -> None:
    text = await _page(filled)
    assert "Guide" not in text
    assert "A document (pdf)" in text
    async with filled.database.transaction() as session:
        root = await filled.accounts.principal_of_user("root")
        library_id = (await session.scalars(select(Document.library_id).where(Document.title == "Guide 1.pdf"))).one()
        await libraries.set_member(session, library_id, root.user_id, LibraryRole.VIEWER)
    assert "Guide 1.pdf" in await _page(filled)


async def test_questions_of_fewer_than_three_people_stay_theirs(house: House) -> None:
    await house.make_user("root", "admin")
    for name in ("ann", "ben", "cem"):
        await house.make_user(name)
        await _ask(house, name, "Where is the canteen?")
        await _ask(house, name, "Who is the king?", "refused")
    for _ in range(9):
        await _ask(house, "ann", "Why was I not promoted?")
    await _ask(house, "ben", "Why was I not promoted?")
    await house.services.sums.keep_up()
    text = await _page(house, "?range=day")
    assert text.count("Where is the canteen?") == 1
    assert text.count("Who is the king?") == 2, "asked often, and answered never"
    assert "promoted" not in text
    house.services.dashboard._shows_all_questions = True
    text = await _page(house, "?range=day")
    assert "promoted" in text
