"""Addresses of links, as they stand in a text beside the words that lead there: ``the claim form (https://forms.example.org/claim)``."""

from urllib.parse import unquote

SPOKEN = ("mailto:", "tel:", "sms:", "callto:")  # shown without the word before the colon
NO_ADDRESS = ("#", "javascript:", "vbscript:", "data:", "about:", "cid:", "ppaction:")
LONGEST_ADDRESS = 500  # what is longer carries codes for its maker's eyes


def address_of(target: str) -> str:
    """What a link leads to, as a person would write it; empty for a place in the same document and for what runs a program."""
    target = "".join(target.split("\n")).strip()
    if target.lower().startswith(NO_ADDRESS) or len(target) > LONGEST_ADDRESS:
        return ""
    if target.lower().startswith(SPOKEN):
        return unquote(target.partition(":")[2].partition("?")[0]).strip()
    return target


def beside(text: str, target: str) -> str:
    """A link's words with its address, where they do not say it already."""
    address = address_of(target)
    if not address or _plain(address) in _plain(text):
        return text
    return f"{text.rstrip()} ({address})" if text.strip() else address


def _plain(address: str) -> str:
    return address.lower().removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
