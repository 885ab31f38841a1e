"""Styles that build on other styles: what a style says of itself, then what those say that it is based on."""

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

MOST_BASES = 20  # of one style; more than any office program makes

Name = TypeVar("Name")
Style = TypeVar("Style")
Value = TypeVar("Value")


class Cascade(Generic[Name, Style]):
    """The styles of one document.

    Args:
        styles: by name.
        base: the name of the style that a style is based on; None when there is none.
    """

    def __init__(self, styles: Mapping[Name, Style], base: Callable[[Style], Name | None]) -> None:
        self._styles = styles
        self._base = base

    def line(self, name: Name | None) -> Iterator[Style]:
        """A style, then its bases, nearest first. A circle or a line without end is cut off."""
        seen: set[Name] = set()
        while name is not None and name not in seen and len(seen) < MOST_BASES:
            style = self._styles.get(name)
            if style is None:
                return
            seen.add(name)
            yield style
            name = self._base(style)

    def first(self, name: Name | None, ask: Callable[[Style], Value | None]) -> Value | None:
        """The nearest answer along the line; None when no style has one."""
        return next((found for style in self.line(name) if (found := ask(style)) is not None), None)
