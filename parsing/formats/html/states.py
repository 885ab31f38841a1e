"""What a page may look like after a click: rules for another state of an element, scripts that know it, controls that open it.

An inactive tab or a folded answer is part of what a reader of the page reads, so it is not hidden. See docs/adr/0026-visible.md.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

from lxml import etree  # type: ignore[import-untyped]

from parsing.formats.html.cascade import Element, PageStyles
from parsing.formats.html.sheets import Rule

WORD = re.compile(r"[\w-]+")
# A class that says what state its element is in, in the words of the usual libraries.
STATE = re.compile(
    r"(?<![^_-])(?:open(?:ed)?|active|shown?|showing|visible|in|expanded|selected|current|on|toggled|checked|is|has)(?![^_-])"
)
SCRIPTS = ("", "module", "text/javascript", "application/javascript")
STEPS = 4  # what asking a rule costs
MOST_BESIDE = 30  # elements that are looked at beside one, and in one of those
MOST_CLASSES = 100  # of one element
NOTHING = ("script", "style", "br", "hr")
CONTROLS = ("button", "summary", "select")
ROLES = ("button", "tab", "switch", "menuitem", "treeitem", "link")
POINTERS = (
    "aria-controls",
    "aria-owns",
    "popovertarget",
    "commandfor",
    "for",
    "list",
)  # attributes that name another element
OPENED = ("tabpanel", "dialog", "alertdialog", "menu", "listbox", "tooltip")  # roles of what is opened
LONGEST_LABEL, LONGEST_MORE = (
    200,
    40,
)  # characters of what is no more than a control and its words, before the text and after it


class States:
    """Tells whether an element that is not shown at first may be shown later."""

    def __init__(self, root: etree._Element, styles: PageStyles) -> None:
        self._rules: defaultdict[str, list[Rule]] = defaultdict(list)  # by the property that they declare
        for rule in styles.rules:
            if not rule.selector.pseudo:
                for name in {one.name for one in rule.declarations}:
                    self._rules[name].append(rule)
        scripts = [one for one in root.iter("script") if one.get("type", "").strip().lower() in SCRIPTS]
        self._has_foreign_script = any(one.get("src") for one in scripts)
        self._in_scripts = {word for one in scripts for word in WORD.findall(one.text or "")}
        self._pointed_at: set[str] = set()
        self._together: defaultdict[str, set[str]] = defaultdict(set)  # class → classes that some element has beside it
        for element in root.iter(etree.Element):
            self._note(element)
        self._known: dict[tuple[etree._Element, tuple[str, ...]], bool] = {}

    def may_open(self, element: Element, names: Sequence[str]) -> bool:
        """True for an element that these properties hide, and that a reader or a script may show."""
        inner = element.etree_element
        if inner.get("role") in OPENED or inner.get("popover") is not None or inner.get("hidden") == "until-found":
            return True
        return self._is_known_to_scripts(inner) or self._has_control(inner) or self.may_change(element, names)

    def may_change(self, element: Element, names: Sequence[str]) -> bool:
        """True when a rule that declares one of these properties is for the element in another state of the page."""
        asked = (element.etree_element, tuple(names))
        if asked not in self._known:
            self._known[asked] = any(self._is_of_state(rule, element) for name in names for rule in self._rules[name])
        return self._known[asked]

    def _note(self, element: etree._Element) -> None:
        """Take down what an element says of others."""
        classes = element.get("class", "").split()[:MOST_CLASSES]
        for one in classes if len(classes) > 1 else ():
            self._together[one].update(classes)
        for name, value in element.attrib.items():
            if name in POINTERS:
                self._pointed_at.update(value.split())
            elif value.startswith("#") and len(value) < LONGEST_LABEL:
                self._pointed_at.update(part.strip(" #.") for part in value.split(","))
            elif name.startswith("on"):
                self._in_scripts.update(WORD.findall(value))

    def _is_known_to_scripts(self, element: etree._Element) -> bool:
        """True for an element that a script of the page names, or may name in a file that is not there."""
        names = {element.get("id", ""), *element.get("class", "").split()} - {""}
        return bool(names) and (self._has_foreign_script or not names.isdisjoint(self._in_scripts))

    def _has_control(self, element: etree._Element) -> bool:
        """True when something to click on names the element, or stands right beside it."""
        if element.get("id") in self._pointed_at:
            return True
        return any(_is_control(one, most) for one, most in _beside(element))

    def _is_of_state(self, rule: Rule, element: Element) -> bool:
        """True for a rule that is not for the element now, and would be if it or those around it had other classes.

        The rule must speak of this element and not of any: by a class or an id that it has, or that others of its kind have, or by
        what it stands in or beside. Also true for one that is for it now, by an attribute that tells a state, or by what it lacks.
        """
        selector = rule.selector
        element.steps.take(STEPS)
        if selector.compiled.test(element):
            return bool(not rule.is_certain or selector.asks_for_state)
        return self._speaks_of(rule, element) and bool(selector.test_of_states(element))

    def _speaks_of(self, rule: Rule, element: Element) -> bool:
        selector = rule.selector
        if element.id in selector.ids or not selector.classes.isdisjoint(element.classes):
            return True
        if any(
            not self._together[one].isdisjoint(selector.classes) for one in element.classes if one in self._together
        ):
            return True
        way, names = selector.near
        if names and any(not names.isdisjoint({*one.classes, one.id}) for one in _near(element, way)):
            return True
        return (
            bool(names or selector.all_classes)
            and not selector.classes
            and any(map(STATE.search, selector.all_classes))
        )


def _near(element: Element, way: str) -> Iterator[Element]:
    """The elements that a combinator leads to."""
    if way == ">":
        yield from (element.parent,) if element.parent is not None else ()
    elif way == " ":
        yield from element.ancestors
    else:
        yield from element.previous_siblings


def _beside(element: etree._Element) -> Iterator[tuple[etree._Element, int]]:
    """The nearest elements before and after one that are not folded themselves, and how long a label they may be.

    When there is none before it, what stands before its parent counts.
    """
    for is_before, most in ((True, LONGEST_LABEL), (False, LONGEST_MORE)):
        for sibling in islice(element.itersiblings(preceding=is_before), MOST_BESIDE):
            if isinstance(sibling.tag, str) and sibling.tag not in NOTHING and not _is_twin(sibling, element):
                yield sibling, most
                break
    parent = element.getparent()
    if (
        element.getprevious() is None
        and parent is not None
        and parent.tag != "body"
        and parent.getprevious() is not None
    ):
        yield parent.getprevious(), LONGEST_LABEL


def _is_twin(sibling: etree._Element, element: etree._Element) -> bool:
    """True for another of several that are folded in the same way."""
    names = ("class", "style", "hidden") if not element.get("class") else ("class",)
    return sibling.tag == element.tag and all(sibling.get(name) == element.get(name) for name in names)


def _is_control(element: etree._Element, most: int) -> bool:
    """True for what is there to be clicked on, or is little more: a label of at most so many characters."""
    within = list(islice(element.iter(etree.Element), MOST_BESIDE + 1))
    if len(within) > MOST_BESIDE or not any(map(_opens, within)):
        return False
    return _opens(element) or len(" ".join("".join(element.itertext()).split())) <= most


def _opens(element: etree._Element) -> bool:
    is_known = element.tag in CONTROLS or element.get("role") in ROLES
    if is_known or element.get("aria-expanded") or element.get("onclick"):
        return True
    if element.tag == "input":
        return str(element.get("type", "")).lower() in ("checkbox", "radio", "button")
    return element.tag == "a" and str(element.get("href", "")).strip().lower().startswith(("#", "javascript:"))
