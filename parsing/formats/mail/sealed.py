"""What is signed or encrypted by S/MIME (CMS, RFC 5652) or PGP: the signed text is taken out, of an encrypted one it is said that it is.

Only the way to the text is read, whatever the lengths in the file say; no signature is checked. Runs in a child process only.
"""

import re

ENCRYPTED = (
    "This message is encrypted; only the mail program of its recipient can read it. Save it there without encryption and "
    "upload it again."
)
SIGNED_OID = bytes.fromhex("2a864886f70d010702")
SEQUENCE, SET, OID, INTEGER, FIELD, OCTETS, OCTETS_IN_PARTS = 0x30, 0x31, 0x06, 0x02, 0xA0, 0x04, 0x24
TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
SIGNATURES = (
    *("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"),
    "application/pgp-keys",
)
PGP_MESSAGE, PGP_SIGNED = "-----BEGIN PGP MESSAGE-----", "-----BEGIN PGP SIGNED MESSAGE-----"
PGP_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
DASHED = re.compile(r"^- ", re.MULTILINE)


def signed_text(data: bytes) -> bytes | None:
    """What a signature encloses; None for anything else, such as an encrypted message or a signature on its own."""
    try:
        at = _enter(data, _enter(data, 0, SEQUENCE), OID, SIGNED_OID)
        for tag in (FIELD, SEQUENCE):
            at = _enter(data, at, tag)
        for tag in (INTEGER, SET):
            at = _skip(data, at, tag)
        at = _skip(data, _enter(data, at, SEQUENCE), OID)
        return _octets(data, _enter(data, at, FIELD))
    except (ValueError, IndexError):
        return None


def opened_pgp(text: str) -> str | None:
    """A plain text without what PGP puts around it; None when it is encrypted."""
    start = text.lstrip()
    if start.startswith(PGP_MESSAGE):
        return None
    if not start.startswith(PGP_SIGNED):
        return text
    body = start.partition("\n\n")[2].partition(PGP_SIGNATURE)[0]
    return DASHED.sub("", body)


def _header(data: bytes, at: int) -> tuple[int, int | None, int]:
    """The tag at a place, how long its content is (None: until it says that it ends), and where that begins."""
    tag, length = data[at], data[at + 1]
    if length == 0x80:
        return tag, None, at + 2
    if length < 0x80:
        return tag, length, at + 2
    end = at + 2 + (length & 0x7F)
    return tag, int.from_bytes(data[at + 2 : end][:8], "big"), end


def _enter(data: bytes, at: int, expected: int, content: bytes | None = None) -> int:
    """Where the content of what stands there begins; behind it, when it must be this content."""
    tag, length, start = _header(data, at)
    if tag != expected:
        raise ValueError(f"tag {tag:#x} at {at}")
    if content is None:
        return start
    if data[start : start + (length or 0)] != content:
        raise ValueError(f"another object at {at}")
    return start + len(content)


def _skip(data: bytes, at: int, expected: int) -> int:
    """Behind what stands there."""
    tag, length, at = _header(data, at)
    if tag != expected:
        raise ValueError(f"tag {tag:#x} at {at}")
    depth = 1
    while length is None:
        tag, inner, at = _header(data, at)
        if inner is None:
            depth += 1
        elif tag == 0 and inner == 0:
            depth -= 1
            length = 0 if depth == 0 else None
        else:
            at += inner
    return at + length


def _octets(data: bytes, at: int) -> bytes:
    """A string of bytes, in one piece or in parts."""
    tag, length, at = _header(data, at)
    if tag == OCTETS:
        return data[at : at + (length or 0)]
    if tag != OCTETS_IN_PARTS:
        raise ValueError(f"tag {tag:#x} at {at}")
    parts, end = [], len(data) if length is None else at + length
    while at < min(end, len(data) - 1):
        tag, length, at = _header(data, at)
        if tag != OCTETS or length is None:
            break
        parts.append(data[at : at + length])
        at += length
    return b"".join(parts)
