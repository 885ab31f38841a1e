"""The prompt-injection fence: text of documents and people enters a prompt as data, between markers that no text can guess."""

import secrets
from collections.abc import Sequence

from core.unseen import seen, seen_line
from rag.grounding.markers import parse
from rag.types import Source, Turn


class Fence:
    """The mark of one prompt. Made anew for each, so nothing that was written before can close it.

    Args:
        noun: what it stands around, for the model to read: ``source`` gives ``source-4f1d…``.
    """

    def __init__(self, noun: str) -> None:
        self.mark = f"{noun}-{secrets.token_hex(8)}"

    def around(self, text: str, **attributes: object) -> str:
        """A text between its marks, on lines of their own."""
        said = "".join(f' {name}="{value}"' for name, value in attributes.items())
        return f"<{self.mark}{said}>\n{seen(text)}\n</{self.mark}>"

    def sources(self, sources: Sequence[Source]) -> str:
        """Sources with their numbers; title and headings are the document's own words and stand inside."""
        return "\n\n".join(self.around(f"({_where(one)})\n{one.chunk.text}", number=one.number) for one in sources)

    def turns(self, turns: Sequence[Turn], longest_chars: int) -> str:
        """A conversation, a line to a question and a line to an answer, so that none can pass for another."""
        lines = []
        for turn in turns:
            lines.append(f"Question: {seen_line(turn.question)[:longest_chars]}")
            lines.append(f"Answer: {seen_line(parse(turn.answer).bare)[:longest_chars]}")
        return self.around("\n".join(lines))


def _where(source: Source) -> str:
    chunk = source.chunk
    place = [chunk.title, f"page {chunk.page}" if chunk.page else "", " > ".join(chunk.path)]
    return " · ".join(line for part in place if (line := seen_line(part)))
