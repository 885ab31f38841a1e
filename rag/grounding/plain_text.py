"""Turns a sentence of a document into plain text that can be quoted inside an answer: no markup that could take effect."""

import re

from core.markup import without

LONGEST = 400  # characters within the brackets of an image: its words or its address
IMAGE = re.compile(rf"!\[([^\]]{{0,{LONGEST}}})\](?:\([^)]{{0,{LONGEST}}}\)|\[[^\]]{{0,{LONGEST}}}\])?")
LINK = re.compile(r"\[([^\[\]]+)\](?:\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\])")
COMMENT, COMMENT_END = re.compile("<!--"), re.compile("-->")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
NUMBER_MARK = re.compile(r"(?:(?<!\s)\s++)?+[\[【]\^?\d[\d\s,;–-]*+[\]】]")
EMPHASIS = re.compile(r"\*{1,3}|_{2,3}|~~|`+")
START = re.compile(r"\A\s*+(?:#{1,6}\s++|(?:>\s*+)++)")
WRAPPED = re.compile(r"(?<=\w)[-\u00ad\u2010]\n(?=[^\W\d_])")
CELL = re.compile(r"(?:(?<!\s)\s++)?+\|\s*+")


def plain_text(text: str, kind: str = "prose") -> str:
    """The text as one line: links and images become their words; HTML, emphasis and the document's own ``[7]`` marks are removed."""
    text = IMAGE.sub(r"\1", text)
    text = NUMBER_MARK.sub("", LINK.sub(r"\1", text))
    text = TAG.sub("", without(text, COMMENT, {"<!--": COMMENT_END}))
    text = _without_emphasis(text)
    text = START.sub("", text)
    if kind == "row":
        text = CELL.sub(" | ", text).strip(" |")
    text = WRAPPED.sub("-", text)
    return " ".join(text.split())


def _without_emphasis(text: str) -> str:
    """The text without paired emphasis marks. A mark without a partner is searched for only once (linear time)."""
    pieces: list[str] = []
    place = position = 0
    unclosed = set[str]()
    while opening := EMPHASIS.search(text, position):
        for mark in _marks(opening[0]):
            start = opening.start() + len(mark)
            if mark in unclosed or not text[start : start + 1].strip():
                continue
            end = _end_of_pair(text, mark, start + 1)
            if end >= 0:
                pieces += [text[place : opening.start()], text[start:end]]
                place = position = end + len(mark)
                break
            unclosed.add(mark)
        else:
            position = opening.end() if opening[0][0] == "`" else opening.start() + 1
    return "".join([*pieces, text[place:]])


def _marks(run: str) -> list[str]:
    """The marks that a run can be read as, longest first; a run of backticks is one mark."""
    least = 1 if run[0] == "*" else 2
    return [run] if run[0] == "`" else [run[:length] for length in range(len(run), least - 1, -1)]


def _end_of_pair(text: str, mark: str, start: int) -> int:
    """The offset of the closing mark, which has no space before it, or -1."""
    end = text.find(mark, start)
    while end >= 0 and text[end - 1].isspace():
        end = text.find(mark, end + 1)
    return end
