"""The prompt-injection fence: encloses text of documents and people in a prompt as data, between marks that no text can guess."""

import secrets
from collections.abc import Sequence

from core.places import place_of
from core.unseen import seen, seen_line
from rag.grounding.markers import bare_beginning
from rag.types import Source, Turn


class Fence:
    """The fence of one prompt. Its mark is random for each prompt, so no text written before can close it.

    Args:
        noun: name of the enclosed text, for the model to read: ``source`` gives ``source-4f1d…``.
    """

    def __init__(self, noun: str) -> None:
        self.mark = f"{noun}-{secrets.token_hex(8)}"

    def around(self, text: str, **attributes: object) -> str:
        """A text between its marks, which are on separate lines."""
        rendered = "".join(f' {name}="{value}"' for name, value in attributes.items())
        return f"<{self.mark}{rendered}>\n{seen(text)}\n</{self.mark}>"

    def sources(self, sources: Sequence[Source]) -> str:
        """The sources with their numbers; title, date and headings are text of the document, so they are inside the fence."""
        return "\n\n".join(self.around(f"({_where(one)})\n{one.chunk.text}", number=one.number) for one in sources)

    def turns(self, turns: Sequence[Turn], longest_chars: int) -> str:
        """A conversation with one line per question and one per answer, so that none can imitate another."""
        lines = []
        for turn in turns:
            lines.append(f"Question: {seen_line(turn.question)[:longest_chars]}")
            lines.append(f"Answer: {seen_line(bare_beginning(turn.answer, longest_chars))}")
        return self.around("\n".join(lines))


def _where(source: Source) -> str:
    chunk = source.chunk
    parts = [
        chunk.title,
        source.dated,
        place_of(chunk.page, chunk.locator) if chunk.page else "",
        " > ".join(chunk.path),
    ]
    return " · ".join(line for part in parts if (line := seen_line(part)))
