"""Documents that a question names by what they are: "the repair invoice" is REPAIR-2022-INV-001.pdf."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from rag.terms import STOP_WORDS

# kind of document → how names of files have it
ROLES: dict[str, frozenset[str]] = {
    role: frozenset([role, *others.split()])
    for role, others in {
        "invoice": "inv invoices bill rechnung",
        "contract": "contracts agreement agr vertrag",
        "agreement": "agreements contract agr vertrag",
        "report": "rpt rep rept reports bericht",
        "receipt": "rcpt receipts quittung",
        "quote": "quotation offer angebot",
        "order": "po orders bestellung",
        "policy": "pol policies richtlinie",
        "manual": "man manuals handbuch guide",
        "letter": "ltr letters brief",
        "memo": "memorandum memos",
        "resume": "cv lebenslauf",
        "lease": "mietvertrag",
        "rechnung": "invoice inv",
        "vertrag": "contract agreement",
        "bericht": "report rpt",
    }.items()
}
MOST_MODIFIERS = 2  # words before the kind of document


def by_role(words: Sequence[str], titles: Sequence[tuple[UUID, Sequence[str]]]) -> tuple[UUID, ...]:
    """The documents whose titles have a kind of document that a question names and the words before it; none where several have both.

    Args:
        words: of the question, in lower case.
        titles: id and words of each title.
    """
    named: list[UUID] = []
    for place, word in enumerate(words):
        modifiers = list(_modifiers(words[:place])) if word in ROLES else []
        if modifiers:
            found = [key for key, title in titles if _fits(modifiers, ROLES[word], title)]
            named += found if len(found) == 1 else []
    return tuple(dict.fromkeys(named))


def _modifiers(before: Sequence[str]) -> Iterator[str]:
    """The words directly before, up to an article or a word of grammar."""
    for word in list(reversed(before))[:MOST_MODIFIERS]:
        if word in STOP_WORDS:
            return
        yield word


def _fits(modifiers: Sequence[str], role: frozenset[str], title: Sequence[str]) -> bool:
    return all(word in title for word in modifiers) and any(word in title for word in role)
