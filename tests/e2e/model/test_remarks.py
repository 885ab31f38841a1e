"""What sources do not bear out is marked: one small mark for a paragraph or row, with an explanation, and a line under each sentence."""

import re
from collections.abc import Callable

import pytest
from playwright.async_api import Page, expect

from tests.documents import HANDBOOK as HANDBOOK
from tests.e2e import chat
from tests.e2e.test_looks import FAINT, LEAST_CONTRAST, SETTLED, SIZES, TOO_WIDE
from tests.stub_llm import RunningStub

pytestmark = pytest.mark.browser
QUESTION = "How many days of paid annual leave are there?"
MARKS = "[data-fn-remark]:not(:empty)"
NOTE = "#fn-remark"
UNDERLINED = "() => [...(CSS.highlights.get('fn-unsupported') ?? [])].map((range) => range.toString().trim())"
INVENTED = """\
The moon base opened in 1875 with 4312 visitors [1]. Its captain was called Zaphod Quux.

月球基地于1875年开放，接待了4312名游客。

| who | when |
|---|---|
| Zaphod Quux | landed in 1875 on the moon base |

For example:

```
moon = 1875 [1]
```
"""


async def test_what_no_source_supports_is_marked(page: Page, stub: RunningStub, shot: Callable[[str], str]) -> None:
    stub.say(INVENTED)
    await chat.send(page, QUESTION)
    marks = page.locator(MARKS)
    for _ in range(2):  # as it streamed, and as it was stored
        await expect(marks).to_have_count(3)
        await page.wait_for_function(f"({UNDERLINED})().length === 4")
        assert await page.evaluate(UNDERLINED) == [
            "The moon base opened in 1875 with 4312 visitors.",
            "Its captain was called Zaphod Quux.",
            "月球基地于1875年开放，接待了4312名游客。",
            "landed in 1875 on the moon base",
        ]
        assert "*" not in await chat.answers(page).inner_text()
        await expect(page.locator(f"pre {MARKS}, code {MARKS}")).to_have_count(0)
        await page.reload()
    await expect(marks).to_have_count(3)
    await _explained(page)
    for scheme in ("light", "dark"):
        await page.evaluate("(scheme) => localStorage.setItem('vite-ui-theme', scheme)", scheme)
        await page.reload()
        await expect(page.locator("html")).to_have_class(re.compile(scheme))
        for size, (width, height) in SIZES.items():
            await page.set_viewport_size({"width": width, "height": height})
            await expect(marks.first).to_be_visible()
            await marks.first.hover()
            await page.evaluate(SETTLED)
            assert await page.evaluate(TOO_WIDE) <= 0
            assert await page.evaluate(FAINT, LEAST_CONTRAST) == []
            await page.screenshot(path=shot(f"remarks-{size}-{scheme}"))


async def _explained(page: Page) -> None:
    """By pointer, by keyboard and by tap; for who hears the page, with the mark itself."""
    mark, note = page.locator(MARKS).first, page.locator(NOTE)
    await expect(mark).to_have_text("not supported by the sources")
    await expect(mark).to_have_attribute("aria-description", "Nothing in the passages that were found says this.")
    await mark.hover()
    await expect(note).to_contain_text("Nothing in the passages that were found says this.")
    await page.mouse.move(0, 0)
    await expect(note).to_be_hidden()
    await mark.focus()
    await expect(note).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(note).to_be_hidden()
    await mark.click()
    await expect(note).to_be_visible()
    await expect(page.locator("#fn-panel")).to_be_hidden()


async def test_an_invented_number_is_never_on_the_page(page: Page, stub: RunningStub) -> None:
    stub.behave("invent")
    await page.evaluate(
        "() => { window.seen = []; new MutationObserver(() => window.seen.push(document.body.innerText))"
        ".observe(document.body, {childList: true, subtree: true, characterData: true}); }"
    )
    await chat.ask(page, QUESTION)
    seen = await page.evaluate("() => window.seen")
    assert any("4312" in text for text in seen)
    assert not any("[9" in text for text in seen)
