"""A conflict as Markdown: what each document says, word for word, with its name and date, the newest first."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files

from rag.grounding.language.lexicon import likely_language
from rag.tables.dates import moment_of
from rag.writing.conflicts.answering import Statement
from rag.writing.conflicts.finding import Conflict
from rag.writing.sentence_choice.units import Unit

Named = Callable[[Unit], str]  # the name of a unit's document, in bold text


def contrasted(question: str, conflict: Conflict, named: Named, quoted: Callable[[Unit], str]) -> str:
    """The statements as a list, below a line that says that they differ.

    Args:
        quoted: a unit with its marker.
    """
    lead = _texts()["apart" if conflict.is_apart else "differ"]
    has_dates = len({one.unit.passage.source.dated for one in conflict.statements}) > 1
    lines = [
        f"- **{_dated(one.unit, named) if has_dates else named(one.unit)}:** {quoted(one.unit)}"
        for one in newest_first(conflict.statements)
    ]
    return "\n".join([lead.get(likely_language(question), lead["en"]), "", *lines])


def newest_first(statements: Sequence[Statement]) -> list[Statement]:
    """By the dates of their documents, those without one last."""

    def key(statement: Statement) -> tuple[int, int, int]:
        moment = moment_of(statement.unit.passage.source.dated)
        return moment.key if moment else (0, 0, 0)

    return sorted(statements, key=key, reverse=True)


def _dated(unit: Unit, named: Named) -> str:
    name, dated = named(unit), unit.passage.source.dated
    return name if not dated or dated in name else f"{name} ({dated})"


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    texts: Mapping[str, Mapping[str, str]] = tomllib.loads((files(__package__) / "texts.toml").read_text("utf-8"))
    return texts
