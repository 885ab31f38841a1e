"""Formulas as the page's Markdown has them: ``$…$`` in a line, ``$$`` above and below one on lines of its own.

KaTeX, which comes with the page, draws them. It follows no links and loads nothing (its ``trust`` is off).
"""

import re

from rag.grounding.formulas import CLOSERS

_LINE_END = re.compile(r"\n[ \t>]*+")
_BAR = re.compile(r"\\?\|")
_STOP = re.compile(r"(?:(?<![ \t])[ \t]++)?+([.,;:])\Z")
# What only a formula on lines of its own may have, and its form within a line.
_ENVIRONMENT = re.compile(r"\\(begin|end)\{(align|gather|alignat|equation|multline)\*?\}")
_WITHIN = {
    "align": "aligned",
    "gather": "gathered",
    "alignat": "aligned",
    "equation": "aligned",
    "multline": "gathered",
}
_LIST_MARK = re.compile(r"[^ \t]")


def inline(text: str) -> str:
    """A formula within a line.

    Args:
        text: with its marks.
    """
    opener, tex = _bare(text)
    tex = _LINE_END.sub(" ", tex).strip()
    # A bar could part the cells of a table.
    tex = _BAR.sub(lambda bar: r"\Vert " if bar[0] == r"\|" else r"\vert ", tex)
    tex = _ENVIRONMENT.sub(lambda found: rf"\{found[1]}{{{_WITHIN[found[2]]}}}", tex)
    style = r"\displaystyle " if opener in ("$$", r"\[") else ""
    marks, space = ("$$", " ") if "$" in tex else ("$", "")  # one dollar within would end it
    return f"{marks}{space}{style}{tex}{space}{marks}"


def display(text: str, marks: str) -> str:
    """A formula on lines of its own.

    Args:
        text: with its marks, and a full stop behind them.
        marks: of lists, and the indentation, before it.
    """
    stop = _STOP.search(text)
    _, tex = _bare(text[: stop.start()] if stop else text)
    indent = _LIST_MARK.sub(" ", marks)
    lines = [line.strip() for line in f"{tex.strip()}{stop[1] if stop else ''}".splitlines()]
    return f"\n{indent}".join(["$$", *lines, "$$", ""])


def _bare(text: str) -> tuple[str, str]:
    """The opening mark of a formula and what is between its marks."""
    opener = text[:2] if text[:2] in CLOSERS else text[:1]
    return opener, text[len(opener) : -len(CLOSERS[opener])]
