"""Markdown of answers as HTML, for pages rendered on the server: HTML in it is escaped, and links lead nowhere but where we say."""

from collections.abc import Callable, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

# A link's address → where it leads on this page; None: its text stays, without a link.
Lead = Callable[[str], str | None]

_PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def html_of(markdown: str, lead: Lead) -> Markup:
    """The HTML. It is safe as it is: the parser escapes what it does not make itself, and images become their descriptions."""
    tokens = _PARSER.parse(markdown)
    for token in tokens:
        if token.children:
            token.children = _kept(token.children, lead)
    return Markup(_PARSER.renderer.render(tokens, _PARSER.options, {}))


def _kept(tokens: Sequence[Token], lead: Lead) -> list[Token]:
    kept, is_link = list[Token](), list[bool]()
    for token in tokens:
        if token.type == "link_open":
            address = lead(str(token.attrs.get("href", "")))
            is_link.append(address is not None)
            token.attrs = {"href": address or ""}
        if token.type == "image":
            kept.append(Token("text", "", 0, content=token.content))
        elif token.type not in ("link_open", "link_close") or is_link[-1]:
            kept.append(token)
        if token.type == "link_close":
            is_link.pop()
    return kept
