"""What is on the page while an answer is written."""

from typing import Any
from uuid import UUID

import pytest

from chat import stream
from chat.stream import LiveMessage
from core.words import catalogue

RUN = UUID(int=1)


class Shown:
    """A page: the text as a reader sees it."""

    def __init__(self, content: str, metadata: dict[str, Any]) -> None:
        self.content, self.metadata = content, metadata
        self.is_sent = False

    async def stream_token(self, token: str, is_sequence: bool = False) -> None:
        self.content = token if is_sequence else self.content + token

    async def send(self) -> None:
        self.is_sent = True


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> LiveMessage:
    monkeypatch.setattr(stream, "Message", Shown)
    monkeypatch.setattr(stream, "words", lambda: catalogue("en"))
    message = LiveMessage()
    message.set_answer_run(RUN)
    return message


def _page(live: LiveMessage) -> Shown:
    shown: Any = live._message
    return shown  # type: ignore[no-any-return]


async def test_only_numbers_of_sources_become_links_while_the_text_comes(live: LiveMessage) -> None:
    live.set_citable([1, 2])
    await live.write("Leave lasts 28 days [1]. The moon base opened in 1875 [9]. ")
    assert f"/cite/{RUN}/1" in _page(live).content
    assert f"/cite/{RUN}/9" not in _page(live).content


async def test_the_status_gives_way_to_the_text_and_the_text_to_its_final_form(live: LiveMessage) -> None:
    await live.status("Searching your documents…")
    assert _page(live).content == "Searching your documents…"
    await live.write("Leave ")
    await live.status("too late")
    assert _page(live).content == "Leave "
    await live.finish("Leave lasts 28 days.")
    assert (_page(live).content, _page(live).is_sent) == ("Leave lasts 28 days.", True)
