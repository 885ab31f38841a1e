"""XML as it is written by hand and by logs: with entities of HTML, with several roots, or broken off. Runs in a child process only."""

import re
from dataclasses import dataclass
from html.entities import html5

from lxml import etree  # type: ignore[import-untyped]

from core.errors import DocumentUnreadable
from core.storable import storable
from parsing.encoding import NO_TEXT, decode
from parsing.formats.ooxml import package

NOUN = "XML file"
DECLARATION = re.compile(r"<\?xml\b(?:[^<>?]|\?(?!>))*+\?>\s*+", re.IGNORECASE)
ENCODING = re.compile(rb"\A\s*+<\?xml[^>]{0,200}?encoding\s*+=\s*+[\"']([\w.:-]{1,40})[\"']")
DOCTYPE = re.compile(r"<!DOCTYPE\b[^<>\[\]]*+>", re.IGNORECASE)
ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(?:([A-Za-z][A-Za-z0-9]{1,31});|(?!#\d{1,7};|#x[0-9A-Fa-f]{1,6};))")
DEFINES = re.compile(r"<!ENTITY\b", re.IGNORECASE)
TAG = re.compile(r"<[^<>]*+>")


@dataclass(frozen=True, slots=True)
class Tree:
    """What could be made of an XML file.

    Attributes:
        root: None when there is no tree in it; then ``text`` is what stands between its tags.
        is_joined: the root is none of the file's, which has several.
        is_damaged: something of it may be missing.
    """

    root: etree._Element | None
    text: str = ""
    is_joined: bool = False
    is_damaged: bool = False


def tree_of(data: bytes) -> Tree:
    """The tree of a file: as it stands, else with its entities and roots put right, else as far as it goes.

    Raises:
        DocumentUnreadable: it defines entities, or there is no text in it.
    """
    said = ENCODING.match(data)
    text = storable(decode(data, declared=said[1].decode("ascii") if said else None))
    if not text.strip():
        raise DocumentUnreadable(NO_TEXT)
    text = DECLARATION.sub("", text, count=1).strip() if DECLARATION.match(text.lstrip()) else text.strip()
    if (root := _parsed(text)) is not None:
        return Tree(root)
    mended = ENTITY.sub(_character, text)
    if (root := _parsed(mended)) is not None:
        return Tree(root)
    inner = DOCTYPE.sub("", DECLARATION.sub("", mended))
    if (root := _parsed(f"<parts>{inner}</parts>")) is not None:
        return Tree(root, is_joined=True)
    return _recovered(mended)


def _parsed(text: str) -> etree._Element | None:
    """The root; None when the text is no XML. Raises DocumentUnreadable for what defines entities."""
    try:
        return package.parse_xml(text.encode(), NOUN)
    except DocumentUnreadable as error:
        if error.__cause__ is None or DEFINES.search(text):
            raise
        return None


def _character(found: re.Match[str]) -> str:
    """The character that an entity of HTML stands for; an ``&`` of its own as it must be written."""
    character = html5.get(f"{found[1]};") if found[1] else None
    return character if character and character not in "<&>" else f"&amp;{found[0][1:]}"


def _recovered(text: str) -> Tree:
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(f"<parts>{DOCTYPE.sub('', text)}</parts>".encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    bare = " ".join(TAG.sub(" ", text).split())
    is_whole = root is not None and len("".join("".join(root.itertext()).split())) >= len(bare.replace(" ", "")) // 2
    return Tree(root if is_whole else None, TAG.sub("\n", text), is_joined=True, is_damaged=True)
