"""A message and the files that it carries, whatever wrote it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message: its bytes, or a message of its own, or why there is neither. ``addresses`` are how its page shows it."""

    name: str
    data: bytes | None = None
    message: "MailMessage | None" = None
    warning: str | None = None
    addresses: tuple[str, ...] = ()

    def is_shown_in(self, page: str) -> bool:
        """True for the logos and screenshots of a page, which are no files of their own."""
        return any(address in page for address in self.addresses)


@dataclass(frozen=True, slots=True)
class MailMessage:
    """A message.

    Attributes:
        fields: are shown above it.
        plain, html: its text, and the same as a page. One of them is read, see ``parsing.formats.mail.body``.
        attachments: files, and what its page shows.
        sheets: style sheets of its page, by address.
        is_encrypted: there is a text that cannot be read.
    """

    fields: list[tuple[str, str]]
    plain: str = ""
    html: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    sheets: dict[str, str] = field(default_factory=dict)
    is_encrypted: bool = False

    @property
    def subject(self) -> str:
        """What it is about; empty when it does not say."""
        return dict(self.fields).get("Subject", "")

    @property
    def is_sealed(self) -> bool:
        """True when there is nothing in it but what is encrypted."""
        return self.is_encrypted and not self.attachments and not (self.plain + self.html).strip()

    @property
    def shown(self) -> list[Attachment]:
        """What its page shows."""
        return [one for one in self.attachments if one.is_shown_in(self.html)]
