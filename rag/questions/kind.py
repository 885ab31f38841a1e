"""The kinds of questions: what a question asks for decides how it is answered."""

from enum import StrEnum


class Kind(StrEnum):
    """What a question asks for. Where it is unclear, it is a ``FACT``: the documents are searched.

    Attributes:
        FACT: something the documents say.
        DOCUMENT: something about one document: attached, named or "this".
        SUMMARY: the main points of a document.
        PART: a page or a section.
        COMPARISON: what differs, or what changed.
        LIST: everything of a kind.
        COUNT: how many documents or records.
        TABLE: a sum, a mean, an extreme or another figure of a table.
        CONVERSATION: the conversation itself or the last answer: shorter, in German, are you sure.
        LIBRARY: which documents there are.
        TALK: a greeting, thanks.
        HELP: what the product can do and how.
        OUTSIDE: nothing that documents answer: an e-mail, a translation, the weather.
    """

    FACT = "fact"
    DOCUMENT = "document"
    SUMMARY = "summary"
    PART = "part"
    COMPARISON = "comparison"
    LIST = "list"
    COUNT = "count"
    TABLE = "table"
    CONVERSATION = "conversation"
    LIBRARY = "library"
    TALK = "talk"
    HELP = "help"
    OUTSIDE = "outside"


# Answered without looking into documents.
OF_OURS = frozenset({Kind.TALK, Kind.HELP, Kind.LIBRARY, Kind.CONVERSATION, Kind.OUTSIDE})
