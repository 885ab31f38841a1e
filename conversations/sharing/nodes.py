"""The Markdown of an answer as a tree of a few kinds of nodes, which pages and PDFs are made of. Nothing in it is markup."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from answers.apart import CITATION, FORMULA, MATH, REMARK, marked

# No HTML, no images, and of links only those that stand for citations and remarks.
_PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable(["image", "autolink"])
_KINDS = {
    "paragraph": "paragraph",
    "blockquote": "quote",
    "bullet_list": "list",
    "ordered_list": "numbered",
    "list_item": "item",
    "strong": "strong",
    "em": "emphasis",
    "s": "strike",
    "table": "table",
    "tr": "row",
    "hr": "rule",
    "hardbreak": "break",
}
_FLAT = ("inline", "root", "thead", "tbody")  # their children stand for them


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a text.

    Blocks: ``paragraph``, ``heading`` (``number``: its level), ``list``, ``numbered`` (``number``: of its first item) with ``item``,
    ``quote``, ``code_block``, ``formula_block``, ``rule``, ``table`` with ``row`` and ``cell`` (``number`` 1: of its head).
    Within them: ``text``, ``strong``, ``emphasis``, ``strike``, ``code``, ``formula``, ``break``, ``cite`` (``number``), ``remark``.
    """

    kind: str
    text: str = ""
    number: int = 0
    children: tuple["Node", ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For a template that reads JSON."""
        children = [child.as_json() for child in self.children]
        return {"kind": self.kind, "text": self.text, "number": self.number, "children": children}


def plain(text: str) -> tuple[Node, ...]:
    """A text as it was written: paragraphs and line breaks, no markup."""
    return tuple(_paragraph(block) for block in text.strip().split("\n\n") if block.strip())


def _paragraph(block: str) -> Node:
    lines = [Node("text", text=line) for line in block.strip("\n").split("\n")]
    return Node("paragraph", children=tuple(node for line in lines for node in (Node("break"), line))[1:])


def of_answer(text: str, numbers: Mapping[int, int]) -> tuple[Node, ...]:
    """A canonical answer (``rag.events``).

    Args:
        numbers: number of a citation in the answer → number that is shown.
    """
    return _parsed(marked(text, frozenset(numbers)), numbers)


def of_markdown(markdown: str) -> tuple[Node, ...]:
    """A message as the chat shows it; links become their words."""
    return _parsed(markdown, {})


def _parsed(markdown: str, numbers: Mapping[int, int]) -> tuple[Node, ...]:
    return tuple(_nodes(SyntaxTreeNode(_PARSER.parse(markdown)), numbers))


def _nodes(node: SyntaxTreeNode, numbers: Mapping[int, int]) -> Iterable[Node]:
    """The nodes that stand for one of the parser's."""
    children = tuple(found for child in node.children for found in _nodes(child, numbers))
    kind = node.type
    if kind in _FLAT:
        return children
    if kind in _KINDS:
        start = int(node.attrs.get("start", 1)) if kind == "ordered_list" else 0
        return (Node(_KINDS[kind], number=start, children=children),)
    match kind:
        case "heading":
            return (Node("heading", number=int(node.tag[1:]), children=children),)
        case "th" | "td":
            return (Node("cell", number=int(kind == "th"), children=children),)
        case "link":
            return _link(str(node.attrs.get("href", "")), children, numbers)
        case "softbreak":
            return (Node("text", text="\n"),)
        case "fence" | "code_block":
            is_formula = kind == "fence" and node.info.strip() == MATH
            return (Node("formula_block" if is_formula else "code_block", text=node.content.rstrip("\n")),)
        case "code_inline":
            is_formula = node.content.startswith(FORMULA)
            return (Node("formula" if is_formula else "code", text=node.content.removeprefix(FORMULA)),)
    return (Node("text", text=node.content),) if node.content else children


def _link(href: str, children: tuple[Node, ...], numbers: Mapping[int, int]) -> tuple[Node, ...]:
    number = href.removeprefix(CITATION)
    if href.startswith(CITATION) and number.isdecimal() and int(number) in numbers:
        return (Node("cite", number=numbers[int(number)]),)
    if href.startswith(REMARK):
        return (Node("remark", text=f"({''.join(child.text for child in children)})"),)
    return children
