"""A sentence of a document as it may be quoted inside an answer: words only, no markup that could act."""

import re

IMAGE = re.compile(r"!\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?")
LINK = re.compile(r"\[([^\[\]]+)\](?:\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\])")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", re.DOTALL)
NUMBER_MARK = re.compile(r"\s*[\[【]\^?\d[\d\s,;–-]*[\]】]")
EMPHASIS = re.compile(r"(\*{1,3}|_{2,3}|~~|`+)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)
START = re.compile(r"^\s*(?:#{1,6}\s+|(?:>\s*)+)")
WRAPPED = re.compile(r"(?<=\w)[-\u00ad\u2010]\n(?=[^\W\d_])")
CELL = re.compile(r"\s*\|\s*")


def plain(text: str, kind: str = "prose") -> str:
    """One line of text: links and images by their words, no HTML, no emphasis, none of the document's own ``[7]`` marks."""
    text = IMAGE.sub(r"\1", text)
    text = NUMBER_MARK.sub("", LINK.sub(r"\1", text))
    text = TAG.sub("", text)
    text = EMPHASIS.sub(r"\2", text)
    text = START.sub("", text)
    if kind == "row":
        text = CELL.sub(" | ", text).strip(" |")
    text = WRAPPED.sub("-", text)
    return " ".join(text.split())
