"""A message that is only a link: not a question, but an offer to read the page."""

from urllib.parse import quote

from answers.transcript import escape
from chat.language import words
from chat.services import services
from core.access import Principal
from core.errors import Invalid
from core.words import N_
from ingestion.sources.addresses import Address, address_of

_ASKED = N_("This is a link. Shall its page become a document in your library, so that you can ask about it?")
_LABEL = N_("Read %(page)s")
_BRACKETS = {"<": ">", "(": ")"}


def link_in(text: str) -> Address | None:
    """The address that a message consists of, in brackets or not; None when it says anything else, or when it is no address of a page."""
    text = text.strip()
    if text and text[-1] == _BRACKETS.get(text[0]):
        text = text[1:-1].strip()
    if text.split() != [text] or not text.lower().startswith(("http://", "https://")):
        return None
    try:
        return address_of(text)
    except Invalid:
        return None


async def offer_for(principal: Principal, text: str) -> str | None:
    """The reply to a message that is only a link, in Markdown; None for any other, and where links are turned off."""
    sources = services().shared.sources
    address = link_in(text) if sources.is_enabled else None
    if address is None:
        return None
    for link in await sources.all(principal):
        if link.address == address.text and link.document_id is not None:
            file = f"[{escape(address.title)}](/api/documents/{link.document_id}/file)"
            return words().text("%(link)s is already in your library.", link=file)
    label = words().text(_LABEL, page=escape(address.title))
    return f"{words().text(_ASKED)}\n\n[{label}](/library?link={quote(address.text, safe='')})"
