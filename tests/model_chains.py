"""Chains of models on stubs, one question to them, and what became of it."""

from dataclasses import dataclass, field

from core.errors import FootnoteError
from rag.models.chain import ModelChain
from rag.models.usage_meter import UsageMeter
from rag.types import Finish
from rag.writing.messages import messages_for
from tests.chunks import HANDBOOK_TEXTS, sources

TIMEOUT_S = 0.8
NOWHERE = "http://127.0.0.1:9/v1"
SOURCES = sources(*HANDBOOK_TEXTS[:3])
QUESTION = "How long is leave?"


class Clock:
    """Goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Outcome:
    """What came, from whom, and why no more."""

    text: str = ""
    reasoning: str = ""
    finish: Finish | None = None
    model: str | None = None
    deltas: int = 0
    failure: FootnoteError | None = None
    usage_meter: UsageMeter = field(default_factory=UsageMeter)

    @property
    def why(self) -> str:
        """The sentence it failed with."""
        return self.failure.message if self.failure else ""


async def ask(chain: ModelChain, question: str = QUESTION) -> Outcome:
    """Everything that came."""
    outcome = Outcome()
    messages = messages_for(question, [], SOURCES)
    try:
        async for model, piece in chain.deltas(chain.route(question, SOURCES), messages, outcome.usage_meter):
            if piece.kind == "answer":
                outcome.text += piece.text
                outcome.model = model
                outcome.deltas += 1
            elif piece.kind == "reasoning":
                outcome.reasoning += piece.text
            elif piece.kind == "retraction":
                outcome.reasoning, outcome.text = outcome.reasoning + outcome.text, ""
            else:
                outcome.finish = piece.finish
    except FootnoteError as failure:
        outcome.failure = failure
    return outcome
