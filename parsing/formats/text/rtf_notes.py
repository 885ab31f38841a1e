"""Notes, headers, text boxes, links and numbers of an RTF file, made part of its text: striprtf passes over the groups that they are in.

Notes and boxes stand behind the paragraph or row that they belong to, headers before everything, footers behind it. Runs in a child process
only.
"""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(r"\\([a-z]{1,32})(-?\d{0,10}) ?|\\[^a-z]|[{}]|[^\\{}]+|\\", re.IGNORECASE)
SIGNS = re.compile(
    r"\\(?:footnote|annotation|header|footer|fldinst|shptxt|pntext|listtext)"
)  # without one, nothing is to be done
NOTES = ("footnote", "annotation", "shptxt", "dptxbxtext")
HEADERS, FOOTERS = ("header", "headerl", "headerr", "headerf"), ("footer", "footerl", "footerr", "footerf")
NUMBERS = ("pntext", "listtext")  # of lists, as they are printed
LEFT_OUT = (
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "listtable",
    "listoverridetable",
    "revtbl",
    "shprslt",
    "nonshppict",
)
ENDS = ("par", "row", "sect", "page", "nestrow")
PART = re.compile(
    r"""\\{1,2}([a-z])(?![a-z])|\\?"([^"]{0,2000})"|([^\s"\\]{1,2000})""", re.IGNORECASE
)  # of what a field is told
TOLD_MORE = ("o", "t", "l")  # switches that something follows: a tip, a window, a place within
NO_BRACES = str.maketrans("{}", "  ")
SPOKEN = re.compile(r"\A(?:mailto|tel):", re.IGNORECASE)


def spelled(text: str) -> str:
    """The file with all of that in its text; the very same text when there is none of it."""
    return _Speller().spell(text) if SIGNS.search(text) else text


@dataclass
class _Group:
    """An open group: the word that says what it holds, and where its tokens begin."""

    word: str = ""
    start: int = 0
    address: str = ""  # of a field


@dataclass
class _Speller:
    out: list[str] = field(default_factory=list)
    groups: list[_Group] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    headers: dict[str, None] = field(default_factory=dict)
    footers: dict[str, None] = field(default_factory=dict)
    depth_left_out: int = 0  # of the outermost group that is no text; 0 for none
    depth_lifted: int = 0  # of the group that is taken to another place
    in_row: bool = False

    def spell(self, text: str) -> str:
        """The file, note by note."""
        for found in TOKEN.finditer(text):
            token, word = found[0], found[1]
            if token == "{":
                self.groups.append(_Group(start=len(self.out)))
                self.out.append(token)
            elif token == "}":
                self._close()
            elif word:
                self._word(token, word)
            else:
                self.out.append(token)
        self._flush()
        headers = "".join(self.headers)
        body = "".join(self.out)
        return f"{body[:6]}{headers}{body[6:]}" if headers else body  # behind "{\\rtf1" or what stands there

    def _word(self, token: str, word: str) -> None:
        group = self.groups[-1] if self.groups else _Group()
        is_first = not group.word
        group.word = group.word or word
        if is_first and word in (*NOTES, *HEADERS, *FOOTERS, *NUMBERS) and not self.depth_left_out:
            self._lift(group, word)
            return
        if is_first and word in LEFT_OUT and not self.depth_left_out:
            self.depth_left_out = len(self.groups)
        self.in_row = word == "intbl" or (self.in_row and word not in ("pard", "row"))
        self.out.append(token)
        if word in ENDS and not self.depth_lifted and (word != "par" or not self.in_row):
            self._flush()

    def _lift(self, group: _Group, word: str) -> None:
        """Make the group one of text: without the word that says otherwise, and, unless it is a number, to be taken elsewhere."""
        del self.out[group.start + 1 :]  # the star that tells programs to pass over it
        if word in NUMBERS or self.depth_lifted:
            group.word = "text"
        else:
            self.depth_lifted = len(self.groups)

    def _close(self) -> None:
        self.out.append("}")
        if not self.groups:
            return
        depth, group = len(self.groups), self.groups.pop()
        if depth == self.depth_left_out:
            self.depth_left_out = 0
        elif depth == self.depth_lifted:
            self._take_out(group)
        elif group.word == "fldinst" and self.groups:
            self._note_address(group)
        elif group.word == "fldrslt" and self.groups and self.groups[-1].address:
            self._write_address(group, self.groups[-1].address)
        if depth == 1:
            last = self.out.pop()
            self._flush()
            self.out += [*self.footers, last]
            self.footers = {}

    def _take_out(self, group: _Group) -> None:
        self.depth_lifted = 0
        content = "".join(self.out[group.start :])
        del self.out[group.start :]
        text = f"{{\\par {content}\\par }}"
        if group.word in HEADERS:
            self.headers[text] = None
        elif group.word in FOOTERS:
            self.footers[text] = None
        else:
            self.notes.append(text)

    def _note_address(self, group: _Group) -> None:
        told = "".join(self.out[group.start :]).translate(NO_BRACES).partition("HYPERLINK")[2]
        del self.out[group.start :]  # striprtf would look for links of its own
        is_more = False
        for switch, quoted, bare in PART.findall(told):
            if switch:
                is_more = switch.lower() in TOLD_MORE
            elif is_more:
                is_more = False
            else:
                self.groups[-1].address = SPOKEN.sub("", (quoted or bare).rstrip("\\"))
                return

    def _write_address(self, group: _Group, address: str) -> None:
        shown = "".join(self.out[group.start :])
        if address.rstrip("/").rpartition("//")[2] not in shown:
            self.out.append(f" ({address})")

    def _flush(self) -> None:
        self.out += self.notes
        self.notes = []
