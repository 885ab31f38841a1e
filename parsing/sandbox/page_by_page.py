"""How far the reading of a file has come over several children, when one page is too much for the first."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import DocumentUnreadable
from parsing.encoding import NO_TEXT
from parsing.sandbox.parent import ChildLost, Patience
from parsing.sniff.mime import PAGED
from parsing.types import Section

MOST_LOST = 5  # pages that may each cost a child
ONE = "Page {first} could not be read: {reason}."
ATTACHED = "The files attached to this one could not all be read: {reason}."
MANY = "Pages {first} to {last} could not be read: {reason}."


@dataclass
class PageByPage:
    """What a fresh child is told, and what became of the pages so far.

    Attributes:
        patience, cpu_s: what is left of the file's time and computing time.
        page_cpu_s: most computing time of one page.
        pages: None until the file is open, and for formats without pages.
        next_page: the first that is not yet read.
        has_attached: files inside this one are being read; they come after its pages, and no other child begins with them.
    """

    mime_type: str
    patience: Patience
    cpu_s: float
    page_cpu_s: float
    pages: int | None = None
    next_page: int = 1
    has_text: bool = False
    has_attached: bool = False
    lost: int = 0
    _child_cpu_s: float = 0.0
    _warning: str | None = None

    @property
    def is_paged(self) -> bool:
        """True when a fresh child can begin at any page."""
        return self.mime_type in PAGED

    @property
    def task(self) -> dict[str, float]:
        """What a child must know of it."""
        self._child_cpu_s = 0.0
        self.patience.turn_page()
        return {"first_page": self.next_page, "cpu_s": max(int(self.cpu_s), 1), "page_cpu_s": int(self.page_cpu_s)}

    @property
    def is_through(self) -> bool:
        """True when no page is left."""
        return self.pages is not None and self.next_page > self.pages

    def opened(self, pages: int) -> None:
        """A child says how many pages there are, and counts them one by one from here on."""
        if self.is_paged and self.pages is None:
            self.pages = pages
            self.patience.turn_page()

    def recognising(self, wall_s: float) -> None:
        """A child begins with a picture, which takes seconds: the file may take so much longer."""
        self.cpu_s += self.page_cpu_s
        self.patience.file_s += wall_s

    def read(self, section: Section, cpu_s: float) -> None:
        """A child gave a section, after so much computing time of its own."""
        self._child_cpu_s = cpu_s
        self.has_text = self.has_text or bool(section.text.strip())
        self._warning = self._warning or section.warning
        if self.is_paged:
            self.has_attached = self.has_attached or section.page is None
            self.next_page = section.number + 1
            self.patience.turn_page()

    def lose(self, error: ChildLost) -> Iterator[Section]:
        """Sections in the place of pages that no child can read: the one at which it ended, or all that are left.

        Raises:
            ChildLost: there is nothing to be saved.
        """
        if not self.is_paged or self.pages is None or (self.is_through and not self.has_text):
            raise error
        if self.is_through:
            if self.has_attached:
                yield Section(number=self.next_page, text="", warning=ATTACHED.format(reason=error.reason))
            return
        self.lost += 1
        self.cpu_s -= self._child_cpu_s + (self.page_cpu_s if error.is_out_of_time else 0)
        self._warning = error.message
        is_over = self.lost > MOST_LOST or self.cpu_s < 1 or self.patience.file_s <= 0
        last = self.pages if is_over else self.next_page
        sentence = (MANY if last > self.next_page else ONE).format(first=self.next_page, last=last, reason=error.reason)
        for page in range(self.next_page, last + 1):
            yield Section(number=page, page=page, text="", warning=sentence if page == self.next_page else None)
        self.next_page = last + 1

    def require_text(self) -> None:
        """Raise DocumentUnreadable when all that was read is no text."""
        if not self.has_text:
            raise DocumentUnreadable(self._warning or NO_TEXT)
