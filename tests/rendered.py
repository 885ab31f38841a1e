"""What a reader's page makes of markdown: the links, images and raw HTML in it, by CommonMark with GitHub's tables and bare addresses."""

import re
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
# As mdast-util-gfm-autolink-literal finds them in what is left as text, once escapes and entities are undone.
_BARE = re.compile(
    r"(?:^|(?<=[^A-Za-z0-9]))(?:https?://|www(?=\.))[-.\w]+\S*|[-.\w+]+@[-\w]+(?:\.[-\w]+)+", re.IGNORECASE | re.ASCII
)


@dataclass
class Rendered:
    """What stands on the page. ``text`` is what is read, code included."""

    links: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    text: str = ""


def rendered(markdown: str) -> Rendered:
    """The page of a markdown text."""
    page = Rendered()
    for token in _PARSER.parse(markdown):
        _take(page, token)
        inside = 0
        for child in token.children or ():
            inside += child.nesting if child.type in ("link_open", "link_close") else 0
            _take(page, child)
            if child.type == "text" and not inside:
                page.links += _BARE.findall(child.content)
        page.text += "\n" if token.nesting <= 0 else ""
    return page


def _take(page: Rendered, token: Token) -> None:
    if token.type == "link_open":
        page.links.append(str(token.attrs["href"]))
    elif token.type == "image":
        page.images.append(str(token.attrs["src"]))
    elif token.type in ("html_block", "html_inline"):
        page.html.append(token.content)
    elif token.type in ("text", "code_inline", "fence", "code_block"):
        page.text += token.content
    elif token.type in ("softbreak", "hardbreak"):
        page.text += "\n"
