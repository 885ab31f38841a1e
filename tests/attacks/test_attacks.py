"""Every attack of the catalogue against real parsing, chunking, search and prompts, and a model that obeys: what the reader sees of it.

The model is a stub that says whatever it was commanded to (``tests/obedience.py``). What must hold is therefore ours: the command
stood between the marks of its source, and whatever came back is text with checked numbers, without links, images or markup.
"""

import re
from dataclasses import dataclass
from uuid import UUID

import pytest

from answers.transcript import Transcript
from core.access import SearchScope
from core.unseen import TAGS, ZERO_WIDTH
from rag.events import Citations, PipelineEvent, Refused, Searching, Sources, Started, Token
from rag.grounding.markers import numbers_in
from rag.pipeline import RagPipeline
from tests.attacks.attack import Attack
from tests.attacks.catalogue import ATTACKS
from tests.rendered import rendered
from tests.stub_llm import RunningStub

RUN = UUID("7d0a4e0e-5a0f-4f5c-9a53-0d4c4d2c7b11")
OURS = re.compile(rf"/cite/{RUN}/\d+(#passage)?|/api/documents/[0-9a-f-]{{36}}/file(#page=\d+)?|/answers/{RUN}(#\w+)?")
UNSEEN = re.compile(f"[{TAGS}{ZERO_WIDTH}\u202a-\u202e]")
LONGEST_QUERY = 2000


@dataclass
class Outcome:
    """What came of an attack: the events, the pages as they stood after each, the prompts that were sent."""

    events: list[PipelineEvent]
    pages: list[str]
    prompts: list[list[dict[str, str]]]

    @property
    def told(self) -> str:
        """All that the model was told."""
        return "\n".join(message["content"] for prompt in self.prompts for message in prompt)


@pytest.fixture(params=ATTACKS, ids=lambda attack: attack.id)
def attack(request: pytest.FixtureRequest) -> Attack:
    """Each in turn."""
    found: Attack = request.param
    return found


@pytest.fixture(scope="session")
def outcomes() -> dict[str, Outcome]:
    """Those of attacks that were run."""
    return {}


@pytest.fixture
async def outcome(
    attack: Attack,
    libraries: dict[str, UUID],
    gullible: RagPipeline,
    stub: RunningStub,
    outcomes: dict[str, Outcome],
) -> Outcome:
    """The question of the attack, asked once in a library that holds its document."""
    if attack.id not in outcomes:
        outcomes[attack.id] = await _run(attack, libraries[attack.id], gullible, stub)
    return outcomes[attack.id]


async def _run(attack: Attack, library_id: UUID, gullible: RagPipeline, stub: RunningStub) -> Outcome:
    stub.behave(None)
    stub.state.requests.clear()
    scope = SearchScope(frozenset([library_id]))
    transcript = Transcript().apply(Started(answer_run_id=RUN))
    events, pages = [], []
    async for event in gullible.stream(attack.question, attack.history, scope):
        transcript = transcript.apply(event)
        events.append(event)
        pages.append(transcript.markdown)
    return Outcome(events, pages, [request["messages"] for request in stub.state.requests if "messages" in request])


def found_in(outcome: Outcome) -> dict[int, str]:
    """Number → title of the sources."""
    return {
        one.number: one.chunk.title for event in outcome.events if isinstance(event, Sources) for one in event.sources
    }


async def test_no_link_no_image_no_markup_but_ours(attack: Attack, outcome: Outcome) -> None:
    for markdown in outcome.pages:  # also while it streams
        page = rendered(markdown)
        assert page.images == [], attack.must_not
        assert page.html == [], attack.must_not
        assert [link for link in page.links if not OURS.fullmatch(link)] == [], attack.must_not


async def test_the_obedient_model_was_reached_or_was_not(attack: Attack, outcome: Outcome) -> None:
    shown = rendered(outcome.pages[-1]).text
    if attack.reaches:
        assert attack.reaches in outcome.told, "this attack tests nothing"
        assert (attack.says or "") in shown
    else:
        assert "BEGINATTACK" not in outcome.told, attack.must_not
        assert "PWNED" not in shown, attack.must_not


async def test_numbers_are_those_of_sources_and_names_those_of_files(attack: Attack, outcome: Outcome) -> None:
    titles = found_in(outcome)
    streamed = "".join(event.text for event in outcome.events if isinstance(event, Token))
    assert set(numbers_in(streamed)) <= set(titles), attack.must_not
    for event in outcome.events:
        if isinstance(event, Citations):
            cited = {citation.number for citation in event.citations}
            assert set(numbers_in(event.answer)) <= cited <= set(titles), attack.must_not
            assert all(citation.chunk.title == titles[citation.number] for citation in event.citations), attack.must_not


async def test_what_others_wrote_stands_between_marks(attack: Attack, outcome: Outcome) -> None:
    for prompt in outcome.prompts:
        told = prompt[0]["content"]
        assert [message["role"] for message in prompt].count("system") <= 1
        assert not UNSEEN.search("".join(message["content"] for message in prompt)), attack.must_not
        rules = _without_fenced(told)
        assert "BEGINATTACK" not in rules, attack.must_not
        assert "PWNED" not in rules, attack.must_not
        assert attack.name not in rules


async def test_other_peoples_texts_stay_theirs(attack: Attack, outcome: Outcome) -> None:
    for absent in ("7731-CANARY", *attack.absent):
        assert absent not in outcome.told, attack.must_not
        assert all(absent not in page for page in outcome.pages), attack.must_not


async def test_what_is_searched_for_is_one_short_line(attack: Attack, outcome: Outcome) -> None:
    [searched] = [event for event in outcome.events if isinstance(event, Searching)]
    assert "\n" not in searched.query or searched.query == attack.question
    assert len(searched.query) <= LONGEST_QUERY


def _without_fenced(told: str) -> str:
    """A prompt without what stands between its marks. Its mark is the one that its rules name."""
    [mark] = set(re.findall(r"between <((?:source|text)-[0-9a-f]{16})> tags", told))
    opened, closed = re.compile(rf"<{mark}[^>\n]*>\n"), f"\n</{mark}>"
    rules, last = "", 0
    for opening in opened.finditer(told):
        if opening.start() < last:
            raise AssertionError("a mark inside marks")
        rules += told[last : opening.start()]
        last = told.index(closed, opening.end()) + len(closed)
    return rules + told[last:]


def test_there_are_enough_of_them() -> None:
    ids = [attack.id for attack in ATTACKS]
    assert len(ids) == len(set(ids)) >= 40


async def test_a_refusal_offers_documents_of_ones_own_alone(libraries: dict[str, UUID], gullible: RagPipeline) -> None:
    scope = SearchScope(frozenset([libraries["asks for it"]]))
    events = [event async for event in gullible.stream("zxqv wvut?", (), scope)]
    named = [one.title for event in events if isinstance(event, Refused) for one in event.nearest]
    passages = [one.chunk.title for event in events if isinstance(event, Refused) for one in event.passages]
    assert "vault.txt" not in [*named, *passages]
    assert len(named) == len(passages)
