"""Code as its reader sees it, so that different parsers can be compared."""

from collections.abc import Iterable

from markdown_it import MarkdownIt
from markdown_it.token import Token

from answers import formulas
from rag.grounding.markdown_parts import Part, PartKind

Code = list[tuple[str, str]]  # "span" or "block", "formula" or "display", and its text without spaces

# A piece of text each; short random rows of them are nasty.
CODE_MARKS = ("`", "`", "``", "```", "~~~", "~", "\\", "\\\\", "    ", "\t")
BLOCK_MARKS = ("> ", ">", "- ", "* ", "+ ", "1. ", "2. ", "10) ", "# ", "#", "---", "===", "***", "=", "-")
TABLE_MARKS = ("|", "|", "|-|", "--|--", ":-", "-:", "a|b", "\\|")
WORDS = (
    "a",
    "b ",
    "1",
    ".",
    " ",
    "  ",
    "\n",
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "\xa0",
    "\u202a",
    "&#96;",
    "<b>",
    "<!--",
    ":n",
    "[x]: /y",
    "![",
)
ANSWER_WORDS = ("[1]", " [1]", "[2]", " [9].", "[unsupported]", "Alpha beta gamma.", " 900 days. ")
FORMULA_MARKS = ("$", "$$", "$$$", "\\(", "\\)", "\\[", "\\]", "x^2", "$x$", "$5", "\\[y=1\\]", "$$a|b$$", "\n$$\n")
NASTY = (*CODE_MARKS, *BLOCK_MARKS, *TABLE_MARKS, *WORDS)

# Nested as deep as it comes, and with what the page's parser has besides CommonMark.
_PARSER = MarkdownIt("commonmark", {"html": True, "maxNesting": 100}).enable(["table", "strikethrough"])


def of_parts(parts: Iterable[Part]) -> Code:
    """The code among the parts of a text."""
    found: list[list[str]] = []
    ticks: list[int] = []  # that enclose it
    last = PartKind.MARK
    for part in parts:
        if part.kind is PartKind.FORMULA:
            shown = formulas.inline(part.text)
            found.append(["formula", shown])
            ticks.append(2 if shown.startswith("$$") else 1)
        elif part.kind is PartKind.DISPLAY:
            found.append(["display", formulas.display(part.text, "").strip()])
            ticks.append(2)
        elif part.kind is PartKind.SPAN and last is not PartKind.JOINT:
            found.append(["span", ""])
            ticks.append(len(part.text) - len(part.text.lstrip("`")))
        elif part.kind in (PartKind.FENCE, PartKind.BLOCK) and (not last.is_code or last.is_formula):
            found.append(["block", ""])
            ticks.append(0)
        if part.kind in (PartKind.SPAN, PartKind.BLOCK):
            found[-1][1] += part.text
        last = part.kind
    return normal((kind, text[length : len(text) - length]) for (kind, text), length in zip(found, ticks, strict=True))


def of_markdown_it(markdown: str) -> Code:
    """The code in a markdown text, by markdown-it: a third opinion beside ours and the page's."""
    return normal(_codes(_PARSER.parse(markdown.strip())))


def _codes(tokens: Iterable[Token]) -> Iterable[tuple[str, str]]:
    for token in tokens:
        if token.type in ("fence", "code_block"):
            yield "block", token.content
        elif token.type == "code_inline":
            yield "span", token.content
        yield from _codes(token.children or ())


def normal(found: Iterable[tuple[str, str]]) -> Code:
    """Blocks below each other as one, nothing that is empty, and neither spaces nor the backslash of a bar in a table."""
    code: Code = []
    for kind, text in found:
        words = "".join(text.split()).replace("\\|", "|")
        if not words:
            continue
        if kind == "block" and code and code[-1][0] == "block":
            code[-1] = (kind, code[-1][1] + words)
        else:
            code.append((kind, words))
    return code
