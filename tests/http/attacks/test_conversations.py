"""What goes wrong in a conversation that Chainlit leads: lost runs, leaks, blocked loops, pages that miss what happened."""

import asyncio
import re
import time
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from answers.journal import Journal
from conversations.runs.reading import RunReader
from conversations.runs.service import Runs
from conversations.runs.types import RunRequest
from conversations.runs.upkeep import RunUpkeep
from core.access import Principal
from tests.http.attacks.conftest import WORDS, Door
from tests.http.attacks.test_sockets import eventually


async def said_in(door: Door, thread_id: str) -> list[str]:
    """Questions and answers of a thread, these without the link below them."""
    return [step.output.split("\n")[0] for step in await door.steps(thread_id) if step.type != "run"]


async def test_an_answer_streams_and_is_stored_with_its_run(door: Door, alice: Principal) -> None:
    async with door.person("alice") as client:
        page = await door.page(client)
        await page.ask("a question")
        thread_id = await page.thread_id()
        await page.answered()
    assert page.all("stream_start")[0]["output"] == "Searching your documents…"
    steps = await door.steps(thread_id)
    assert [step.type for step in steps] == ["user_message", "run", "assistant_message"]
    assert steps[2].output == f"Answer to a question.\n\n[How this was found](/answers/{steps[2].answer_run_id})"
    assert steps[2].answer_run_id is not None
    assert steps[2].parent_id == steps[1].id


async def test_tokens_are_sent_together(door: Door, alice: Principal) -> None:
    """A word every 50 ms is one event each; a burst is not."""
    async with door.person("alice") as client:
        page = await door.page(client)
        await page.ask("slow one")
        await page.answered()
        assert len(page.all("stream_token")) <= WORDS + 2


async def test_stop_keeps_what_was_written(door: Door, alice: Principal) -> None:
    async with door.person("alice") as client:
        page = await door.page(client)
        await page.ask("endless one")
        thread_id = await page.thread_id()
        await page.wait("stream_token", 8)
        await page.client.emit("stop")
        await page.answered()
        answer = page.all("new_message")[-1]
    assert answer["output"].startswith("word0 word1")
    assert answer["output"].endswith("*Stopped.*")
    assert not answer["isError"]
    stored = await door.steps(thread_id)
    assert stored[-1].output == answer["output"]
    assert [step.is_error for step in stored] == [False] * len(stored)
    assert "manually stopped" not in page.text


async def test_stop_ends_an_answer_that_an_edit_began(door: Door, alice: Principal) -> None:
    """B4: Stop did nothing after an edit."""
    async with door.person("alice") as client:
        page = await door.page(client)
        message_id = await page.ask("first version")
        thread_id = await page.thread_id()
        await page.answered()
        tokens = len(page.all("stream_token"))
        await page.client.emit("edit_message", {"message": {"id": message_id, "output": "endless second version"}})
        await page.wait("stream_token", tokens + 8)
        await page.client.emit("stop")
        await page.answered(2)
    steps = await door.steps(thread_id)
    assert steps[0].output == "endless second version"
    answers = [step.output for step in steps if step.type == "assistant_message"]
    assert len(answers) == 1
    assert answers[0].endswith("*Stopped.*")
    assert [step.type for step in steps].count("run") == 1


async def test_an_edit_takes_back_what_came_after(door: Door, alice: Principal) -> None:
    """S5, too: nobody edits what the assistant said."""
    async with door.person("alice") as client:
        page = await door.page(client)
        first = await page.ask("one")
        thread_id = await page.thread_id()
        await page.answered()
        await page.ask("two")
        await page.answered(2)
        answer = page.all("new_message")[-1]["id"]
        await page.client.emit("edit_message", {"message": {"id": answer, "output": "I said this"}})
        await page.wait("toast")
        await page.client.emit(
            "edit_message", {"message": {"id": first, "output": "one, better", "type": "system_message"}}
        )
        await page.answered(3)
    assert await said_in(door, thread_id) == ["one, better", "Answer to one, better."]
    assert door.cue.histories[-1] == []


async def test_one_question_at_a_time(door: Door, alice: Principal) -> None:
    """B5: a second page of the same thread could ask while the first was answered."""
    async with door.person("alice") as client:
        page = await door.page(client)
        await page.ask("endless one")
        thread_id = await page.thread_id()
        await page.wait("stream_token", 2)
        other = await door.page(client, thread_id=thread_id)
        await other.wait("resume_thread")
        assert "task_start" in other.names
        await other.ask("second")
        await asyncio.sleep(0.3)
        assert door.cue.asked == ["endless one"]
        for number in range(6):
            await other.ask(f"more {number}")
        toast = await other.wait("toast", 4)  # four may wait or run: the first, the second, and two of these
        assert "earlier questions" in toast["message"]
        await page.client.emit("stop")
        await eventually(lambda: not door.runtime.is_busy(thread_id))
    assert door.cue.asked == ["endless one"]


async def test_every_page_of_a_thread_comes_to_rest(door: Door, alice: Principal) -> None:
    """B5: the page that did not ask kept its Stop button for ever, and never saw the answer."""
    async with door.person("alice") as client:
        page = await door.page(client)
        first = await page.ask("slow one")
        thread_id = await page.thread_id()
        await page.wait("stream_token", 2)
        other = await door.page(client, thread_id=thread_id)
        await other.wait("task_start", 2)
        whole = await other.wait("resume_thread", 2, timeout_s=20)
        assert whole["steps"][-1]["output"].split("\n")[0].endswith(f"word{WORDS - 1}")
        await eventually(lambda: other.names[-1] == "task_end")
        await page.ask("second")
        await other.wait("resume_thread", 3)
        await eventually(lambda: other.names[-1] == "task_end")
        ends = len(other.all("task_end"))
        await other.client.emit("edit_message", {"message": {"id": first, "output": "changed"}})
        await other.wait("task_end", ends + 1)
    assert await said_in(door, thread_id) == ["changed", "Answer to changed."]


@pytest.mark.parametrize("is_elsewhere", [False, True])
async def test_a_page_is_shown_an_answer_that_another_door_or_process_writes(
    door: Door, alice: Principal, is_elsewhere: bool
) -> None:
    services = door.app.state.services
    runs = services.runs
    if is_elsewhere:
        reader = RunReader(door.house.database, Journal(door.redis), services.rag)
        runs = Runs(door.house.database, door.redis, door.answers, services.conversations, services.queue, reader)
    async with door.person("alice") as client:
        first = await door.page(client)
        await first.ask("a question")
        thread_id = await first.thread_id()
        await first.answered()
        run_id = runs.start(alice, RunRequest(question="a slow one", thread_id=UUID(thread_id)))
        async for entry in await runs.follow(alice, run_id):
            if entry.kind == "token":
                break
        page = await door.page(client, thread_id=thread_id)
        await page.wait("task_start")
        await page.wait("stream_start")
        shown = len(page.all("stream_token"))
        await asyncio.sleep(0.5)
        assert len(page.all("stream_token")) > shown  # it moves
        await page.wait("resume_thread", 2)
        assert f"word{WORDS - 1}" in repr(page.all("resume_thread")[-1])
        steps = await door.steps(thread_id)
        assert [step.type for step in steps].count("assistant_message") == 2
    await runs.live.flush()


async def test_another_page_sees_an_answer_move_that_a_page_of_this_process_asked_for(
    door: Door, alice: Principal
) -> None:
    async with door.person("alice") as client:
        first = await door.page(client)
        await first.ask("a slow one")
        thread_id = await first.thread_id()
        await first.wait("stream_token")
        page = await door.page(client, thread_id=thread_id)
        await page.wait("stream_token", 5)
        await page.wait("resume_thread", 2)
        shown = page.all("resume_thread")[-1]["steps"]
        assert [step["type"] for step in shown].count("assistant_message") == 1
        assert f"word{WORDS - 1}" in repr(shown)


@pytest.mark.parametrize("is_elsewhere", [False, True])
async def test_stop_ends_an_answer_that_another_door_or_process_writes(
    door: Door, alice: Principal, is_elsewhere: bool
) -> None:
    services = door.app.state.services
    runs, keeping = services.runs, None
    if is_elsewhere:
        reader = RunReader(door.house.database, Journal(door.redis), services.rag)
        runs = Runs(door.house.database, door.redis, door.answers, services.conversations, services.queue, reader)
        place = (door.house.database, door.redis, door.answers, services.conversations, runs.live, services.queue)
        keeping = asyncio.create_task(RunUpkeep(*place).listen())
    async with door.person("alice") as client:
        first = await door.page(client)
        await first.ask("a question")
        thread_id = await first.thread_id()
        await first.answered()
        run_id = runs.start(alice, RunRequest(question="an endless one", thread_id=UUID(thread_id)))
        async for entry in await runs.follow(alice, run_id):
            if entry.kind == "token":
                break
        page = await door.page(client, thread_id=thread_id)
        await page.wait("stream_start")
        await page.client.emit("stop")
        await page.wait("resume_thread", 2)
        assert "Stopped." in repr(page.all("resume_thread")[-1])
        assert (await runs.status(alice, run_id)).status == "STOPPED"
    if keeping:
        keeping.cancel()
    await runs.live.flush()


async def test_a_page_that_reconnects_sees_what_it_missed(door: Door, alice: Principal) -> None:
    """B5, B6: the Stop button was gone, and an answer that ended meanwhile never came."""
    async with door.person("alice") as client:
        page = await door.page(client)
        await page.ask("slow one")
        thread_id = await page.thread_id()
        await page.wait("stream_token", 3)
        await page.client.disconnect()
        again = await door.page(client, session_id=page.session_id)
        resumed = await again.wait("resume_thread")
        assert [step["output"] for step in resumed["steps"] if step["type"] == "user_message"] == ["slow one"]
        running = await again.wait("stream_start")
        assert running["output"].startswith("word0")
        await again.wait("task_start")
        assert again.names.index("task_end") < again.names.index("task_start")
        await again.wait("stream_token", 3)
        await again.client.disconnect()
        await eventually(lambda: not door.runtime.is_busy(thread_id), 15)
        last = await door.page(client, session_id=page.session_id)
        whole = await last.wait("resume_thread")
    assert whole["steps"][-1]["output"].split("\n")[0].endswith(f"word{WORDS - 1}")
    assert "task_start" not in last.names


async def test_a_resumed_thread_is_remembered_once(door: Door, alice: Principal) -> None:
    """B2: every reconnect added all messages again."""
    from chainlit.chat_context import chat_contexts

    async with door.person("alice") as client:
        page = await door.page(client)
        await page.ask("hello")
        thread_id = await page.thread_id()
        await page.answered()
        session_id = str(uuid4())
        for _ in range(3):
            resumed = await door.page(client, thread_id=thread_id, session_id=session_id)
            await resumed.wait("resume_thread")
            await asyncio.sleep(0.1)
            await resumed.client.disconnect()
        assert len(chat_contexts[session_id]) == 2


async def test_deleted_sessions_leave_nothing_behind(door: Door, alice: Principal) -> None:
    """B1: their messages stayed in memory for ever."""
    from chainlit.chat_context import chat_contexts
    from chainlit.session import ws_sessions_id

    async with door.person("alice") as client:
        page = await door.page(client)
        await page.ask("hello")
        await page.answered()
        assert page.session_id in chat_contexts
        await page.client.emit("clear_session")
        await asyncio.sleep(0.2)
        await page.client.disconnect()
        await eventually(lambda: page.session_id not in ws_sessions_id)
    assert page.session_id not in chat_contexts
    assert door.runtime.connections == 0


async def test_messages_do_not_put_the_loop_to_sleep(door: Door, alice: Principal) -> None:
    """B3: every message and step slept a millisecond, for everybody."""
    from chainlit.context import init_ws_context
    from chainlit.message import Message
    from chainlit.session import WebsocketSession
    from chainlit.step import Step

    async with door.person("alice") as client:
        page = await door.page(client)
        session = WebsocketSession.get_by_id(page.session_id)
        assert session is not None
        init_ws_context(session)
        begun = time.thread_time(), time.perf_counter()
        for _ in range(300):
            Message("x")
            Step(name="x")
        idle_s = (time.perf_counter() - begun[1]) - (time.thread_time() - begun[0])
    assert idle_s < 0.45  # 600 of them slept 0.6 s at least


async def test_the_end_waits_for_answers_and_stores_them(door: Door, alice: Principal) -> None:
    async with door.person("alice") as client:
        page = await door.page(client)
        await page.ask("slow one")
        thread_id = await page.thread_id()
        await page.wait("stream_token", 3)
        await door.runtime.drain(0.2)
        steps = await door.steps(thread_id)
        await page.ask("too late")
        toast = await page.wait("toast")
    assert steps[-1].output.endswith("*Stopped.*")
    assert "restarting" in toast["message"]


async def test_a_write_that_failed_is_said(door: Door, alice: Principal) -> None:
    async with door.person("alice") as client:
        page = await door.page(client)
        await page.ask("hello")
        thread_id = await page.thread_id()
        await page.answered()
        await door.runtime.report_unsaved(thread_id, "abc123")
        toast = await page.wait("toast")
    assert "abc123" in toast["message"]


async def attach(client: object, page: object, name: str, content: bytes) -> str:
    answer = await client.post(f"/project/file?session_id={page.session_id}", files={"file": (name, content)})  # type: ignore[attr-defined]
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


async def test_files_without_a_question(door: Door, alice: Principal) -> None:
    """Dropping a file and pressing send is enough; the second time it is known."""
    async with door.person("alice") as client:
        page = await door.page(client)
        file_id = await attach(client, page, "hand[book].txt", b"Refunds take five working days.")
        await page.ask("", [file_id])
        thread_id = await page.thread_id()
        await page.answered()
        line = page.all("new_message")[-1]["output"]
        assert line.startswith(r"- [hand\[book\].txt](/jobs/")
        element = await page.wait("element")
        assert element["url"].startswith("/api/documents/")
        again = await attach(client, page, "copy.txt", b"Refunds take five working days.")
        await page.ask("", [again])
        await page.answered(2)
        assert "already in your library" in page.all("new_message")[-1]["output"]
    assert door.cue.asked == []
    assert not [path for path in (door.house.settings.var_dir / "uploads").glob("*/*") if path.is_file()]
    async with door.house.database.reader() as session:
        from db.conversation import Thread

        thread = await session.get(Thread, UUID(thread_id))
    assert thread is not None
    assert thread.name == "hand[book].txt"


async def test_a_question_waits_for_its_files(door: Door, alice: Principal) -> None:
    async with door.person("alice") as client:
        page = await door.page(client)
        file_id = await attach(client, page, "rules.txt", b"Refunds take five working days.")
        await page.ask("How long do refunds take?", [file_id])
        job_line = await eventually_line(page)
        assert door.cue.asked == []
        await door.house.pipeline.run(UUID(job_line))
        await page.answered()
    assert door.cue.asked == ["How long do refunds take?"]


async def eventually_line(page: object) -> str:
    """The job named by the first line about a file."""
    async with asyncio.timeout(60):
        while True:
            for message in page.all("new_message"):  # type: ignore[attr-defined]
                if found := re.search(r"/jobs/([0-9a-f-]{36})", message["output"]):
                    return found[1]
            await asyncio.sleep(0.02)


async def test_a_file_that_cannot_be_added_says_why(
    door: Door, alice: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.errors import TooLarge

    async def refuse(*_: object, **__: object) -> None:
        raise TooLarge("Your library is full.")

    async with door.person("alice") as client:
        page = await door.page(client)
        file_id = await attach(client, page, "a.txt", b"words")
        monkeypatch.setattr(door.house.ingestion, "submit", refuse)
        await page.ask("", [file_id])
        await page.answered()
        line = page.all("new_message")[-1]["output"]
    assert "was not added. Your library is full." in line


async def test_leftovers_of_an_earlier_process_are_dropped(door: Door) -> None:
    folder = door.house.settings.var_dir / "uploads" / str(uuid4())
    folder.mkdir()
    Path(folder / "x").write_bytes(b"x")
    await door.runtime.close()
    await door.runtime.start()
    assert not folder.exists()
