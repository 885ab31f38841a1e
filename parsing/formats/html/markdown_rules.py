"""What Markdown has beyond CommonMark, as rules of markdown-it: footnotes, formulas, and addresses of links beside their words."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

DEFINITION = re.compile(r"\[\^([^\]\s]{1,80})\]:[ \t]*+(.*+)")
MARK = re.compile(r"\[\^([^\]\s]{1,80})\]")
NOTES = "notes"
LONGEST_FORMULA = 2000  # characters
FENCE = "$$"
MAIL = "mailto:"


def footnotes(markdown: MarkdownIt) -> None:
    """Each note stands as a paragraph below the block that has its mark; marks are left out, so that they join no number."""
    markdown.block.ruler.before("reference", "note", _note, {"alt": ["paragraph", "reference"]})
    markdown.core.ruler.after("block", "notes", _put_notes)


def formulas(markdown: MarkdownIt) -> None:
    """``$…$`` and ``$$…$$`` stay as they are written."""
    markdown.inline.ruler.before("escape", "formula", _formula)
    markdown.block.ruler.before(
        "fence", "formula", _formula_block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )


def addresses(markdown: MarkdownIt) -> None:
    """A link becomes its words and its address, a picture its description."""
    markdown.core.ruler.push("addresses", _put_addresses)


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _note(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    found = DEFINITION.match(_line(state, first)) if not state.is_code_block(first) else None
    if found is None:
        return False
    if silent:
        return True
    lines = [found[2]]
    line = first + 1
    while line < last and (
        _goes_on(state, line) or (state.isEmpty(line) and line + 1 < last and _is_within(state, line + 1))
    ):
        lines.append(_line(state, line))
        line += 1
    state.env.setdefault(NOTES, {}).setdefault(found[1], "\n".join(lines).strip())
    state.line = line
    return True


def _is_within(state: StateBlock, line: int) -> bool:
    """True for a filled line that is further in, as those of a note are behind a blank one."""
    return not state.isEmpty(line) and state.sCount[line] - state.blkIndent >= 2


def _goes_on(state: StateBlock, line: int) -> bool:
    """True for a line that continues a paragraph of a note: filled, and no other note."""
    return not state.isEmpty(line) and not DEFINITION.match(_line(state, line)) and not _begins_block(state, line)


def _begins_block(state: StateBlock, line: int) -> bool:
    return state.sCount[line] - state.blkIndent < 2 and _line(state, line).startswith(
        ("#", ">", "- ", "* ", "```", "|", "$$")
    )


def _put_notes(state: StateCore) -> None:
    notes: dict[str, str] = state.env.get(NOTES, {})
    if not notes:
        return
    tokens: list[Token] = []
    marks: list[str] = []
    for token in state.tokens:
        tokens.append(token)
        if token.type == "inline":
            marks += (name for name in MARK.findall(token.content) if name in notes)
            token.content = MARK.sub(lambda found: "" if found[1] in notes else found[0], token.content)
        if token.level == 0 and token.nesting <= 0 and token.type != "inline":
            for name in dict.fromkeys(marks):
                tokens += _paragraph(f"Note {name}: {notes.pop(name)}") if name in notes else ()
            marks = []
    for name, text in notes.items():  # without a mark
        tokens += _paragraph(f"Note {name}: {text}")
    state.tokens = tokens


def _paragraph(text: str) -> list[Token]:
    inline = Token("inline", "", 0, level=1, content=text, children=[])
    return [Token("paragraph_open", "p", 1, block=True), inline, Token("paragraph_close", "p", -1, block=True)]


def _formula(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "$":
        return False
    mark = FENCE if state.src.startswith(FENCE, state.pos) else "$"
    start = state.pos + len(mark)
    end = state.src.find(mark, start, min(start + LONGEST_FORMULA, state.posMax))
    inner = state.src[start:end] if end > start else ""
    after = state.src[end + 1 : end + 2]
    if not inner.strip() or (
        mark == "$" and (inner[0].isspace() or inner[-1].isspace() or after.isdigit() or "\n\n" in inner)
    ):
        return False
    if not silent:
        state.push("text", "", 0).content = state.src[state.pos : end + len(mark)]
    state.pos = end + len(mark)
    return True


def _formula_block(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    if not _line(state, first).startswith(FENCE) or state.is_code_block(first) or FENCE in _line(state, first)[2:]:
        return False
    line = first + 1
    while line < last and FENCE not in _line(state, line):
        if state.isEmpty(line) or line - first > LONGEST_FORMULA:
            return False
        line += 1
    if line >= last:
        return False
    if not silent:
        text = " ".join(_line(state, number).strip() for number in range(first, line + 1))
        state.tokens += _paragraph_of_formula(text, state.level)
        state.line = line + 1
    return True


def _paragraph_of_formula(text: str, level: int) -> list[Token]:
    opened, inline, closed = _paragraph(text)
    opened.level = closed.level = level
    inline.level = level + 1
    return [opened, inline, closed]


def _put_addresses(state: StateCore) -> None:
    for token in state.tokens:
        if token.children:
            token.children = _with_addresses(token.children)


def _with_addresses(children: list[Token]) -> list[Token]:
    made: list[Token] = []
    opened: list[tuple[str, int]] = []  # address, and where its words begin
    for child in children:
        if child.type == "link_open":
            opened.append((str(child.attrGet("href") or "").removeprefix(MAIL), len(made)))
        elif child.type == "link_close" and opened:
            address, start = opened.pop()
            words = "".join(one.content for one in made[start:])
            if address and not address.startswith("#") and words.strip() and address not in words:
                made.append(_text(f" ({address})"))
        elif child.type == "image":
            made.append(_text(child.content))
        else:
            made.append(child)
    return made


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
