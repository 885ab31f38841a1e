"""What is searched for when no model is asked."""

from core.settings import RetrievalSettings
from rag.retrieval.query import SearchQueries, search_queries
from rag.types import Turn

SETTINGS = RetrievalSettings()
HISTORY = (Turn(question="How long does a PIP last?", answer="4 weeks [1]."),)


async def test_a_follow_up_is_understood_by_rule() -> None:
    found = await search_queries("And for contractors?", HISTORY, None, SETTINGS)
    assert found == SearchQueries("How long does a PIP last for contractors?", by="rule")


async def test_a_new_topic_is_searched_for_as_it_is() -> None:
    assert await search_queries("parental leave", HISTORY, None, SETTINGS) == SearchQueries("parental leave")


async def test_a_greeting_is_not_searched_for() -> None:
    asked = "Hi! Hope you are well. Could you please tell me how long a PIP lasts?"
    assert (await search_queries(asked, (), None, SETTINGS)).query == "how long a PIP lasts?"
