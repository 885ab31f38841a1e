"""The text of an Outlook message that stands only in its RTF: unpacked (MS-OXRTFCP), and the page within it (MS-OXRTFEX).

Runs in a child process only.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from striprtf.striprtf import charset_map

from core.errors import DocumentUnreadable
from core.storable import storable
from parsing.formats.text import rtf
from parsing.parser_input import InMemoryFile

PACKED, PLAIN = b"LZFu", b"MELA"
HEAD_BYTES = 16
WINDOW = 4096
MOST_BYTES = 50 * 1024**2
BEGINNING = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArial"
    rb"Times New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n" + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
HOLDS_PAGE = "\\fromhtml"
TOKEN = re.compile(
    r"\\([a-z]{1,32})(-?\d{1,9})? ?|((?:\\'[0-9a-f]{2})++)|\\([^a-z])|([{}])|[\r\n]++|([^\\{}\r\n]++)", re.IGNORECASE
)
FONT = re.compile(r"\\f(\d{1,5})(?:\\[a-z]{1,20}\d{0,5} ?){0,6}\\fcharset(\d{1,3})")
CODE_PAGE = re.compile(r"\\ansicpg(\d{1,5})")
SIGNS = {
    "par": "\n",
    "line": "\n",
    "tab": "\t",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
} | {
    "endash": "–",
    "emdash": "—",
}
OTHER_SIGNS = {"{": "{", "}": "}", "\\": "\\", "~": "\xa0", "_": "-"}
NO_TEXT = ("fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "pntext")
HEAD_CHARS = 4096


def unpacked(data: bytes) -> str:
    """The RTF, a character to a byte; empty for what is none."""
    kind, body = data[8:12], data[HEAD_BYTES:]
    return (_decompressed(body) if kind == PACKED else body if kind == PLAIN else b"").rstrip(b"\0").decode("latin-1")


def _decompressed(body: bytes) -> bytes:
    """What LZFu packed: runs of eight, each a byte or a reference into the last 4,096."""
    window = bytearray(BEGINNING.ljust(WINDOW, b"\0"))
    place, at, out = len(BEGINNING), 0, bytearray()
    while at < len(body) and len(out) < MOST_BYTES:
        flags = body[at]
        at += 1
        for bit in range(8):
            if flags >> bit & 1:
                if at + 2 > len(body):
                    return bytes(out)
                offset, length = body[at] << 4 | body[at + 1] >> 4, (body[at + 1] & 15) + 2
                at += 2
                if offset == place:  # the end
                    return bytes(out)
                run = [(offset + step) % WINDOW for step in range(length)]
            elif at < len(body):
                run, window[place] = [place], body[at]
                at += 1
            else:
                return bytes(out)
            for source in run:
                out.append(window[source])
                window[place] = window[source]
                place = (place + 1) % WINDOW
    return bytes(out)


def plain_of(rich: str) -> str:
    """The text of an RTF; empty when there is none."""
    if not rich.strip():
        return ""
    try:
        sections = list(rtf.parse(InMemoryFile(rich.encode("latin-1")), lambda *_: None))
    except DocumentUnreadable:
        return ""
    return "\n\n".join(section.text for section in sections)


def page_of(rich: str) -> str:
    """The page that Outlook put into an RTF; empty when there is none."""
    if HOLDS_PAGE not in rich[:HEAD_CHARS]:
        return ""
    return storable("".join(_page(rich)))


@dataclass(frozen=True, slots=True)
class _State:
    """What a group of the RTF holds: marks of the page, or text that is not its own (``\\htmlrtf``, tables of fonts)."""

    code_page: str
    is_tag: bool = False
    is_left_out: bool = False
    is_rtf: bool = False

    def after(self, word: str, number: str, fonts: dict[str, str]) -> "_State":
        """The state behind a control word."""
        if word == "htmltag":
            return replace(self, is_tag=True, is_left_out=False)
        if word == "htmlrtf":
            return replace(self, is_rtf=number != "0")
        if word in NO_TEXT:
            return replace(self, is_left_out=True)
        return replace(self, code_page=fonts.get(number, self.code_page)) if word == "f" else self

    def shown(self, said: str) -> str:
        """A text as the source of a page; empty where it is none of it."""
        if self.is_left_out or self.is_rtf:
            return ""
        return said if self.is_tag else html.escape(said, quote=False)


def _page(rich: str) -> Iterator[str]:
    found = CODE_PAGE.search(rich[:HEAD_CHARS])
    usual = f"cp{found[1]}" if found else "cp1252"
    fonts = {number: charset_map.get(int(charset), usual) for number, charset in FONT.findall(rich)}
    states = [_State(usual)]
    unread = 0  # characters in place of one that was written by its number
    for word, number, escaped, sign, brace, text in TOKEN.findall(rich):
        if brace == "{":
            states.append(states[-1])
        elif brace:
            del states[max(len(states) - 1, 1) :]
        elif sign == "*":
            states[-1] = replace(states[-1], is_left_out=True)
        elif word == "u" and number:
            unread = 1
            yield states[-1].shown(chr(int(number) % 0x10000))
        elif escaped or text:
            said = text or _decoded(escaped, states[-1].code_page)
            yield states[-1].shown(said[unread:])
            unread = 0
        else:
            states[-1] = states[-1].after(word, number, fonts)
            yield states[-1].shown(SIGNS.get(word, "") or OTHER_SIGNS.get(sign, ""))


def _decoded(escaped: str, code_page: str) -> str:
    data = bytes.fromhex(escaped.replace("\\'", ""))
    try:
        return data.decode(code_page, "replace")
    except LookupError:
        return data.decode("cp1252", "replace")
