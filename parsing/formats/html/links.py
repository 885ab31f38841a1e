"""Where the links of a page lead, written behind their words, so that an address can be found and quoted. Runs in a child process only."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from urllib.parse import SplitResult, parse_qs, parse_qsl, unquote, urlencode, urljoin, urlsplit, urlunsplit

from lxml import etree  # type: ignore[import-untyped]

WEB = ("http", "https", "ftp")
SPOKEN = ("mailto", "tel")  # addresses of people
LONGEST = 200  # characters of an address; longer ones are for counting readers
FEW_CHARS = 600  # of addresses that never are too many
MOST_SHARE = 0.5  # of the text of a page
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
NEAR = 12  # elements above a link that are looked at
MOST_PARTS = 200  # of the words of a link
FILES = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|od[tsp]|rtf|csv|zip|epub|txt|ics|vcf)\Z", re.IGNORECASE)
COUNTING = re.compile(r"utm_\w{1,40}|fbclid|gclid|mc_[ce]id|mkt_tok|_hsenc|_hsmi", re.IGNORECASE)
LETTER = re.compile(r"\w")
NO_DIGIT = re.compile(r"\D+")
WRAPPERS = {  # services that lead on, and which part of their address says where
    "safelinks.protection.outlook.com": "url",
    "www.google.com/url": "q",
    "l.facebook.com/l.php": "u",
    "slack-redir.net/link": "url",
}


def spell(root: etree._Element) -> None:
    """Write the address of each link behind its words, where they do not say it. Links within a large site are left as they are."""
    base = next((one.get("href", "") for one in root.iter("base")), "")
    found = [(link, address) for link in root.iter("a") if (address := _address(link.get("href", ""), base))]
    found = [(link, address) for link, address in found if _is_missing(_words(link), address)]
    for link, address in _few(found, root):
        _write(link, address)


def _few(found: list[tuple[etree._Element, str]], root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """All, or those that lead away from the site and to files, where a page has more addresses than text."""
    length = sum(len(address) for _, address in found)
    if length <= FEW_CHARS or length <= MOST_SHARE * sum(map(len, root.itertext())):
        yield from found
        return
    hosts = Counter(_host(address) for _, address in found if "://" in address)
    own = hosts.most_common(1)[0][0] if hosts else ""
    for link, address in found:
        if _host(address) != own or FILES.search(address):
            yield link, address


def _host(address: str) -> str:
    return address.partition("://")[2].partition("/")[0]


def _address(href: str, base: str) -> str:
    """An address as a person would write it; empty for what leads nowhere outside the page."""
    href = "".join(href.split())
    scheme, _, rest = href.partition(":")
    if scheme.lower() in SPOKEN:
        return unquote(rest.partition("?")[0])[:LONGEST]
    if not href or href.startswith("#"):
        return ""
    try:
        parts = urlsplit(urljoin(base, href))
        if parts.scheme.lower() in WEB and parts.hostname:
            address = urlunsplit(_without_counting(_unwrapped(parts)))
        else:
            is_file = not parts.scheme and not parts.netloc and FILES.search(parts.path)
            address = unquote(parts.path) if is_file else ""
    except ValueError:
        return ""
    return address if len(address) <= LONGEST else ""


def _unwrapped(parts: SplitResult) -> SplitResult:
    """Where a link leads that a mail server or a service has wrapped."""
    whole = f"{parts.hostname or ''}{parts.path}"
    for wrapper, name in WRAPPERS.items():
        if whole.endswith(wrapper) or whole.startswith(wrapper) or (parts.hostname or "").endswith(f".{wrapper}"):
            target = urlsplit(parse_qs(parts.query).get(name, [""])[0])
            return target if target.scheme.lower() in WEB and target.hostname else parts
    return parts


def _without_counting(parts: SplitResult) -> SplitResult:
    """The same without what only tells where a reader came from."""
    if not any(map(COUNTING.fullmatch, (name for name, _ in islice(parse_qsl(parts.query), MOST_PARTS)))):
        return parts
    kept = [(name, value) for name, value in parse_qsl(parts.query) if not COUNTING.fullmatch(name)]
    return parts._replace(query=urlencode(kept))


def _words(link: etree._Element) -> str:
    return " ".join("".join(islice(link.itertext(), MOST_PARTS)).split())


def _is_missing(words: str, address: str) -> bool:
    """True when a link has words, and they do not say where it leads."""
    if not LETTER.search(words):
        return False
    said = "".join(words.lower().split())
    bare = address.lower().partition("://")[2].removeprefix("www.").rstrip("/") or address.lower()
    digits = NO_DIGIT.sub("", address)
    is_number = len(digits) > len(address) // 2 and "://" not in address
    return bare not in said and not (is_number and digits[-6:] in NO_DIGIT.sub("", words))


def _write(link: etree._Element, address: str) -> None:
    heading = next((one for one in islice(link.iterancestors(), NEAR) if one.tag in HEADINGS), None)
    if heading is not None and heading.getparent() is not None:  # headings are paths of sections
        paragraph = etree.Element("p")
        paragraph.text, paragraph.tail, heading.tail = f"({address})", heading.tail, None
        heading.addnext(paragraph)
        return
    mark = etree.SubElement(link, "span")
    mark.text = f" ({address})"
