"""Conversations downloaded as Markdown, JSON and PDF."""

from uuid import UUID, uuid4

import pypdfium2
import pytest
from sqlalchemy import select, update

from core.access import Scope
from db.models import AnswerRun, AuditEvent
from tests.documents import HANDBOOK
from tests.http.conftest import LEAVE, House, asked

THAI, CHINESE, ARABIC = "พนักงานทุกคนลาได้ ๒๘ วัน", "员工每年享有二十八天带薪年假", "ثمانية وعشرين يومًا"
JAVANESE = "ꦲꦏꦱ"


async def conversation(house: House, name: str = "alice") -> dict[str, str]:
    """A conversation with one cited answer."""
    await house.make_user(name)
    await house.bring(name, HANDBOOK, "handbook.pdf")
    async with house.signed_in(name) as client:
        answer: dict[str, str] = (await asked(client, LEAVE)).raise_for_status().json()
    return answer


async def answered(house: House, run_id: str, text: str, **columns: object) -> None:
    """Let the answer say something else."""
    async with house.database.transaction() as session:
        await session.execute(update(AnswerRun).where(AnswerRun.id == UUID(run_id)).values(answer=text, **columns))


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        pages = []
        for page in document:
            text = page.get_textpage()
            pages.append(str(text.get_text_range()))
            text.close()
            page.close()
    return "\n".join(pages)


async def test_markdown_has_footnotes_with_document_and_page(house: House) -> None:
    answer = await conversation(house)
    await answered(house, answer["answer_run_id"], "Everybody gets **28 days**. [1]\n\nAnd a car. [unsupported]")
    async with house.signed_in("alice") as client:
        response = await client.get(f"/api/threads/{answer['thread_id']}/export")
    markdown = response.text
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    assert response.headers["content-disposition"].startswith('attachment; filename="How many days')
    assert "> How many days of paid annual leave does an employee receive?" in markdown
    assert "Everybody gets **28 days**. [^1]" in markdown
    assert "And a car. (not supported by the sources)" in markdown
    url = f"http://test/cite/{answer['answer_run_id']}/1"
    assert f"[^1]: [handbook\\.pdf, page 2]({url})".replace("\\.", ".") in markdown
    assert f"1. [handbook.pdf, page 2]({url})" in markdown


async def test_json_has_the_numbers_of_the_chat(house: House) -> None:
    answer = await conversation(house)
    async with house.signed_in("alice") as client:
        response = await client.get(f"/api/threads/{answer['thread_id']}/export?format=json")
    exported = response.json()
    assert response.headers["content-type"] == "application/json"
    assert (exported["version"], exported["title"]) == (1, LEAVE)
    question, reply = exported["messages"]
    assert (question["role"], question["text"], reply["role"]) == ("user", LEAVE, "assistant")
    assert [source["number"] for source in reply["sources"]] == [one["number"] for one in answer["citations"]]  # type: ignore[index]
    [source, *_] = reply["sources"]
    assert (source["title"], source["page"]) == ("handbook.pdf", 2)
    assert f"[{source['number']}]" in reply["text"]


async def test_pdf_prints_every_script_for_which_there_is_a_font_and_says_what_it_cannot(house: House) -> None:
    answer = await conversation(house)
    said = (
        f"{THAI} [1]\n\n{CHINESE}\n\n{ARABIC}\n\n{JAVANESE}\n\n| a | b |\n|---|---|\n| 1 [1] | #2 |\n\n$x^2$ and `code`"
    )
    await answered(house, answer["answer_run_id"], said)
    async with house.signed_in("alice") as client:
        response = await client.get(f"/api/threads/{answer['thread_id']}/export?format=pdf")
    assert response.headers["content-type"] == "application/pdf"
    text = text_of(response.content)
    assert "พนักงานทุกคน" in text
    assert CHINESE in text
    assert "3 characters of this conversation are not printed" in text
    assert "Javanese (3)" in text
    assert text.count("handbook.pdf, page 2") == 2  # the footnote, once, and the list at the end


async def test_pdf_reads_nothing_of_a_conversation_as_markup(house: House) -> None:
    answer = await conversation(house)
    hostile = '#panic("x") #read("/etc/passwd") $ #let x = 1 $ \\ <b> @label *'
    await answered(house, answer["answer_run_id"], hostile)
    async with house.signed_in("alice") as client:
        response = await client.get(f"/api/threads/{answer['thread_id']}/export?format=pdf")
        markdown = (await client.get(f"/api/threads/{answer['thread_id']}/export")).text
    assert '#panic("x") #read("/etc/passwd")' in " ".join(text_of(response.content).split())
    assert "\\<b>" in markdown


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"state": "stopped"}, "Stopped."),
        ({"state": "error", "error": "No model answered.", "reference": "abc"}, "No model answered. (reference abc)"),
        (
            {"state": "refused", "nearest": [{"document_id": str(uuid4()), "title": "rules.txt", "page": 4}]},
            "rules.txt, page 4",
        ),
    ],
)
async def test_how_an_answer_ended_is_said(house: House, columns: dict[str, object], said: str) -> None:
    answer = await conversation(house)
    await answered(house, answer["answer_run_id"], "Half an answer", **columns)
    async with house.signed_in("alice") as client:
        for kind in ("md", "pdf"):
            response = await client.get(f"/api/threads/{answer['thread_id']}/export?format={kind}")
            text = response.text if kind == "md" else text_of(response.content)
            assert said in text.replace("\\", "")


async def test_a_chart_is_a_table_in_markdown_and_drawn_in_the_pdf(house: House) -> None:
    answer = await conversation(house)
    chart = {"title": "Days per year", "unit": "days", "points": [["2025", 25], ["2026", 28]]}
    trace = [{"name": "chart", "at_ms": 0, "took_ms": 0, "details": chart}]
    await answered(house, answer["answer_run_id"], "See the chart.", trace=trace)
    async with house.signed_in("alice") as client:
        markdown = (await client.get(f"/api/threads/{answer['thread_id']}/export")).text
        pdf = (await client.get(f"/api/threads/{answer['thread_id']}/export?format=pdf")).content
    assert "| Days per year | Value (days) |" in markdown
    assert "| 2026 | 28 |" in markdown
    assert "Days per year" in text_of(pdf)


async def test_who_may_download_and_what_is_refused(house: House) -> None:
    answer = await conversation(house)
    await house.make_user("eve")
    path = f"/api/threads/{answer['thread_id']}/export"
    async with house.signed_in("eve") as eve, house.visitor() as nobody, house.signed_in("alice") as alice:
        assert (await eve.get(path)).status_code == 404
        assert (await nobody.get(path)).status_code == 401
        assert (await alice.get(f"{path}?format=docx")).status_code == 422
    async with house.with_key("alice", Scope.READ) as key:
        assert (await key.get(path)).status_code == 200


async def test_a_very_long_conversation_is_no_pdf(house: House) -> None:
    answer = await conversation(house)
    await answered(house, answer["answer_run_id"], "word " * 70_000)
    async with house.signed_in("alice") as client:
        refused = await client.get(f"/api/threads/{answer['thread_id']}/export?format=pdf")
        taken = await client.get(f"/api/threads/{answer['thread_id']}/export?format=md")
    assert refused.status_code == 422
    assert refused.json()["message"] == "This conversation is too long for a PDF. Download it as Markdown instead."
    assert taken.status_code == 200


async def test_downloads_are_audited_and_counted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conversations.sharing.exports.EXPORTS_PER_MINUTE", 2)
    answer = await conversation(house)
    path = f"/api/threads/{answer['thread_id']}/export?format=json"
    async with house.signed_in("alice") as client:
        statuses = [(await client.get(path)).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    async with house.database.reader() as session:
        events = (await session.scalars(select(AuditEvent).where(AuditEvent.action == "conversation.exported"))).all()
    assert [(one.action, one.target_id) for one in events] == [("conversation.exported", answer["thread_id"])] * 2
    assert events[0].details == {"format": "json", "messages": 2}


async def test_the_file_is_named_after_the_conversation(house: House) -> None:
    answer = await conversation(house)
    async with house.signed_in("alice") as client:
        await client.patch(f"/api/threads/{answer['thread_id']}", json={"name": "../ไทย: “a/b”"})
        response = await client.get(f"/api/threads/{answer['thread_id']}/export?format=json")
    assert response.headers["content-disposition"].endswith("filename*=UTF-8''%E0%B9%84%E0%B8%97%E0%B8%A2%20a%20b.json")
