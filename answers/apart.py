"""Answers as Markdown apart from the chat, in downloads and on shared pages: neither citations nor remarks lead back into it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from answers import formulas
from answers.linkifier import Linkifier, whole
from answers.remarks import REMARKS
from rag.types import Verdict

CITATION, REMARK = "#cite-", "#remark-"  # the addresses of both in the Markdown of :func:`marked`
FORMULA = "\ue000"  # begins code that is a formula: a character of private use, which no answer has
MATH = "math"  # the language of a block that is a formula
_NOBODYS = UUID(int=0)
_BACKTICKS = re.compile("`+")


@dataclass(slots=True)
class _Marked(Linkifier):
    def citation(self, number: int) -> str:
        """A link by whose address it is recognised."""
        return f"[{number}]({CITATION}{number})"

    def remark(self, verdict: Verdict, shown: Verdict | None) -> str:  # noqa: ARG002 - of the base
        """A link by whose address it is recognised."""
        return f"[{REMARKS[shown].words}]({REMARK}{shown})" if shown else ""

    def display_formula(self, text: str, marks: str) -> str:
        """A block of code in the language ``math``."""
        return formulas.display(text, marks).replace("$$", f"```{MATH}", 1).replace("$$", "```")

    def inline_formula(self, text: str) -> str:
        """Code that begins with ``FORMULA``."""
        tex = formulas.inline(text).strip("$ ").replace("\n", " ")
        fence = "`" * (max(map(len, _BACKTICKS.findall(tex)), default=0) + 1)
        return f"{fence}{FORMULA}{tex} {fence}" if tex.endswith("`") else f"{fence}{FORMULA}{tex}{fence}"


@dataclass(slots=True)
class _Footnoted(Linkifier):
    labels: Mapping[int, int] = field(default_factory=dict)

    def citation(self, number: int) -> str:
        """A footnote."""
        return f"[^{self.labels[number]}]"

    def remark(self, verdict: Verdict, shown: Verdict | None) -> str:  # noqa: ARG002 - of the base
        """Plain words in brackets: no Markdown that a neighbouring sign could break."""
        return f"({REMARKS[shown].words})" if shown else ""


def marked(text: str, numbers: frozenset[int]) -> str:
    """The Markdown of a canonical answer, for a parser: citations, remarks and formulas can be told from everything else."""
    return whole(_Marked(_NOBODYS, numbers), text).strip()


def footnoted(text: str, labels: Mapping[int, int]) -> str:
    """The Markdown of a canonical answer with footnotes ``[^n]``.

    Args:
        labels: number of a citation in the answer → number of its footnote.
    """
    return whole(_Footnoted(_NOBODYS, frozenset(labels), labels=labels), text).strip()
