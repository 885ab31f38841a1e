"""The title of a conversation: what its first question is about, without greetings and courtesies."""

from rag.questions.language import languages_of
from rag.questions.politeness import bare_question

LONGEST_TITLE = 80  # characters
_LONGEST_BEGINNING = 400  # characters that are looked at


def title_of(question: str) -> str:
    """One line of at most :data:`LONGEST_TITLE` characters; of a text that is nothing but courtesies, that; empty for a blank one."""
    line = " ".join(question.split())
    beginning = line[:_LONGEST_BEGINNING]
    title = bare_question(beginning, languages_of(beginning)).query or line
    title = title[:1].upper() + title[1:] if " " in title else title  # a single word may be the name of a file
    if len(title) <= LONGEST_TITLE:
        return title
    cut = title[: LONGEST_TITLE - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"
