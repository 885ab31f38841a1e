"""Selectors of CSS. cssselect2 parses and compiles them; here they are looked into for states that change while a page is read.

A state that a reader brings about (``:hover``, ``:checked``) is taken for given. A class or an attribute may be given later by a script.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import tinycss2  # type: ignore[import-untyped]
from cssselect2 import ElementWrapper, SelectorError  # type: ignore[import-untyped]
from cssselect2 import parser as css
from cssselect2.compiler import CompiledSelector  # type: ignore[import-untyped]

LONGEST, MOST_BRACKETS, MOST_COMBINATORS = 1000, 4, 12
# Pseudo-classes that the file alone decides. Any other is a state that a reader changes, or one that is not known here.
STATIC = re.compile(r"root|empty|(?:first|last|only)-(?:child|of-type)|(?:any-)?link")
STATIC_FUNCTIONS = re.compile(r"nth-(?:last-)?(?:child|of-type)|lang|not|is|where|has")
STATES = re.compile(
    r"hover|focus(?:-within|-visible)?|active|visited|checked|target|enabled|disabled|required|optional|valid|invalid|placeholder-shown"
    r"|indeterminate|default|read-only|read-write|fullscreen"
)
STATE_ATTRIBUTE = re.compile(r"(?:aria|data)-.*|hidden|open")
OLD_PSEUDO_ELEMENTS = ("before", "after", "first-line", "first-letter")
PSEUDO_ELEMENTS = (*OLD_PSEUDO_ELEMENTS, "selection", "placeholder", "marker", "backdrop", "file-selector-button")
ANYTHING = ":is(*)"
CHANGEABLE = (css.ClassSelector, css.AttributeSelector, css.NegationSelector)

Test = Callable[[ElementWrapper], bool]


@dataclass(frozen=True)
class Selector:
    """One selector.

    Attributes:
        compiled: as cssselect2 has it, with every state taken for given.
        specificity: how many ids, classes and states, names it has.
        pseudo: its pseudo-element; empty for most.
        is_certain: False when it has states, or is too deep to be judged.
        is_standard: False when some browsers do not know a part of it.
    """

    compiled: CompiledSelector
    tree: Any
    specificity: tuple[int, int, int]
    pseudo: str
    is_certain: bool
    is_standard: bool

    @cached_property
    def test_of_states(self) -> Test:
        """True for elements that it would be of, if they and those around them had all classes and attributes that it asks for."""
        test: Test = CompiledSelector(css.Selector(_without_changeable(self.tree))).test
        return test

    @cached_property
    def classes(self) -> frozenset[str]:
        """Classes that it asks of the element itself."""
        return _classes(_subject(self.tree))

    @cached_property
    def all_classes(self) -> frozenset[str]:
        """Classes that it asks of any element."""
        return frozenset(name for compound in _compounds(self.tree) for name in _classes(compound))

    @cached_property
    def ids(self) -> frozenset[str]:
        """Ids that it asks of the element itself."""
        return frozenset(one.ident for one in _subject(self.tree).simple_selectors if isinstance(one, css.IDSelector))

    @cached_property
    def near(self) -> tuple[str, frozenset[str]]:
        """How the next element that it names stands to the element itself, and the classes and ids that it asks of that."""
        if not isinstance(self.tree, css.CombinedSelector):
            return "", frozenset()
        compound = _subject(self.tree.left)
        ids = {one.ident for one in compound.simple_selectors if isinstance(one, css.IDSelector)}
        return self.tree.combinator, _classes(compound) | ids

    @cached_property
    def asks_for_state(self) -> bool:
        """True when it asks for something that is not there, or for an attribute that tells a state: what a script changes."""
        parts = (one for compound in _compounds(self.tree) for one in compound.simple_selectors)
        return any(
            isinstance(one, css.NegationSelector)
            or (isinstance(one, css.AttributeSelector) and STATE_ATTRIBUTE.fullmatch(one.lower_name))
            for one in parts
        )


def read_selectors(text: str) -> list[Selector | None]:
    """A list of selectors; None for one that is none. One that is too long to be judged may be of any element."""
    if len(text) > LONGEST:
        return [_selector(tinycss2.parse_component_value_list(ANYTHING + ":hover"))]
    return [_selector(tokens) for tokens in _list_of(tinycss2.parse_component_value_list(text, skip_comments=True))]


def serialized(tokens: Iterable[Any]) -> str:
    """Tokens as text; empty when they stand too deep in each other."""
    try:
        return str(tinycss2.serialize(tokens))
    except RecursionError:
        return ""


def _selector(tokens: list[Any]) -> Selector | None:
    text, pseudo, states, is_standard = _without_states(tokens)
    is_deep = _brackets(tokens) > MOST_BRACKETS
    try:
        (parsed,) = css.parse("*" if is_deep else text)
        if len(list(_compounds(parsed.parsed_tree))) > MOST_COMBINATORS:
            (parsed,), is_deep = css.parse("*"), True
        compiled = CompiledSelector(parsed)
    except (SelectorError, NotImplementedError, ValueError, SyntaxError, RecursionError):
        return None
    ids, classes, names = parsed.specificity
    is_certain = not states and not is_deep
    return Selector(compiled, parsed.parsed_tree, (ids, classes + states, names), pseudo, is_certain, is_standard)


def _list_of(tokens: Iterable[Any]) -> Iterator[list[Any]]:
    found: list[Any] = []
    for token in tokens:
        if token == ",":
            yield found
            found = []
        else:
            found.append(token)
    yield found


def _without_states(tokens: Iterable[Any]) -> tuple[str, str, int, bool]:
    """A selector with its states taken for given, its pseudo-element, the number of its states, and whether every browser knows it."""
    text, pseudo, states, is_standard, colons = "", "", 0, True, 0
    for token in tokens:
        if token == ":":
            colons += 1
            continue
        name = token.lower_value if token.type == "ident" else token.lower_name if token.type == "function" else ""
        if colons == 2 or (colons and name in OLD_PSEUDO_ELEMENTS):
            pseudo = name or "unknown"
            is_standard = is_standard and (name in PSEUDO_ELEMENTS or name.startswith("-webkit-"))
        elif colons and (STATIC.fullmatch(name) if token.type == "ident" else _is_static(token)):
            text += ":" + serialized([token])
        elif colons:
            text += ANYTHING
            states += 1
            is_standard = is_standard and bool(STATES.fullmatch(name) or STATIC_FUNCTIONS.fullmatch(name))
        else:
            text += serialized([token])
        colons = 0
    return text.strip(), pseudo, states, is_standard


def _is_static(token: Any) -> bool:
    """True for a function of selectors that has no state in it."""
    if token.type != "function" or not STATIC_FUNCTIONS.fullmatch(token.lower_name):
        return False
    _, pseudo, states, _ = _without_states(token.arguments)
    return not pseudo and not states


def _brackets(tokens: Iterable[Any]) -> int:
    """How deep functions stand in functions."""
    return max((1 + _brackets(token.arguments) for token in tokens if token.type == "function"), default=0)


def _subject(tree: Any) -> Any:
    return tree.right if isinstance(tree, css.CombinedSelector) else tree


def _compounds(tree: Any) -> Iterator[Any]:
    """The parts of a selector, each of one element, the last first."""
    while isinstance(tree, css.CombinedSelector):
        yield tree.right
        tree = tree.left
    yield tree


def _classes(compound: Any) -> frozenset[str]:
    """Its classes, and those that are one way to meet it."""
    found = {one.class_name for one in compound.simple_selectors if isinstance(one, css.ClassSelector)}
    for one in compound.simple_selectors:
        if isinstance(one, (css.MatchesAnySelector, css.SpecificityAdjustmentSelector)):
            found.update(*(_classes(_subject(other.parsed_tree)) for other in one.selector_list))
    return frozenset(found)


def _without_changeable(tree: Any) -> Any:
    if isinstance(tree, css.CombinedSelector):
        return css.CombinedSelector(_without_changeable(tree.left), tree.combinator, _without_changeable(tree.right))
    return css.CompoundSelector([one for one in tree.simple_selectors if not isinstance(one, CHANGEABLE)])
