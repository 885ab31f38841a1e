"""Content lines, of which calendars (RFC 5545) and cards (RFC 6350, and vCard 2.1) are made: folded, escaped, with parameters."""

import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from parsing.encoding import decode

FOLD = re.compile(rb"\r?\n[ \t]")
QUOTED_PRINTABLE = re.compile(rb"[;=]QUOTED-PRINTABLE[;:]", re.IGNORECASE)
HEAD = re.compile(r"\A(?:[\w-]{1,40}\.)?([\w-]{1,60})((?:;(?:[^\";:]|\"[^\"]*+\")*+)*+):")
PARAMETER = re.compile(r";((?:[^\";:]|\"[^\"]*+\")*+)")
ESCAPED = re.compile(r"\\([\\,;nN:])")
PART = re.compile(r"(?:[^;\\]|\\.)++")
BINARY = ("B", "BASE64")


@dataclass(frozen=True, slots=True)
class ContentLine:
    """A property of a component: ``LOCATION;LANGUAGE=en:Hall 4``.

    Attributes:
        name: in capitals.
        parameters: by their names in capitals; those without a name, as vCard 2.1 has them, are types.
        value: as written, but for its encoding.
    """

    name: str
    parameters: Mapping[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value as text."""
        return unescaped(self.value)

    @property
    def is_binary(self) -> bool:
        """True for a picture, a sound or a key that stands in the line itself."""
        return self.parameters.get("ENCODING", "").upper() in BINARY or self.value.startswith("data:")


def content_lines(data: bytes) -> Iterator[ContentLine]:
    """The lines of a file, unfolded before they are decoded: old programs fold within characters."""
    unfolded = FOLD.sub(b"", data)
    if QUOTED_PRINTABLE.search(unfolded):
        unfolded = b"\n".join(_joined(unfolded.splitlines()))
    for line in decode(unfolded).split("\n"):
        if (head := HEAD.match(line)) is not None:
            parameters = _parameters(head[2])
            yield ContentLine(head[1].upper(), parameters, _decoded(line[head.end() :], parameters))


def unescaped(value: str) -> str:
    """A text without its backslashes."""
    return ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def parts_of(value: str) -> list[str]:
    """The filled parts of a structured value (an address, a name), each as text on one line."""
    return [part for found in PART.findall(value) if (part := " ".join(unescaped(found).split()))]


def _joined(lines: list[bytes]) -> Iterator[bytes]:
    """Quoted-printable lines that go on after ``=`` as one."""
    parts: list[bytes] = []
    for line in lines:
        goes_on = line.endswith(b"=") and bool(parts or QUOTED_PRINTABLE.search(line))
        parts.append(line[:-1] if goes_on else line)
        if not goes_on:
            yield b"".join(parts)
            parts = []
    yield b"".join(parts)


def _parameters(text: str) -> dict[str, str]:
    named: dict[str, str] = {}
    for found in PARAMETER.finditer(text):
        name, equals, value = found[1].partition("=")
        key = name.strip().upper()
        if not equals:
            key, value = ("ENCODING", name) if key in (*BINARY, "QUOTED-PRINTABLE") else ("TYPE", name)
        value = value.strip().strip('"')
        named[key] = f"{named[key]},{value}" if key in named else value
    return named


def _decoded(value: str, parameters: Mapping[str, str]) -> str:
    if parameters.get("ENCODING", "").upper() != "QUOTED-PRINTABLE":
        return value
    return decode(binascii.a2b_qp(value.encode()), declared=parameters.get("CHARSET", "utf-8"))
