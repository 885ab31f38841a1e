"""No text is missing in any language, none is left over, and none that people see stands outside of the catalogue."""

import ast
import re
from html.parser import HTMLParser

import pytest

from scripts.browser_texts import calls, strings, tokens
from scripts.catalogue import TRANSLATED, missing, stale, wrong
from scripts.texts import Text, all_texts, browser_files, with_names
from web.templating import TEMPLATES

WRAPPING = ("t", "around", "plural", "many", "N_")
NAMED = {"aria-label", "title", "placeholder", "alt", "data-confirm"}
# Words in browser code that nobody sees: selectors, classes, what other programs say, headers; and names that are the same everywhere.
UNSEEN = re.compile(
    r"(?:near wide|first late|primary add|danger solid|icon chevron|icon quiet|end faint|row heads|button to-keys|key ended|page loading"
    r"|Sign-in failed|Too many tries|Error|Aborted|AbortError|No cookie is needed\.|Files|Arrow\w+|Page(?:Up|Down)|Escape|Enter|Tab|Delete"
    r"|Home|End|Ctrl|Esc|English|Deutsch|Français|Español"
    r"|PDF|Markdown|Footnote|Shift|as asked|[a-z]+ (?:asc|desc)|The server (?:cannot be reached|is busy)\.|Something went wrong\."
    r"|The connection was lost\.|It (?:failed|could not be read)\.|There is no #\$\{id\} in this page\.)\Z"
)
CODE = re.compile(
    r"[<>=\[\]{}#*^|]|^[.:(-]|^[Mm]\d|--|px\b|https?:|^/|^[A-Z][A-Z0-9_]*$|^\w+ \$|^\$|^[a-z]+(?: [a-z-]+)?$"
)


@pytest.fixture(scope="module")
def texts() -> dict[Text, set[str]]:
    """Every text, and where it is."""
    return all_texts()


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_text_is_missing_and_none_is_left_over(language: str, texts: dict[Text, set[str]]) -> None:
    """``python -m scripts.catalogue`` lists them; ``--add`` takes translations in."""
    assert missing(language, texts) == []
    assert stale(language, texts) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_have_the_values_and_plural_forms_of_their_texts(
    language: str, texts: dict[Text, set[str]]
) -> None:
    assert wrong(language, texts) == []


def test_the_texts_are_found(texts: dict[Text, set[str]]) -> None:
    english = {text.english for text in texts}
    assert len(english) > 600
    assert "Skip to the content" in english  # a template
    assert "about %(minutes)s min left" in english  # browser code
    assert Text("%(count)s file", "%(count)s files") in texts
    assert "Page %(page)s could not be read: %(reason)s." in english  # put together in Python
    assert "There is nothing at this address." in english  # a constant
    assert "Conversations" in english  # a name of a section


def test_browser_code_says_nothing_that_is_not_translated() -> None:
    """A string that looks like words stands in ``t()``, ``plural()``, ``many()`` or ``around()``."""
    found = {}
    for path in browser_files():
        source = path.read_text(encoding="utf-8")
        spans = [(call.start, call.end) for call in calls(source, WRAPPING)]
        bare = [
            text
            for token in tokens(source)
            if token.kind in ("string", "text") and not any(start < token.start < end for start, end in spans)
            if _is_words(text := token.value[1:-1] if token.kind == "string" else token.value)
        ]
        if bare:
            found[path.name] = bare
    assert found == {}


def _is_words(text: str) -> bool:
    without_values = re.sub(r"\$\{[^}]*\}", "", text).strip()
    looks = re.match(r"[A-Z“][a-z]{2,}|.*[a-z]{2,} [a-z]{2,} [a-z]{2,}", without_values)
    return bool(looks) and not UNSEEN.match(text) and not CODE.search(without_values)


def test_a_string_that_is_not_wrapped_would_be_found() -> None:
    assert _is_words("Delete this library")
    assert _is_words("Moved to ${place}")
    assert not _is_words("icon quiet")
    source = "make('p', {}, t('One', { a: plural(2, 'two', `x`) }), 'Not this one');"
    assert [strings(call.arguments) for call in calls(source, WRAPPING)] == [["One"], ["two"]]


class _Visible(HTMLParser):
    """Collects what people see of a page: texts, and attributes that are read out; without what says ``translate="no"``."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self._untranslated = ""  # the element that holds nothing of a language

    def handle_data(self, data: str) -> None:
        if not self._untranslated:
            self.seen.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if ("translate", "no") in attrs:
            self._untranslated = tag
        else:
            self.seen += [value or "" for name, value in attrs if name in NAMED]

    def handle_endtag(self, tag: str) -> None:
        if tag == self._untranslated:
            self._untranslated = ""


@pytest.mark.parametrize("name", sorted(TEMPLATES.list_templates()))
def test_templates_say_nothing_that_is_not_translated(name: str) -> None:
    assert TEMPLATES.loader is not None
    source = TEMPLATES.loader.get_source(TEMPLATES, name)[0]
    visible = _Visible()
    visible.feed(re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", source, flags=re.DOTALL))
    words = [re.sub(r"\b(?:Footnote|UTC)\b", "", text) for text in visible.seen]
    assert [text for text in words if re.search(r"[A-Za-z]{2,}", text)] == []


def test_values_in_python_texts_get_names() -> None:
    def text_of(source: str) -> str:
        return with_names(ast.parse(source, mode="eval").body)

    assert text_of('f"It has {self.page_count} of {len(pages)} pages."') == "It has %(page_count)s of %(pages)s pages."
    assert text_of('f"{a} and {b.a}"') == "%(a)s and %(a2)s"
    assert text_of('"Page {page} is {{odd}}."') == "Page %(page)s is %(odd)s."
