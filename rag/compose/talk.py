"""Small talk, help, and what documents do not answer: a friendly sentence of our own, which cites nothing."""

import re

from rag.compose.composed import Ask, Composed
from rag.compose.phrases import Phrases
from rag.grounding.markdown import literal
from rag.questions.kind import Kind

THANKS = re.compile(
    r"\b(?:thanks?|thank you|thx|cheers|danke\w*|merci|gracias|cảm ơn)\b|谢谢|ありがとう|ขอบคุณ|شكر", re.IGNORECASE
)
WHAT_I_ASKED = re.compile(r"\bwhat (?:did|have|was) (?:i|my)\b|\bwas habe ich\b|\bwelche fragen?\b", re.IGNORECASE)
SHOWN = 10  # questions of the conversation


async def talk(ask: Ask) -> Composed | None:
    """An answer to a greeting, to thanks, or to a request for help."""
    name = "help" if ask.kind is Kind.HELP else "thanks" if THANKS.search(ask.question) else "greeting"
    return Composed(Phrases(ask.question).say(name))


async def outside(ask: Ask) -> Composed | None:
    """What can be asked instead of what documents do not answer."""
    return Composed(Phrases(ask.question).say("outside"))


async def conversation(ask: Ask) -> Composed | None:
    """What was asked before; without a language model nothing can be rewritten, which is said."""
    phrases = Phrases(ask.question)
    if not ask.history:
        return Composed(phrases.say("nothing"))
    if WHAT_I_ASKED.search(ask.question):
        questions = "\n".join(f"- {literal(turn.question)}" for turn in ask.history[-SHOWN:])
        return Composed(f"{phrases.say('asked')}\n\n{questions}")
    return Composed(phrases.say("conversation"))
